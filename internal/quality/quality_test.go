package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"diffeo/data"
	"diffeo/internal/jsonlines"
	"diffeo/matrix"
)

// shared lays out a folder of tables and of another library's figures: galaxy, of 300 rows of two columns.
func shared(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	table := func(path string, columns int, cell func(row, column int) float64) {
		write(path, "") // the folder
		m := matrix.New[float64](300, columns)
		for i := range m.Data {
			m.Data[i] = cell(i/columns, i%columns)
		}
		w, err := data.CreateTable(filepath.Join(dir, filepath.FromSlash(path)), []string{"x", "y"}[:columns], data.WriteOptions{})
		if err == nil {
			err = errors.Join(w.Write(m), w.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"train", "val", "test"} {
		table("data/benchmarks/galaxy/"+part+".npy", 2, func(row, column int) float64 { return math.Sin(float64(row*row + 7*column)) })
	}
	write("bench/quality/results.csv", "set,peer,seed,val_ll,test_ll,test_ll_raw,train_cpu_s\ngalaxy,zuko-maf,0,-2.5,-2.25,-2.75,12\ngalaxy,zuko-maf,1,-2.5,-2.05,-2.55,14\npower,zuko-maf,0,0.5,,,40\n")
	for seed, logProb := range []float64{-3, -2} {
		table(fmt.Sprintf("bench/quality/lp/galaxy-zuko-maf-%d.npy", seed), 1, func(int, int) float64 { return logProb })
	}
	return dir
}

func TestBars(t *testing.T) {
	c := config{shared: shared(t)}
	bars, err := c.readBars()
	if err != nil {
		t.Fatal(err)
	}
	b := bars[[2]string{"galaxy", "zuko-maf"}]
	if b == nil || !slices.Equal(b.test, []float64{-2.75, -2.55}) || math.Abs(b.logDet-0.5) > 1e-12 || !slices.Equal(b.cpu, []float64{12, 14}) {
		t.Errorf("galaxy: %+v", b)
	}
	if p := bars[[2]string{"power", "zuko-maf"}]; p == nil || !slices.Equal(p.test, []float64{0.5}) || p.logDet != 0 {
		t.Errorf("a table without a test part is compared by its validation: %+v", p)
	}
	rows := slices.Repeat([]float64{-2.75, -2.25}, 150) // −2.25 and −1.75 in the library's units, where it has −2.5 on average
	d, err := c.paired(tableOf("galaxy"), rows)
	if got := d["zuko-maf"]; err != nil || math.Abs(got.Mean-0.5) > 1e-12 || math.Abs(got.Error-0.25/math.Sqrt(299)) > 1e-9 {
		t.Errorf("paired: %+v, %v", d, err)
	}
	if _, err := c.paired(tableOf("galaxy"), rows[1:]); err == nil {
		t.Error("rows of another table were paired")
	}
}

// What is worse than the library by more than the tolerance is called so.
func TestVerdicts(t *testing.T) {
	p := &bar{set: "galaxy", peer: "zuko-maf", test: []float64{1}}
	for _, c := range []struct {
		test   float64
		paired difference
		want   string
	}{
		{0.96, difference{-0.04, 0.001}, "as good"},
		{0.94, difference{-0.06, 0.001}, "below"},
		{0.94, difference{-0.06, 0.04}, "as good within 2 SE"},
	} {
		if _, got := compare("galaxy", []result{{Test: c.test, Paired: map[string]difference{"zuko-maf": c.paired}}}, p); got != c.want {
			t.Errorf("%g, paired %+v: %q, want %q", c.test, c.paired, got, c.want)
		}
	}
}

// A fit of the command becomes a line, is not repeated, and stands in the page.
func TestMeasureAndReport(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "results.jsonl")
	var log bytes.Buffer
	arguments := []string{"-shared", shared(t), "-out", out, "-sets", "galaxy", "-seeds", "3", "-try", "small: --recipe maf --transforms 1 --hidden 4 --steps 20"}
	t.Chdir(filepath.Join("..", ".."))
	for range 2 {
		if err := run(context.Background(), arguments, &log); err != nil {
			t.Fatal(err)
		}
	}
	results, err := jsonlines.Read[result](out)
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	r := results[0]
	if r.Steps != 20 || r.CPU <= 0 || r.Test-r.Test != 0 || r.Paired["zuko-maf"].Error <= 0 {
		t.Errorf("result %+v", r)
	}
	if err := jsonlines.Append(out, result{Set: "galaxy", Model: "maf", Test: -2.66, CPU: 5, Paired: map[string]difference{"zuko-maf": {-0.01, 0.02}}}); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "results.md")
	if err := run(context.Background(), []string{"-shared", arguments[1], "-out", out, "-report", page}, &log); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| maf | 1 | -2.660 ± 0.000 | zuko-maf | -2.650 ± 0.100 (2) | -0.010 | -0.010 ± 0.040 | as good | 5.0 | 13.0 |",
		"| small: `--recipe maf --transforms 1 --hidden 4 --steps 20` |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{{"-sets", "moon"}, {"-models", "gan"}, {"-seeds", "x"}, {"-jobs", "0"}, {"more"}, {"-try", "no name", "-binary", "diffeo"}} {
		if err := run(context.Background(), append(args, "-out", filepath.Join(t.TempDir(), "o")), new(bytes.Buffer)); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

// Further seeds of a library count as its own.
func TestFurtherSeeds(t *testing.T) {
	c := config{shared: shared(t), out: filepath.Join(t.TempDir(), "results.jsonl")}
	more := strings.TrimSuffix(c.out, ".jsonl") + "-peers.csv"
	if err := os.WriteFile(more, []byte("set,peer,seed,val_ll,test_ll,test_ll_raw,train_cpu_s\npower,zuko-maf,1,0.25,,,44\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	bars, err := c.readBars()
	if err != nil {
		t.Fatal(err)
	}
	if p := bars[[2]string{"power", "zuko-maf"}]; p == nil || !slices.Equal(p.test, []float64{0.5, 0.25}) || !slices.Equal(p.cpu, []float64{40, 44}) {
		t.Errorf("two seeds became %+v", p)
	}
	if err := os.WriteFile(more, []byte("set,peer\npower"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.readBars(); err == nil {
		t.Error("a torn file was read")
	}
}

// A long run keeps its validation curve, of which the page shows a dozen points.
func TestLengthened(t *testing.T) {
	r := long{result: result{Set: "bsds300", Steps: 480, Test: 150, Validation: 151, Threads: 1}}
	for i := range 24 {
		r.Curve.Steps, r.Curve.LogProb = append(r.Curve.Steps, 20*(i+1)), append(r.Curve.LogProb, 100+float64(i))
	}
	path := filepath.Join(t.TempDir(), "long.jsonl")
	if err := jsonlines.Append(path, r); err != nil {
		t.Fatal(err)
	}
	list, err := jsonlines.Read[long](path)
	if err != nil || len(list) != 1 || list[0].Test != 150 || !slices.Equal(list[0].Curve.Steps, r.Curve.Steps) {
		t.Fatalf("read back: %+v, %v", list, err)
	}
	var b strings.Builder
	lengthened(&b, list)
	for _, part := range []string{"NSF-C 157.54", "| 40 | 80 |", "| 480 |\n", "| 101.00 | 103.00 |", "| 123.00 |\n", "150.000"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is not in\n%s", part, b.String())
		}
	}
}
