package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/data"
	"diffeo/matrix"
)

// Every row of a table of angles is tested in one fold, and is then neither trained on nor validated.
func TestFoldsTestEveryRowOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data", "torus"), 0o755); err != nil {
		t.Fatal(err)
	}
	all := data.Table{Columns: angleTables[0].columns, Values: matrix.New[float64](203, 2)}
	for i := range all.Values.Data {
		all.Values.Data[i] = float64(i) / 100
	}
	if err := writeTable(filepath.Join(dir, "data", "torus", angleTables[0].name+".parquet"), all); err != nil {
		t.Fatal(err)
	}
	tested := map[[2]float64]int{}
	total := 0
	for fold := range folds {
		train, validation, test, err := angleTables[0].parts(dir, 3, fold, fold%3)
		if err != nil {
			t.Fatal(err)
		}
		here := map[[2]float64]bool{}
		for r := range test.Values.Rows {
			row := [2]float64(test.Values.Row(r))
			tested[row]++
			here[row] = true
		}
		n := train.Values.Rows + validation.Values.Rows + test.Values.Rows
		if total == 0 {
			total = n
		}
		if n != total || validation.Values.Rows < total/folds || test.Values.Rows < total/folds {
			t.Errorf("fold %d has %d, %d and %d rows", fold, train.Values.Rows, validation.Values.Rows, test.Values.Rows)
		}
		for r := range train.Values.Rows {
			if here[[2]float64(train.Values.Row(r))] {
				t.Fatalf("fold %d trains on a row that it tests", fold)
			}
		}
	}
	rows := 0
	for _, times := range tested {
		rows += times
	}
	if rows != total {
		t.Errorf("%d of %d rows are tested", rows, total)
	}
}

// The page has the means, their standard errors, and that of the difference row by row.
func TestPageOfAngles(t *testing.T) {
	var b strings.Builder
	circular(&b, []angled{
		{Set: "tim8", Fold: 0, Flags: "--recipe ncsf", Components: 5, Flow: []float64{-1, -2}, Mixture: []float64{-1.5, -2.5}},
		{Set: "tim8", Fold: 1, Flags: "--recipe ncsf", Components: 7, Flow: []float64{-3}, Mixture: []float64{-2.5}},
	})
	se := math.Sqrt(1. / 3)
	want := "| 3 | `--recipe ncsf` | 1 | -2.000 ± " + fmt.Sprintf("%.3f", se) + " | 5 to 7 | -2.167 ± 0.333 | 0.167 ± 0.333 |"
	if !strings.Contains(b.String(), want) {
		t.Errorf("want %s in\n%s", want, b.String())
	}
	b.Reset()
	if circular(&b, nil); b.Len() > 0 {
		t.Error("a section of nothing")
	}
}
