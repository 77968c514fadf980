package main

import (
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{4, 1, 100}, 4}, {[]float64{4, 1, 100, 2}, 3}} {
		if got := median(c.x); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.x, got, c.want)
		}
	}
}

// A step has its share of the shuffle, wherever that was seen.
func TestStepWithItsShareOfTheShuffle(t *testing.T) {
	smallest := &training{perEpoch: 2, first: []float64{9, 5}, plain: []float64{1}, shuffled: []float64{2}}
	for _, c := range []struct {
		what string
		m    training
		want float64
	}{
		{"whole epochs", training{perEpoch: 10, first: []float64{50}, plain: []float64{1, 1, 8}, shuffled: []float64{3}}, 1.2},
		{"less than an epoch", training{perEpoch: 100, first: []float64{35, 25, 90}, plain: []float64{1}}, 1.2},
		{"a first step that was faster by chance", training{perEpoch: 100, first: []float64{4}, plain: []float64{1}}, 1},
		{"one step an epoch", training{perEpoch: 1, first: []float64{4}, shuffled: []float64{3, 4, 3}}, 3},
	} {
		if got := c.m.step(smallest); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	for x, want := range map[float64]string{8: "8", 1000: "1,000", 4096: "4,096", 30000: "30,000", 1e4: "10⁴", 1e7: "10⁷", 1234567: "1,234,567"} {
		if got := short(x); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
}

// Every sweep measures, and writes a table with a line for each size and charts that say what they show.
func TestSweeps(t *testing.T) {
	for _, c := range []struct {
		what    string
		largest string
		sizes   []string
		charts  map[string][]string // and some of what they say
	}{
		{"rows", "30000", []string{"10000", "30000"}, map[string][]string{"rows": {"training (1 is", "scoring (1 is", "limit: 1.1", "rows of the data set", "30,000"}}},
		{"batch", "512", []string{"256", "512"}, map[string][]string{"batch": {"training (1 is", "scoring (1 is", "limit: 1.1", "rows of a batch"}}},
		{"dim", "16", []string{"8", "16"}, map[string][]string{"dim": {"sampling", "scoring", "columns of the data"}, "dim-ratio": {"sampling ÷ scoring", "limit: "}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			if err := run(t.Context(), []string{"-what", c.what, "-out", dir, "-largest", c.largest, "-rounds", "1", "-budget", "1ms"}, io.Discard); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(filepath.Join(dir, c.what+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			records, err := csv.NewReader(f).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if len(records) != 1+len(c.sizes) || len(records[0]) != 5 {
				t.Fatalf("the table is %v", records)
			}
			for i, r := range records[1:] {
				if r[0] != c.sizes[i] {
					t.Errorf("line %d is of size %s, want %s", i, r[0], c.sizes[i])
				}
				for k, cell := range r[1:] {
					x, err := strconv.ParseFloat(cell, 64)
					if err != nil || !(x > 0) || i == 0 && k%2 == 1 && x != 1 {
						t.Errorf("line %d, %s: %q", i, records[0][k+1], cell)
					}
				}
			}
			for chart, says := range c.charts {
				text, err := os.ReadFile(filepath.Join(dir, chart+".svg"))
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range says {
					if !strings.Contains(string(text), s) {
						t.Errorf("%s.svg does not say %q", chart, s)
					}
				}
			}
		})
	}
}

func TestBadArguments(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		say  string
	}{
		{[]string{"-what", "rows,colour"}, `no sweep "colour"`},
		{[]string{"-threads", "0"}, "must be positive"},
		{[]string{"-budget", "-1s"}, "must be positive"},
		{[]string{"-rounds", "0"}, "must be positive"},
		{[]string{"rows"}, "no arguments"},
		{[]string{"-what", "rows", "-largest", "10000"}, "leaves less than two sizes"},
		{[]string{"-pace"}, "not defined"},
	} {
		if err := run(t.Context(), append([]string{"-out", dir}, c.args...), io.Discard); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v: %v, want %q", c.args, err, c.say)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
