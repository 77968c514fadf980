package data

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

var gappy = "a,b,c\n1,2,3\n4,,6\n7,NA,x\n10,11,12\nnan,14,?\n16,17,18\n"

// Rows that miss a value are dropped in every format alike, and counted by column.
func TestDrop(t *testing.T) {
	nan := math.NaN()
	numbers := elements("<f8", 1, 2, 4, nan, 7, nan, 10, 11, nan, 14, 16, 17)
	turned := elements("<f8", 1, 4, 7, 10, nan, 16, 2, nan, nan, 11, 14, 17)
	for name, text := range map[string]string{
		"a.csv":     gappy,
		"quoted":    strings.ReplaceAll(gappy, "NA", `"NA"`),
		"a.csv.gz":  packed(t, gappy),
		"a.npy":     npyText(npyDict("<f8", false, 6, 2), numbers),
		"Fortran":   npyText(npyDict("<f8", true, 6, 2), turned),
		"a.npz":     npzText(t, false, "a.npy", vector(1, 4, 7, 10, nan, 16), "b.npy", vector(2, nan, nan, 11, 14, 17)),
		"semicolon": strings.ReplaceAll(gappy, ",", ";"),
	} {
		columns := []string{"a", "b"}
		if strings.HasSuffix(name, ".npy") || name == "Fortran" {
			columns = []string{"c0", "c1"}
		}
		path := file(t, name, text)
		for _, batch := range []int{1, 2, 3, 100} {
			var report Report
			r, err := Open(path, Options{Columns: columns, Missing: Drop, Report: &report})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				var got []float64
				for m, err := range r.Batches(batch) {
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if m.Rows > batch || m.Rows < batch && len(got)+len(m.Data) != 6 {
						t.Errorf("%s: a batch of %d rows, not %d, in the middle", name, m.Rows, batch)
					}
					got = append(got, m.Data...)
				}
				want := Report{Unused: report.Unused, Rows: 6, Dropped: 3, Missing: map[string]int{columns[0]: 1, columns[1]: 2}}
				if !slices.Equal(got, []float64{1, 2, 10, 11, 16, 17}) || !reflect.DeepEqual(report, want) {
					t.Errorf("%s in batches of %d: %v, %+v", name, batch, got, report)
				}
			}
			if s := report.String(); s != "3 of 6 rows left out, as values are missing ("+columns[1]+": 2, "+columns[0]+": 1)" {
				t.Error(s)
			}
			r.Close()
		}
	}
}

func TestMissingIsRefused(t *testing.T) {
	for _, c := range []struct {
		text    string
		options Options
		want    []string
	}{
		{gappy, Options{Columns: []string{"a", "b"}}, []string{
			`row 2 (line 3), column "b": the cell is empty`, "3 of the 6 rows (b: 2, a: 1)", "fill it in", "leave the column out", "--missing drop",
		}},
		{"a\n1\nNA\n3\n", Options{}, []string{`row 2 (line 3), column "a": "NA" is not a number`, "1 of the 3 rows"}},
		{"a\n1\nNA\nx\n", Options{}, []string{`row 2 (line 3), column "a": "NA" is not a number`, "1 of the first 2 rows"}}, // the first problem wins
		{"a,b\n,1\n2,\n", Options{Missing: Drop}, []string{"every one of the 2 rows misses a value (a: 1, b: 1)", "leave columns out"}},
		{"a\n1\ninf\n", Options{Missing: Drop}, []string{`"inf" is not a finite number`}},
		{"a\n1\n-\n", Options{Missing: Drop}, []string{`"-" is not a number`}},
		{"a\n1\n2\n", Options{Keep: func(int) bool { return false }}, []string{"none of the 2 rows is among those to keep"}},
	} {
		_, err := ReadTable(file(t, "a.csv", c.text), c.options)
		if !errors.Is(err, fault.ErrData) {
			t.Errorf("%q: error is %v, want one that wraps ErrData", c.text, err)
			continue
		}
		for _, part := range append(c.want, "a.csv: ") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error %q has no %q", c.text, err, part)
			}
		}
	}
}

// Rows that are not kept are neither given out, nor counted, nor missed.
func TestKeep(t *testing.T) {
	var report Report
	got := read(t, file(t, "a.csv", gappy), Options{Columns: []string{"a", "b"}, Report: &report, Keep: func(row int) bool { return row%5 == 0 || row == 3 }})
	if !slices.Equal(got.Values.Data, []float64{1, 2, 10, 11, 16, 17}) || report.Rows != 3 || report.Dropped != 0 || !slices.Equal(report.Unused, []string{"c"}) {
		t.Errorf("%v, %+v", got.Values.Data, report)
	}
	_, err := ReadTable(file(t, "a.csv", gappy), Options{Columns: []string{"a", "b"}, Keep: func(row int) bool { return row == 0 || row == 2 }})
	if err == nil || !strings.Contains(err.Error(), `row 3 (line 4), column "b": "NA"`) || !strings.Contains(err.Error(), "1 of the 2 rows") {
		t.Errorf("a missing value among those kept: %v", err)
	}
}

func TestParseMissing(t *testing.T) {
	for _, m := range []Missing{Refuse, Drop} {
		if got, err := ParseMissing(m.String()); err != nil || got != m {
			t.Errorf("%v: %v (%v)", m, got, err)
		}
	}
	if _, err := ParseMissing("keep"); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "drop to leave rows out") {
		t.Errorf("keep: %v", err)
	}
}
