package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"diffeo/fault"
)

// npyText builds a file of version 1 from the text of its header, padded as numpy does.
func npyText(dict string, data []byte) string {
	pad := 63 - (10+len(dict))%64
	header := dict + strings.Repeat(" ", pad) + "\n"
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return string(append(append(b, header...), data...))
}

func npyDict(descr string, fortran bool, rows, cols int) string {
	order := map[bool]string{false: "False", true: "True"}[fortran]
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%d, %d), }", descr, order, rows, cols)
}

// elements encodes small whole numbers in any of the types.
func elements(descr string, values ...float64) []byte {
	var b bytes.Buffer
	for _, v := range values {
		var x any
		switch descr {
		case "<f8":
			x = v
		case "<f4":
			x = float32(v)
		case "<i8":
			x = int64(v)
		case "<i4":
			x = int32(v)
		case "<i2":
			x = int16(v)
		case "|i1":
			x = int8(v)
		case "<u8":
			x = uint64(v)
		case "<u4":
			x = uint32(v)
		case "<u2":
			x = uint16(v)
		case "|u1":
			x = uint8(v)
		}
		if err := binary.Write(&b, binary.LittleEndian, x); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// Both orders of all types, in batches of every size, by file and by gzip, with and without a selection: one result.
func TestNpyTypesAndOrders(t *testing.T) {
	const rows, cols = 5, 3
	for descr := range npyKinds {
		for _, fortran := range []bool{false, true} {
			want := make([]float64, rows*cols)
			stored := make([]float64, rows*cols)
			for r := range rows {
				for c := range cols {
					v := float64(10*r + c)
					if descr[1] != 'u' {
						v = -v
					}
					want[r*cols+c] = v + 0
					if fortran {
						stored[c*rows+r] = v
					} else {
						stored[r*cols+c] = v
					}
				}
			}
			text := npyText(npyDict(descr, fortran, rows, cols), elements(descr, stored...))
			path := file(t, "a.npy", text)
			for batch := 1; batch <= rows+1; batch++ {
				r, err := Open(path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					var got []float64
					for m, err := range r.Batches(batch) {
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, m.Data...)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s, Fortran %v, batches of %d: %v, want %v", descr, fortran, batch, got, want)
					}
				}
				r.Close()
			}
			some := read(t, path, Options{Columns: []string{"c2", "c0"}})
			if !slices.Equal(some.Values.Row(1), []float64{want[5], want[3]}) {
				t.Errorf("%s, Fortran %v: selection %v", descr, fortran, some.Values.Row(1))
			}
			gz := file(t, "a.npy.gz", packed(t, text))
			if fortran {
				if _, err := Open(gz, Options{}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "Fortran") {
					t.Errorf("Fortran order in gzip: error is %v", err)
				}
			} else if got := read(t, gz, Options{}); !slices.Equal(got.Values.Data, want) {
				t.Errorf("%s by gzip: %v, want %v", descr, got.Values.Data, want)
			}
		}
	}
}

func TestNpyHeaders(t *testing.T) {
	data := elements("<f4", 1, 2, 3)
	for name, dict := range map[string]string{
		"one axis":          "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
		"one axis, Fortran": "{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }",
		"any order":         `{"shape":(3,1),"fortran_order":False,"descr":"<f4"}`,
		"one column":        "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 1)}",
	} {
		got := read(t, file(t, "a.npy", npyText(dict, data)), Options{})
		if !slices.Equal(got.Columns, []string{"c0"}) || !slices.Equal(got.Values.Data, []float64{1, 2, 3}) {
			t.Errorf("%s: %q %v", name, got.Columns, got.Values.Data)
		}
	}
	v2 := append([]byte(npyMagic), 2, 0)
	dict := npyDict("<f4", false, 1, 3)
	v2 = append(append(binary.LittleEndian.AppendUint32(v2, uint32(len(dict))), dict...), data...)
	if got := read(t, file(t, "a.dat", string(v2)), Options{}); !slices.Equal(got.Values.Data, []float64{1, 2, 3}) {
		t.Errorf("version 2: %v", got.Values.Data)
	}
}

var badNpy = []struct {
	name, text string
	want       []string
}{
	{"empty", "", []string{"empty"}},
	{"text", "a,b\n1,2\n", []string{"not an npy file", "numpy.save"}},
	{"magic only", npyMagic, []string{"cut short"}},
	{"version", npyMagic + "\x09\x00\x02\x00{}", []string{"version 9"}},
	{"header cut", npyMagic + "\x01\x00\x80\x00{'descr", []string{"cut short"}},
	{"version 2 cut", npyMagic + "\x02\x00\x80\x00", []string{"cut short"}},
	{"header too long", npyMagic + "\x02\x00\xff\xff\xff\xff{}", []string{"too long"}},
	{"no dict", npyText("hello", nil), []string{"header is damaged"}},
	{"dict not closed", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), ", nil), []string{"header is damaged"}},
	{"key missing", npyText("{'descr': '<f8', 'shape': (1, 1), }", nil), []string{"header is damaged"}},
	{"key twice", npyText("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", nil), []string{"header is damaged"}},
	{"key unknown", npyText("{'x': '<f8', 'fortran_order': False, 'shape': (1, 1), }", nil), []string{"header is damaged"}},
	{"text behind", npyText(npyDict("<f8", false, 1, 1)+"x", make([]byte, 8)), []string{"header is damaged"}},
	{"order", npyText("{'descr': '<f8', 'fortran_order': 1, 'shape': (1, 1), }", nil), []string{"header is damaged"}},
	{"negative shape", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 1), }", nil), []string{"header is damaged"}},
	{"shape beyond int", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 1), }", nil), []string{"header is damaged"}},
	{"shape overflows", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 1000), }", nil), []string{"too large"}},
	{"big-endian", npyText(npyDict(">f8", false, 1, 1), make([]byte, 8)), []string{"big-endian", "astype"}},
	{"complex", npyText(npyDict("<c16", false, 1, 1), make([]byte, 16)), []string{`"<c16"`, "astype"}},
	{"half", npyText(npyDict("<f2", false, 1, 1), make([]byte, 2)), []string{`"<f2"`}},
	{"strings", npyText(npyDict("<U3", false, 1, 1), make([]byte, 12)), []string{`"<U3"`}},
	{"objects", npyText(npyDict("|O", false, 1, 1), make([]byte, 12)), []string{`"|O"`}},
	{"named fields", npyText("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", make([]byte, 8)), []string{"named fields"}},
	{"no axis", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", make([]byte, 8)), []string{"0 axes", "reshape"}},
	{"three axes", npyText("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", make([]byte, 8)), []string{"3 axes", "reshape"}},
	{"no rows", npyText(npyDict("<f8", false, 0, 7), nil), []string{"0 rows"}},
	{"no columns", npyText(npyDict("<f8", false, 7, 0), nil), []string{"0 columns"}},
	{"too many columns", npyText(npyDict("|u1", false, 1, 1<<20+1), nil), []string{"transposed"}},
	{"cut short", npyText(npyDict("<f8", false, 3, 2), make([]byte, 47)), []string{"cut short", "3 rows", "only 2"}},
	{"cut short, Fortran", npyText(npyDict("<f8", true, 3, 2), make([]byte, 47)), []string{"cut short"}},
	{"bytes left over", npyText(npyDict("<f8", false, 1, 1), make([]byte, 9)), []string{"1 bytes follow"}},
	{"NaN", npyText(npyDict("<f8", false, 2, 2), elements("<f8", 1, 2, 3, math.NaN())), []string{`row 2, column "c1": NaN is not a finite number`}},
	{"infinity, Fortran", npyText(npyDict("<f4", true, 2, 2), elements("<f4", 1, math.Inf(-1), 3, 4)), []string{`row 2, column "c0": -Inf`}},
	{"gzip, cut short", "", []string{"cut short", "ends in row 2"}},
	{"gzip, bytes left over", "", []string{"more bytes follow"}},
}

func TestBadNpy(t *testing.T) {
	for _, c := range badNpy {
		t.Run(c.name, func(t *testing.T) {
			switch c.name {
			case "gzip, cut short":
				c.text = packed(t, npyText(npyDict("<f8", false, 3, 1), make([]byte, 12)))
			case "gzip, bytes left over":
				c.text = packed(t, npyText(npyDict("<f8", false, 1, 1), make([]byte, 9)))
			}
			_, err := ReadTable(file(t, "bad.npy", c.text), Options{})
			if !errors.Is(err, fault.ErrData) {
				t.Fatalf("error is %v, want one that wraps ErrData", err)
			}
			for _, part := range append(c.want, "bad.npy: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q has no %q", err, part)
				}
			}
		})
	}
	_, err := Open(file(t, "a.npy", npyText(npyDict("|u1", false, 1, 2), []byte{1, 2})), Options{Columns: []string{"c2"}})
	if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `no column "c2"`) {
		t.Errorf("unknown column: %v", err)
	}
}

// A packed file can promise anything; memory goes by what comes.
func TestNpyPromiseIsNotAllocated(t *testing.T) {
	path := file(t, "a.npy.gz", packed(t, npyText(npyDict("<f8", false, 1<<40, 100), make([]byte, 1000))))
	if _, err := ReadTable(path, Options{}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "ends in row 2") {
		t.Errorf("error is %v", err)
	}
}

func FuzzNpy(f *testing.F) {
	for _, c := range badNpy {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(npyText(npyDict("<f4", true, 2, 3), elements("<f4", 1, 2, 3, 4, 5, 6))))
	path := file(f, "a.npy", "")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		table, err := ReadTable(path, Options{})
		if err != nil {
			if !errors.Is(err, fault.ErrData) {
				t.Fatalf("error %v does not wrap ErrData", err)
			}
			return
		}
		if table.Values.Check() != nil || table.Values.Rows == 0 || table.Values.Cols != len(table.Columns) {
			t.Fatalf("table of %d × %d with %d names", table.Values.Rows, table.Values.Cols, len(table.Columns))
		}
		for _, v := range table.Values.Data {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v came through", v)
			}
		}
	})
}

// The dict parser takes what numpy writes, whatever the spacing.
func TestNpyDictDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := func() string { return rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, "space") }
		rows, cols := rapid.IntRange(1, 1<<30).Draw(t, "rows"), rapid.IntRange(1, 1<<20).Draw(t, "columns")
		fortran := rapid.Bool().Draw(t, "fortran")
		entries := []string{
			"'descr'" + space() + ":" + space() + "'<i2'",
			"'fortran_order'" + space() + ":" + space() + map[bool]string{false: "False", true: "True"}[fortran],
			fmt.Sprintf("'shape':%s(%d,%s%d%s)", space(), rows, space(), cols, rapid.SampledFrom([]string{"", ",", ", "}).Draw(t, "end")),
		}
		entries = rapid.Permutation(entries).Draw(t, "order")
		text := "{" + space() + strings.Join(entries, space()+","+space()) + rapid.SampledFrom([]string{"", ",", ", "}).Draw(t, "last") + "}" + space()
		var h npyHeader
		if err := h.parse(text); err != nil || h.rows != rows || h.cols != cols || h.kind.size != 2 ||
			h.fortran != (fortran && rows > 1 && cols > 1) {
			t.Fatalf("%s: %+v (%v)", text, h, err)
		}
	})
}

// Files that numpy wrote.
func TestNpyOfNumpy(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data")
	for path, want := range map[string][2]int{
		"benchmarks/galaxy/train.npy":     {7704, 7},
		"earth/quakes_all_latlon_deg.npy": {0, 2},
	} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if _, err := os.Stat(path); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", path)
			}
			t.Skipf("%s is not there", path)
		}
		got := read(t, path, Options{}).Values
		if got.Cols != want[1] || want[0] > 0 && got.Rows != want[0] || got.Rows == 0 {
			t.Errorf("%s: %d × %d, want %v", path, got.Rows, got.Cols, want)
		}
	}
}
