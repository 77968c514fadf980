package data

import (
	"path/filepath"
	"slices"
	"testing"

	"diffeo/matrix"
)

// The share of a table rises from batch to batch to 1, and the rows that are given are told by their numbers.
func TestShareAndGiven(t *testing.T) {
	const rows = 3000
	for _, name := range []string{"a.parquet", "a.npy", "a.csv", "a.csv.gz"} {
		path := filepath.Join(t.TempDir(), name)
		w, err := CreateTable(path, []string{"x", "y"}, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m := matrix.New[float64](rows, 2)
		for r := range rows {
			m.Row(r)[0] = float64(r)
		}
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var given []int
		r, err := Open(path, Options{Keep: func(row int) bool { return row%7 == 0 }, Given: func(row int) { given = append(given, row) }})
		if err != nil {
			t.Fatal(err)
		}
		last := 0.0
		for batch, err := range r.Batches(100) {
			if err != nil {
				t.Fatal(err)
			}
			share, ok := Share(r)
			if !ok || share < last || share > 1 {
				t.Errorf("%s: %v after %v (%v)", name, share, last, ok)
			}
			last = share
			for i := range batch.Rows {
				if batch.Row(i)[0] != float64(given[i]) {
					t.Fatalf("%s: row %v is given as number %d", name, batch.Row(i), given[i])
				}
			}
			given = slices.Delete(given, 0, batch.Rows)
		}
		if last != 1 {
			t.Errorf("%s: at the end the share is %v", name, last)
		}
		r.Close()
	}
}
