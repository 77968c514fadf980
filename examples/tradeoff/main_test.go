package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/param"
	"diffeo/recipe"
)

// What is measured is the same computation: column by column and as it is written a direction gives the same results, and the two directions are each
// other's inverse in what they cost alone.
func TestBothWaysAgree(t *testing.T) {
	c := config{rows: 9, rounds: 1, transforms: 2, hidden: []int{16, 16}}
	for name, what := range map[string]string{"maf": "draw", "iaf": "score"} {
		f, err := recipe.New(name, recipe.Config{Dim: 12, Transforms: c.transforms, Hidden: c.hidden})
		if err != nil {
			t.Fatal(err)
		}
		bound, err := f.Bind()
		if err != nil {
			t.Fatal(err)
		}
		params := param.New(bound.Specs, 3)
		var results [2][]float32
		for k, asWritten := range []bool{false, true} {
			out, run, err := c.call(context.Background(), bound, params, what, asWritten)
			if err != nil {
				t.Fatal(err)
			}
			if err := run(); err != nil {
				t.Fatal(err)
			}
			results[k] = out
		}
		for i, x := range results[0] {
			if math.Abs(float64(x-results[1][i])) > 1e-4*(1+math.Abs(float64(x))) {
				t.Fatalf("%s: number %d is %g, as it is written %g", name, i, x, results[1][i])
			}
		}
	}
}

// The page has a row for each number of columns, with costs that were measured.
func TestPage(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := run(context.Background(), []string{"-columns", "2,3", "-rows", "2048", "-rounds", "2", "-transforms", "1", "-machine", "a machine", "-out", page}, os.Stderr); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n| 2 | ", "\n| 3 | ", "1 transforms with hidden layers of [128 128] units; on a machine."} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, bad := range [][]string{{"-columns", "0"}, {"-columns", "x"}, {"-rows", "0"}, {"more"}} {
		if err := run(context.Background(), bad, os.Stderr); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
