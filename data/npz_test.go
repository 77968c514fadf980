package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

// npzText builds an archive: names and contents in turn. Its entries are packed, as by numpy.savez_compressed, or stored.
func npzText(t testing.TB, stored bool, entries ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		h := &zip.FileHeader{Name: entries[i], Method: zip.Deflate}
		if stored {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// vector is an array of one axis.
func vector(values ...float64) string {
	return npyText(fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(values)), elements("<f8", values...))
}

var (
	npyTable = npyText(npyDict("<f4", false, 2, 3), elements("<f4", 1, 2, 3, 4, 5, 6))
	npyNames = npyText("{'descr': '<U1', 'fortran_order': False, 'shape': (3,), }", make([]byte, 12))
)

func TestNpz(t *testing.T) {
	for _, stored := range []bool{true, false} {
		for name, c := range map[string]struct {
			entries []string
			options Options
			columns []string
			values  []float64
			unused  []string
		}{
			"one array":          {[]string{"arr_0.npy", npyTable}, Options{}, []string{"c0", "c1", "c2"}, []float64{1, 2, 3, 4, 5, 6}, nil},
			"beside others":      {[]string{"names.npy", npyNames, "w.npy", vector(1, 2), "x.npy", npyTable, "note.txt", "hi"}, Options{Columns: []string{"c2"}}, []string{"c2"}, []float64{3, 6}, []string{"c0", "c1"}},
			"columns":            {[]string{"b.npy", vector(1, 2, 3), "a.npy", vector(4, 5, 6)}, Options{}, []string{"b", "a"}, []float64{1, 4, 2, 5, 3, 6}, nil},
			"columns, some":      {[]string{"b.npy", vector(1, 2, 3), "n.npy", vector(9), "a.npy", vector(4, 5, 6)}, Options{Columns: []string{"a", "b"}}, []string{"a", "b"}, []float64{4, 1, 5, 2, 6, 3}, []string{"n"}},
			"by key":             {[]string{"x.npy", npyTable, "y.npy", vector(7, 8)}, Options{Array: "y"}, []string{"y"}, []float64{7, 8}, nil},
			"by key with ending": {[]string{"x.npy", npyTable, "y.npy", npyTable}, Options{Array: "x.npy", Columns: []string{"c0"}}, []string{"c0"}, []float64{1, 4}, []string{"c1", "c2"}},
		} {
			var report Report
			c.options.Report = &report
			path := file(t, "a.npz", npzText(t, stored, c.entries...))
			for _, batch := range []int{1, 2, 100} {
				r, err := Open(path, c.options)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				for range 2 {
					var got []float64
					for m, err := range r.Batches(batch) {
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						got = append(got, m.Data...)
					}
					if !slices.Equal(r.Columns(), c.columns) || !slices.Equal(got, c.values) || !slices.Equal(report.Unused, c.unused) {
						t.Errorf("%s: %v %v, unused %v", name, r.Columns(), got, report.Unused)
					}
				}
				r.Close()
			}
		}
	}
}

var badNpz = []struct {
	name    string
	entries []string
	options Options
	want    []string
}{
	{"no arrays", []string{"xl/workbook.xml", "<a>"}, Options{}, []string{"zip archive without arrays", "xlsx"}},
	{"unknown key", []string{"x.npy", npyTable}, Options{Array: "y"}, []string{`no array "y" (arrays: x)`}},
	{"two tables", []string{"x.npy", npyTable, "y.npy", npyTable}, Options{}, []string{"2 arrays of two axes (x, y)", "--array"}},
	{"lengths", []string{"x.npy", vector(1, 2), "y.npy", vector(1, 2, 3)}, Options{}, []string{`column "y" has 3 rows, column "x" 2`, "--columns"}},
	{"name twice", []string{"x.npy", npyTable, "x.npy", npyTable}, Options{}, []string{`two arrays are named "x"`}},
	{"only text", []string{"x.npy", npyNames}, Options{}, []string{`array "x"`, `"<U1"`}},
	{"no npy", []string{"x.npy", "hello, world"}, Options{}, []string{`array "x"`, "NUMPY"}},
	{"cut short", []string{"x.npy", npyTable[:len(npyTable)-4]}, Options{}, []string{`array "x"`, "its header promises"}},
	{"bytes left over", []string{"x.npy", npyTable + "...."}, Options{}, []string{`array "x"`, "its header promises"}},
	{"Fortran", []string{"x.npy", npyText(npyDict("<f4", true, 2, 3), make([]byte, 24))}, Options{}, []string{`array "x" is in Fortran order`, "ascontiguousarray"}},
	{"three axes", []string{"x.npy", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", make([]byte, 8))}, Options{}, []string{`array "x"`, "3 axes"}},
	{"unknown column", []string{"x.npy", npyTable}, Options{Columns: []string{"c9"}}, []string{`no column "c9"`}},
	{"NaN", []string{"x.npy", vector(1, math.NaN())}, Options{}, []string{`row 2, column "x": NaN is not a finite number`, "1 of the 2 rows"}},
	{"infinity", []string{"a.npy", vector(1, 1), "x.npy", vector(math.Inf(1), 1)}, Options{}, []string{`row 1, column "x": +Inf`}},
}

func TestBadNpz(t *testing.T) {
	for _, c := range badNpz {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadTable(file(t, "bad.npz", npzText(t, false, c.entries...)), c.options)
			if !errors.Is(err, fault.ErrData) {
				t.Fatalf("error is %v, want one that wraps ErrData", err)
			}
			for _, part := range append(c.want, "bad.npz: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q has no %q", err, part)
				}
			}
		})
	}
	text := []byte(npzText(t, true, "x.npy", npyTable))
	text[len("PK..")+26+len("x.npy")+len(npyTable)-1] ^= 1 // the last element: the archive's checksum is of another
	if _, err := ReadTable(file(t, "bad.npz", string(text)), Options{}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `array "x" is damaged`) {
		t.Errorf("a flipped bit: %v", err)
	}
	if _, err := ReadTable(file(t, "bad.npz", "a,b\n1,2\n"), Options{}); err == nil || !strings.Contains(err.Error(), "no npz file") {
		t.Errorf("text: %v", err)
	}
}

func FuzzNpz(f *testing.F) {
	for _, c := range badNpz {
		f.Add([]byte(npzText(f, false, c.entries...)))
	}
	f.Add([]byte(npzText(f, true, "b.npy", vector(1, 2, 3), "a.npy", vector(4, 5, 6))))
	path := file(f, "a.npz", "")
	f.Fuzz(func(t *testing.T, b []byte) { fuzzTable(t, path, b) })
}
