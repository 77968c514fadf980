package data

import (
	"path/filepath"
	"slices"
	"testing"
)

// The table that the examples use: its size, names and ranges, and that it holds no sentinel.
func TestGalaxies(t *testing.T) {
	got := read(t, filepath.Join("..", "examples", "galaxies", "galaxies.csv"), Options{})
	want := []string{"mag_u_lsst", "mag_g_lsst", "mag_r_lsst", "mag_i_lsst", "mag_z_lsst", "mag_y_lsst", "redshift"}
	if !slices.Equal(got.Columns, want) || got.Values.Rows != 9509 || got.Values.Cols != 7 {
		t.Fatalf("%q, %d × %d", got.Columns, got.Values.Rows, got.Values.Cols)
	}
	distinct := make([]map[float64]bool, 7)
	for r := range got.Values.Rows {
		for c, v := range got.Values.Row(r) {
			low, high := 15.0, 34.0
			if c == 6 {
				low, high = 0, 3
			}
			if v <= low || v >= high {
				t.Errorf("row %d, column %s: %v is not between %v and %v", r+1, want[c], v, low, high)
			}
			if distinct[c] == nil {
				distinct[c] = map[float64]bool{}
			}
			distinct[c][float64(float32(v))] = true
		}
	}
	// The counts that the source's own description of the table gives.
	for c, n := range []int{9495, 9491, 9481, 9468, 9481, 9489, 9509} {
		if len(distinct[c]) != n {
			t.Errorf("column %s: %d distinct values, want %d", want[c], len(distinct[c]), n)
		}
	}
}
