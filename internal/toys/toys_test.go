package main

import (
	"bytes"
	"encoding/json"
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
	"diffeo/recipe"
)

// inLibrary, where it is set in the environment, makes the test's binary stand in for another library's Python.
const inLibrary = "TOYS_LIBRARY"

func TestMain(m *testing.M) {
	if os.Getenv(inLibrary) != "" {
		if err := library(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// library answers as a script does: every point gets the log-density of a normal with the mean and the deviation, over both columns, of the samples.
func library(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	x, err := data.ReadTable(o.Samples, data.Options{})
	if err != nil {
		return err
	}
	if x.Values.Rows != o.Steps*o.Batch {
		return fmt.Errorf("%d rows for %d steps of %d", x.Values.Rows, o.Steps, o.Batch)
	}
	m := mean(x.Values.Data)
	variance := 0.0
	for _, v := range x.Values.Data {
		variance += (v - m) * (v - m) / float64(len(x.Values.Data))
	}
	points, err := data.ReadTable(o.Points, data.Options{})
	if err != nil {
		return err
	}
	out := matrix.New[float64](points.Values.Rows, 1)
	for i := range out.Rows {
		for _, v := range points.Values.Row(i) {
			out.Data[i] -= (v-m)*(v-m)/(2*variance) + math.Log(2*math.Pi*variance)/2
		}
	}
	w, err := data.CreateTable(o.Out, []string{"logp"}, data.WriteOptions{Float32: []string{"logp"}})
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := w.Write(out); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Println("a warning that some library prints")
	return json.NewEncoder(os.Stdout).Encode(answer{Version: "1.0", Parameters: 2, Seconds: 0.5})
}

func TestEveryRecipeHasSizes(t *testing.T) {
	if got := slices.Sorted(slices.Values(recipeNames())); !slices.Equal(got, recipe.Names()) {
		t.Errorf("the table has %v, package recipe %v", got, recipe.Names())
	}
	for _, e := range entries {
		if _, err := recipe.New(e.name, e.config([]int{8, 8})); err != nil {
			t.Error(err)
		}
		for _, d := range data.Toys() {
			if far := max(d.High[0], d.High[1], -d.Low[0], -d.Low[1]) * e.factor(); e.scale != 0 && far > math.Pi {
				t.Errorf("%s: the box of %s reaches %.3g, beyond the circle", e.name, d.Name, far)
			}
		}
	}
}

// The divergence of two normals is known: log σ + (1 + m²)/(2σ²) − ½ for each column.
func TestDivergenceOfNormals(t *testing.T) {
	normal := data.Toy{Name: "normal", Low: [2]float64{-7, -7}, High: [2]float64{7, 7}, LogDensity: func(x [2]float64) float64 {
		return -math.Log(2*math.Pi) - (x[0]*x[0]+x[1]*x[1])/2
	}}
	const m, s = 0.7, 1.3
	q := ruleOf(normal, 40)
	points := q.points()
	logp := make([]float64, points.Rows)
	for i := range logp {
		x := points.Row(i)
		logp[i] = -math.Log(2*math.Pi*s*s) - ((x[0]-m)*(x[0]-m)+x[1]*x[1])/(2*s*s)
	}
	got, err := q.divergence(logp)
	if err != nil {
		t.Fatal(err)
	}
	want := 2*math.Log(s) + (2+m*m)/(2*s*s) - 1
	if math.Abs(got.KL-want) > 1e-9 || math.Abs(got.Missed) > 1e-10 || math.Abs(got.Halved) > 1e-9 {
		t.Errorf("%+v, want the divergence %.12f", got, want)
	}
	logp[len(logp)-3] = math.Inf(-1)
	if _, err := q.divergence(logp); err == nil {
		t.Error("a log-density of −Inf where there is mass is no error")
	}
}

// Uniform on the whole board, the checkerboard is log 2 away; of a coarser board half of the mass would be missed.
func TestDivergenceOfTheCheckerboard(t *testing.T) {
	toy, err := data.ToyNamed("checkerboard")
	if err != nil {
		t.Fatal(err)
	}
	q := ruleOf(toy, 8)
	if n := q.fine.points.Rows; n != 16*16/2 {
		t.Errorf("%d cells are in the support, want half of 256", n)
	}
	got, err := q.divergence(slices.Repeat([]float64{-math.Log(64)}, q.points().Rows))
	if err != nil || math.Abs(got.KL-math.Ln2) > 1e-12 || math.Abs(got.Missed) > 1e-12 || math.Abs(got.Halved) > 1e-12 {
		t.Errorf("%+v, %v; want the divergence log 2", got, err)
	}
}

func TestBatchesAreConsecutiveRows(t *testing.T) {
	s, x := &consecutive{rows: matrix.Matrix[float64]{Data: []float64{0, 1, 2, 3, 4, 5, 6, 7}, Rows: 4, Cols: 2, Stride: 2}}, matrix.New[float32](2, 2)
	if err := s.Batch(t.Context(), 1, x, matrix.Matrix[float32]{}, nil); err != nil || !slices.Equal(x.Data, []float32{4, 5, 6, 7}) || s.Place(1) != "row 3" {
		t.Errorf("batch 1 is %v, its last row %q, %v", x.Data, s.Place(1), err)
	}
	if err := s.Batch(t.Context(), 2, x, matrix.Matrix[float32]{}, nil); err == nil {
		t.Error("a batch beyond the rows is no error")
	}
}

// Measured once, a fit is not repeated; the page and its pictures come from what was measured.
func TestMeasureAndReport(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(inLibrary, "yes")
	c, err := parse([]string{
		"-densities", "8gaussians", "-recipes", "realnvp,ncsf", "-seeds", "0", "-steps", "60", "-batch", "64", "-rate", "5e-3", "-hidden", "16,16",
		"-out", filepath.Join(dir, "toys.jsonl"), "-pictures", filepath.Join(dir, "img"), "-torch", os.Args[0], "-libraries", ours + ",zuko,flowjax",
	}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	c.cells = 80
	for range 2 {
		if err := c.measure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	results, err := jsonlines.Read[result](c.out)
	if err != nil || len(results) != 4 {
		t.Fatalf("%d results, want those of two recipes by two libraries (there is no Python for the third): %v", len(results), err)
	}
	// A normal of the right mean and deviation is log 2πe σ² less the entropy away, with σ² = 8/2 + 1/8.
	toy, err := data.ToyNamed("8gaussians")
	if err != nil {
		t.Fatal(err)
	}
	far, _, err := gridOf(toy, 160).divergence(make([]float64, gridOf(toy, 160).points.Rows))
	if err != nil {
		t.Fatal(err)
	}
	far += math.Log(2*math.Pi*math.E) + math.Log(4.125)
	for _, r := range results {
		if math.Abs(r.Missed) > 1e-6 || math.Abs(r.Halved) > 1e-3 || r.Parameters == 0 {
			t.Errorf("%+v", r)
		}
		switch {
		case r.Library == ours && !(r.KL > 0 && r.KL < far):
			t.Errorf("%s: the divergence is %.4f, that of a normal %.4f", r.Recipe, r.KL, far)
		case r.Library == "zuko" && !(math.Abs(r.KL-far) < 0.01):
			t.Errorf("%s: the divergence of a normal is %.4f, want %.4f", r.Recipe, r.KL, far)
		}
	}
	c.report = filepath.Join(dir, "toys.md")
	if err := c.writeReport(); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(c.report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## 8gaussians", "| ncsf |", "zuko 1.0", "![truth](img/truth.png)", "![realnvp](img/realnvp.png)"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, name := range []string{"truth", "realnvp", "ncsf"} {
		p, err := readPicture(filepath.Join(c.pictures, name+".png"))
		if err != nil || p.Bounds().Dx() != 6*tile || p.Bounds().Dy() != tile {
			t.Errorf("the picture %s: %v", name, err)
		}
	}
}

// The page says what is above the bars, by means over seeds, and which run failed.
func TestPage(t *testing.T) {
	line := func(density, name, library string, seed int, kl float64) result {
		return result{Density: density, Recipe: name, Library: library, Seed: seed, measured: measured{KL: kl}}
	}
	failed := line("rings", "maf", "normflows", 0, 0)
	failed.Failed = "7 of 9 log-densities are not finite"
	page := config{}.page([]result{
		line("moons", "nsf-ar", ours, 0, 0.02), line("moons", "nsf-ar", ours, 1, 0.04), line("moons", "nsf-ar", "zuko", 0, 0.05), line("moons", "nsf-ar", "flowjax", 0, 0.02),
		line("rings", "naf", ours, 0, 0.06), line("rings", "naf", "zuko", 0, 0.07), line("rings", "maf", ours, 0, 0.5), line("rings", "maf", "zuko", 0, 0.4), failed,
		line("rings", "sospf", ours, 0, 3e9), line("rings", "sospf", ours, 1, 0.1), line("rings", "sospf", "zuko", 0, 0.3),
	})
	for _, want := range []string{
		"| nsf-ar | 0.030 ± 0.010 (2) | 0.050 (1) | — | 0.020 (1) | +0.010 |", "| maf | 0.500 (1) | 0.400 (1) | — | — | +0.100 |",
		"| sospf | wild (1.5e+09) (2) | 0.300 (1) | — | — | +1.5e+09 |",
		"Of 4 comparisons with the best of the other libraries, more than 0.02 nats above it: maf on rings (+0.100), sospf on rings (+1.5e+09).", "above 0.05 nats: naf on rings (0.060).",
		"could still change: maf of zuko on rings (1 of 3), sospf of zuko on rings (1 of 3), naf of zuko on rings (1 of 3), maf of normflows on rings (1 of 3), nsf-ar of normflows on moons (0 of 3), maf of flowjax on rings (0 of 3), nsf-ar of flowjax on moons (1 of 3).",
		"maf on rings, normflows, seed 0: 7 of 9 log-densities are not finite",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{
		{"-densities", "moon"}, {"-recipes", "maff"}, {"-skip", "x"}, {"-libraries", "nflows"}, {"-seeds", "a"}, {"-hidden", "0"}, {"-steps", "0"}, {"-rate", "0"}, {"more"},
	} {
		if err := run(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
