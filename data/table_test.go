package data

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

func TestSelectAndRows(t *testing.T) {
	table := Table{Columns: []string{"a", "b", "c"}, Values: of(3, 1, 2, 3, 4, 5, 6), Source: "t.csv"}
	got, err := table.Select([]string{"c", "a"})
	if err != nil || !slices.Equal(got.Values.Data, []float64{3, 1, 6, 4}) || !slices.Equal(got.Columns, []string{"c", "a"}) || got.Source != "t.csv" {
		t.Errorf("selected %+v (%v)", got, err)
	}
	got.Values.Data[0] = 99
	if table.Values.Data[2] != 3 {
		t.Error("the selection shares data with the table")
	}
	got, err = table.Rows([]int{1, 0, 1})
	if err != nil || !slices.Equal(got.Values.Data, []float64{4, 5, 6, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("rows %+v (%v)", got, err)
	}
	for _, i := range []int{-1, 2} {
		if _, err := table.Rows([]int{0, i}); !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), "t.csv has 2 rows") {
			t.Errorf("row %d: %v", i, err)
		}
	}
	if _, err := table.Select([]string{"d"}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `t.csv: there is no column "d" (columns: a, b, c)`) {
		t.Errorf("column d: %v", err)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"mag_u_lsst", "mag_g_lsst", "redshift", "id"}
	for want, near := range map[string]string{
		"redshfit": "redshift", "Redshift": "redshift", "redsh": "redshift", "mag_u_lst": "mag_u_lsst", "mag_g": "mag_g_lsst", "lsst": "",
		"temperature": "", "z": "", "": "", "ID": "id",
	} {
		if got := nearest(want, names); got != near {
			t.Errorf("%q: %q, want %q", want, got, near)
		}
	}
	for _, c := range []struct {
		a, b string
		d    int
	}{{"kitten", "sitting", 3}, {"", "abc", 3}, {"abc", "", 3}, {"größe", "grosse", 3}, {"flaw", "lawn", 2}, {"x", "x", 0}} {
		if got := editDistance(c.a, c.b); got != c.d {
			t.Errorf("distance of %q and %q: %d, want %d", c.a, c.b, got, c.d)
		}
	}
}

func TestLongListsAreCut(t *testing.T) {
	_, err := Match("t.csv", numbered(1000), []string{"missing"})
	if err == nil || !strings.Contains(err.Error(), "c29 and 970 more") || strings.Contains(err.Error(), "c30") {
		t.Errorf("error is %v", err)
	}
}

// A table that is larger than it may be is refused, with what would fit; one that fits to the last row is read.
func TestReadTableIsBounded(t *testing.T) {
	path := file(t, "a.csv", "a,b\n"+strings.Repeat("1,2\n", 5000))
	if got := read(t, path, Options{Most: 5000 * 2 * 8}); got.Values.Rows != 5000 {
		t.Errorf("%d rows", got.Values.Rows)
	}
	for most, want := range map[int64]string{
		5000*2*8 - 1: "a.csv: the table has more than 4999 rows of 2 columns, the 79999 bytes that are held in memory of it; give fewer rows or columns",
		17:           "more than 1 rows of 2 columns",
	} {
		if _, err := ReadTable(path, Options{Most: most}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	if got := read(t, path, Options{Most: 5000 * 8, Columns: []string{"b"}}); got.Values.Rows != 5000 {
		t.Errorf("%d rows of one column", got.Values.Rows)
	}
	if amount(3<<30) != "3072 MiB" {
		t.Error(amount(3 << 30))
	}
}
