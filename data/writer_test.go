package data

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"diffeo/fault"
	"diffeo/matrix"
)

func of(cols int, values ...float64) matrix.Matrix[float64] {
	m, err := matrix.Of(values, cols)
	if err != nil {
		panic(err)
	}
	return m
}

// write writes a table in the given batches.
func write(t testing.TB, path string, columns []string, o WriteOptions, batches ...matrix.Matrix[float64]) {
	t.Helper()
	w, err := CreateTable(path, columns, o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is written is read back, bit by bit, in every format.
func TestWriteRead(t *testing.T) {
	dir := t.TempDir()
	name := rapid.OneOf(
		rapid.StringMatching(`[a-z_;,"][a-z_;,"\t ]{0,5}[a-z_;,"]`),
		rapid.String(),
		rapid.SampledFrom([]string{"1", "nan", "\ufeffa", "PAR1\x15", "größe"}))
	finite := rapid.Float64().Filter(func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) })
	rapid.Check(t, func(t2 *rapid.T) {
		columns := rapid.SliceOfNDistinct(name, 1, 4, rapid.ID).Filter(func(c []string) bool { return checkColumns(c) == nil }).Draw(t2, "columns")
		format := rapid.SampledFrom(formats).Draw(t2, "format").extension
		single := rapid.Bool().Draw(t2, "float32")
		var o WriteOptions
		if single {
			o.Float32 = columns
		}
		n := rapid.IntRange(1, 10).Draw(t2, "rows")
		values := rapid.SliceOfN(finite, n*len(columns), n*len(columns)).Draw(t2, "values")
		if single {
			for i, v := range values {
				if values[i] = float64(float32(v)); math.IsInf(values[i], 0) {
					values[i] = 1.5
				}
			}
		}
		m := of(len(columns), values...)
		cut := rapid.IntRange(0, n).Draw(t2, "cut")
		path := filepath.Join(dir, "t"+format)
		write(t, path, columns, o, m.Slice(0, cut), m.Slice(cut, n))
		got := read(t, path, Options{})
		if single && strings.Contains(format, "sv") {
			for i, v := range got.Values.Data {
				got.Values.Data[i] = float64(float32(v))
			}
		}
		if format == ".npy" {
			columns = numbered(len(columns))
		}
		if !slices.Equal(got.Columns, columns) || !sameBits(got.Values.Data, values) {
			t2.Fatalf("%s: wrote %q %v, read %q %v", format, columns, values, got.Columns, got.Values.Data)
		}
	})
}

func TestCSVText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, []string{"x", "a,b", "log_prob"}, WriteOptions{Float32: []string{"log_prob"}},
		of(3, 0.1, 1e21, float64(float32(0.1))), of(3, -3, 1e-7, math.Inf(-1)))
	got, err := os.ReadFile(path)
	want := "x,\"a,b\",log_prob\n0.1,1e+21,0.1\n-3,1e-07,-Inf\n"
	if err != nil || string(got) != want {
		t.Errorf("%q (%v), want %q", got, err, want)
	}
}

// The bytes are those that numpy.save writes for the array, but for the padding of the header.
func TestNpyBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	m := of(3, 1, 2, 99, 3, 4, 99)
	m.Cols, m.Data = 2, m.Data[:5] // a view with gaps between its rows
	write(t, path, []string{"a", "b"}, WriteOptions{Float32: []string{"b", "a"}}, m)
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 128+16 {
		t.Fatalf("%d bytes (%v), want 144", len(got), err)
	}
	header := npyMagic + "\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
	if !bytes.HasPrefix(got, []byte(header)) || got[127] != '\n' || strings.Trim(string(got[len(header):127]), " ") != "" {
		t.Errorf("header %q", got[:128])
	}
	if !bytes.Equal(got[128:], elements("<f4", 1, 2, 3, 4)) {
		t.Errorf("elements %v", got[128:])
	}
}

func TestEqualTablesGiveEqualFiles(t *testing.T) {
	for _, f := range formats {
		var files [2][]byte
		for i := range files {
			path := filepath.Join(t.TempDir(), []string{"one", "two"}[i]+f.extension)
			write(t, path, []string{"a"}, WriteOptions{}, of(1, 1, 2, 3))
			files[i], _ = os.ReadFile(path)
		}
		if !bytes.Equal(files[0], files[1]) || len(files[0]) == 0 {
			t.Errorf("%s: the bytes differ", f.extension)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, path string
		columns    []string
		single     []string
		want       error
		text       string
	}{
		{"unknown format", "a.xlsx", []string{"a"}, nil, fault.ErrConfig, ".csv, .tsv, .csv.gz, .tsv.gz, .npy"},
		{"no format", "a", []string{"a"}, nil, fault.ErrConfig, ".npy"},
		{"packed npy", "a.npy.gz", []string{"a"}, nil, fault.ErrConfig, ".npy"},
		{"no columns", "a.csv", nil, nil, fault.ErrConfig, "at least one column"},
		{"empty name", "a.csv", []string{"a", ""}, nil, fault.ErrConfig, "column 2 has no name"},
		{"name twice", "a.csv", []string{"a", "b", "a"}, nil, fault.ErrConfig, `two columns are named "a"`},
		{"name of two lines", "a.csv", []string{"a\nb"}, nil, fault.ErrConfig, "control characters"},
		{"name with spaces", "a.csv", []string{" a"}, nil, fault.ErrConfig, "spaces"},
		{"name not UTF-8", "a.csv", []string{"\xff"}, nil, fault.ErrConfig, "UTF-8"},
		{"names like numbers", "a.csv", []string{"1", "2e3", "inf"}, nil, fault.ErrConfig, "all numbers"},
		{"float32 of no column", "a.csv", []string{"a"}, []string{"b"}, fault.ErrData, `no column "b"`},
		{"no folder", "none/a.csv", []string{"a"}, nil, os.ErrNotExist, "folder does not exist"},
	} {
		_, err := CreateTable(filepath.Join(dir, filepath.FromSlash(c.path)), c.columns, WriteOptions{Float32: c.single})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.text)
		}
	}
	if e, _ := os.ReadDir(dir); len(e) > 0 {
		t.Errorf("%v was left behind", e)
	}
}

// Until Close the target is as it was; after Abort too.
func TestNothingHalfWritten(t *testing.T) {
	for _, f := range formats {
		dir := t.TempDir()
		path := filepath.Join(dir, "a"+f.extension)
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		w, err := CreateTable(path, []string{"a"}, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for range 50_000 { // more than the buffers hold
			if err := w.Write(of(1, 1.25)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Write(of(2, 1, 2)); !errors.Is(err, fault.ErrShape) {
			t.Errorf("%s: a row of two columns: %v", f.extension, err)
		}
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("%s: the target changed before Close", f.extension)
		}
		w.Abort()
		w.Abort()
		if err := w.Close(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: Close after Abort: %v", f.extension, err)
		}
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("%s: the target changed by Abort", f.extension)
		}
		if e, _ := os.ReadDir(dir); len(e) != 1 {
			t.Errorf("%s: %v was left behind", f.extension, e)
		}
	}
}

// A disk that fails shows in Write or Close, and nothing stays.
func TestFailingDisk(t *testing.T) {
	for _, f := range formats {
		dir := t.TempDir()
		w, err := CreateTable(filepath.Join(dir, "a"+f.extension), []string{"a"}, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.(*tableWriter).file.Abort() // closes the file underneath: every write fails from here on
		if err := errors.Join(w.Write(of(1, 1)), w.Close()); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: error is %v", f.extension, err)
		}
		if e, _ := os.ReadDir(dir); len(e) != 0 {
			t.Errorf("%s: %v was left behind", f.extension, e)
		}
	}
}

func TestWriteAfterClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	w, err := CreateTable(path, []string{"a"}, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if err := w.Write(of(1, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write after Close: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "a\n" {
		t.Errorf("file holds %q", got)
	}
}
