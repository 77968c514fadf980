package data

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"diffeo/fault"
	"diffeo/matrix"
)

var required, optional, repeated = parquet.Repetitions.Required, parquet.Repetitions.Optional, parquet.Repetitions.Repeated

// parquetText builds a file of the given fields. put writes one column of one row group.
func parquetText(t testing.TB, fields schema.FieldList, groups int, put func(group, column int, w pqfile.ColumnChunkWriter) error, o ...parquet.WriterProperty) string {
	t.Helper()
	var b bytes.Buffer
	w := pqfile.NewParquetWriter(&b, schema.MustGroup(schema.NewGroupNode("schema", required, fields, -1)),
		pqfile.WithWriterProps(parquet.NewWriterProperties(o...)))
	for g := range groups {
		rg, err := w.AppendRowGroupChecked()
		if err != nil {
			t.Fatal(err)
		}
		for c := range rg.NumColumns() {
			column, err := rg.NextColumn()
			if err != nil {
				t.Fatal(err)
			}
			if err := put(g, c, column); err != nil {
				t.Fatal(err)
			}
			if err := column.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := rg.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// primitive is a field of a logical type.
func primitive(name string, r parquet.Repetition, l schema.LogicalType, p parquet.Type, length int) schema.Node {
	return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(name, r, l, p, length, -1))
}

// manyTypes has a column of every type that is read, each with the numbers want[column].
func manyTypes(t testing.TB) (text string, names []string, want [][]float64) {
	nan := math.NaN()
	fields := schema.FieldList{
		schema.NewFloat64Node("f8", required, -1),
		schema.NewFloat32Node("f4", optional, -1),
		schema.NewInt64Node("i8", optional, -1),
		schema.NewInt32Node("i4", required, -1),
		primitive("u8", required, schema.NewIntLogicalType(64, false), parquet.Types.Int64, -1),
		primitive("u4", required, schema.NewIntLogicalType(32, false), parquet.Types.Int32, -1),
		primitive("i1", required, schema.NewIntLogicalType(8, true), parquet.Types.Int32, -1),
		schema.NewBooleanNode("bool", optional, -1),
		primitive("d4", required, schema.NewDecimalLogicalType(9, 2), parquet.Types.Int32, -1),
		primitive("d8", required, schema.NewDecimalLogicalType(18, 3), parquet.Types.Int64, -1),
		primitive("d16", required, schema.NewDecimalLogicalType(38, 10), parquet.Types.FixedLenByteArray, 16),
		primitive("dv", optional, schema.NewDecimalLogicalType(20, 1), parquet.Types.ByteArray, -1),
		primitive("f2", required, schema.Float16LogicalType{}, parquet.Types.FixedLenByteArray, 2),
	}
	want = [][]float64{
		{1.5, -2.25, 1e300}, {0.5, nan, -3}, {1 << 40, -7, nan}, {-5, 6, 7}, {math.MaxUint64, 0, 5}, {math.MaxUint32, 1, 2}, {-128, 127, 0},
		{1, nan, 0}, {12.34, -0.01, 0}, {123456789.012, -1, 0.001}, {1.5, -1.5, 0.0000000001}, {12.3, nan, -0.1}, {1, -2, 65504},
	}
	put := func(_, c int, w pqfile.ColumnChunkWriter) error {
		var err error
		switch w := w.(type) {
		case *pqfile.Float64ColumnChunkWriter:
			_, err = w.WriteBatch([]float64{1.5, -2.25, 1e300}, nil, nil)
		case *pqfile.Float32ColumnChunkWriter:
			_, err = w.WriteBatch([]float32{0.5, -3}, []int16{1, 0, 1}, nil)
		case *pqfile.BooleanColumnChunkWriter:
			_, err = w.WriteBatch([]bool{true, false}, []int16{1, 0, 1}, nil)
		case *pqfile.Int32ColumnChunkWriter:
			_, err = w.WriteBatch(map[int][]int32{3: {-5, 6, 7}, 5: {-1, 1, 2}, 6: {-128, 127, 0}, 8: {1234, -1, 0}}[c], nil, nil)
		case *pqfile.Int64ColumnChunkWriter:
			if c == 2 {
				_, err = w.WriteBatch([]int64{1 << 40, -7}, []int16{1, 1, 0}, nil)
			} else {
				_, err = w.WriteBatch(map[int][]int64{4: {-1, 0, 5}, 9: {123456789012, -1000, 1}}[c], nil, nil)
			}
		case *pqfile.FixedLenByteArrayColumnChunkWriter:
			if c == 12 { // halves: 1, −2, the largest
				_, err = w.WriteBatch([]parquet.FixedLenByteArray{{0x00, 0x3c}, {0x00, 0xc0}, {0xff, 0x7b}}, nil, nil)
				break
			}
			minus := bytes.Repeat([]byte{0xff}, 16)
			copy(minus[11:], []byte{0xfc, 0x81, 0xee, 0x2a, 0x00}) // −15 000 000 000
			plus := make([]byte, 16)
			copy(plus[11:], []byte{0x03, 0x7e, 0x11, 0xd6, 0x00})
			one := make([]byte, 16)
			one[15] = 1
			_, err = w.WriteBatch([]parquet.FixedLenByteArray{plus, minus, one}, nil, nil)
		case *pqfile.ByteArrayColumnChunkWriter:
			_, err = w.WriteBatch([]parquet.ByteArray{{123}, {0xff}}, []int16{1, 0, 1}, nil)
		}
		return err
	}
	for _, f := range fields {
		names = append(names, f.Name())
	}
	return parquetText(t, fields, 2, put), names, want
}

// Every type gives its numbers; NaN stands here for null, which makes a row drop out.
func TestParquetTypes(t *testing.T) {
	text, names, want := manyTypes(t)
	path := file(t, "a.parquet", text)
	for c, name := range names {
		var report Report
		got := read(t, path, Options{Columns: []string{name}, Missing: Drop, Report: &report})
		whole := slices.DeleteFunc(slices.Clone(want[c]), func(v float64) bool { return v != v })
		if whole = append(whole, whole...); !slices.Equal(got.Values.Data, whole) { // there are two equal row groups
			t.Errorf("%s: %v, want %v", name, got.Values.Data, whole)
		}
		if nulls := 6 - len(whole); report.Dropped != nulls || report.Rows != 6 || report.Missing[name] != nulls || len(report.Unused) != len(names)-1 {
			t.Errorf("%s: report %+v", name, report)
		}
	}
	got := read(t, path, Options{Columns: []string{"i4", "f8"}})
	if !slices.Equal(got.Values.Data, []float64{-5, 1.5, 6, -2.25, 7, 1e300, -5, 1.5, 6, -2.25, 7, 1e300}) {
		t.Errorf("a selection gives %v", got.Values.Data)
	}
	all, err := Open(path, Options{})
	if err != nil || !slices.Equal(all.Columns(), names) {
		t.Errorf("columns %v (%v)", all.Columns(), err)
	}
	all.Close()
}

// What is written is read back, bit for bit, in batches of any size, over several row groups and passes, by every codec.
func TestParquetRoundTrip(t *testing.T) {
	const seed = 11
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	m := matrix.New[float64](2*parquetGroupRows+123, 3)
	for i := range m.Data {
		m.Data[i] = float64(float32(rng.NormFloat64()))
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	write(t, path, []string{"x", "y", "a.b"}, WriteOptions{Float32: []string{"y"}}, m)
	for _, batch := range []int{1000, 4096, 1 << 20} {
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			var got []float64
			for b, err := range r.Batches(batch) {
				if err != nil {
					t.Fatal(err)
				}
				if b.Rows != batch && len(got)+len(b.Data) != len(m.Data) {
					t.Errorf("a batch of %d rows, not of %d, in the middle", b.Rows, batch)
				}
				got = append(got, b.Data...)
			}
			if !slices.Equal(got, m.Data) {
				t.Errorf("batches of %d: other numbers come back", batch)
			}
		}
		r.Close()
	}
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Gzip, compress.Codecs.Brotli, compress.Codecs.Zstd, compress.Codecs.Lz4Raw} {
		for _, version := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
			text := parquetText(t, schema.FieldList{schema.NewFloat64Node("x", optional, -1)}, 2, func(_, _ int, w pqfile.ColumnChunkWriter) error {
				_, err := w.(*pqfile.Float64ColumnChunkWriter).WriteBatch([]float64{1, 2, 2}, []int16{1, 1, 1}, nil)
				return err
			}, parquet.WithCompression(codec), parquet.WithDataPageVersion(version))
			if got := read(t, file(t, "a.parquet", text), Options{}); !slices.Equal(got.Values.Data, []float64{1, 2, 2, 1, 2, 2}) {
				t.Errorf("%v, pages of version %v: %v", codec, version, got.Values.Data)
			}
		}
	}
}

// Memory is that of pages, not of row groups or of the file.
func TestParquetStreams(t *testing.T) {
	const rows, cols = 1 << 18, 8
	path := filepath.Join(t.TempDir(), "a.parquet")
	w, err := CreateTable(path, numbered(cols), WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 0))
	m := matrix.New[float64](4096, cols)
	for range rows / 4096 {
		for i := range m.Data {
			m.Data[i] = rng.Float64()
		}
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, Options{Columns: []string{"c1", "c6"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen, peak := 0, uint64(0)
	for b, err := range r.Batches(1024) {
		if err != nil {
			t.Fatal(err)
		}
		if seen += b.Rows; seen%(1<<15) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	}
	if info, _ := os.Stat(path); seen != rows || peak > 8<<20 {
		t.Errorf("%d rows of a file of %d MiB, %d KiB live at the peak; want %d rows, 8 MiB at most", seen, info.Size()>>20, peak>>10, rows)
	}
}

var badParquet = []struct {
	name   string
	fields schema.FieldList
	want   []string
}{
	{"text", schema.FieldList{primitive("kind", optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1)},
		[]string{`column "kind" holds text, not numbers`, "write categories as numbers", "leave the column out"}},
	{"bytes", schema.FieldList{schema.NewByteArrayNode("raw", required, -1)}, []string{`column "raw" holds text or bytes`}},
	{"timestamp", schema.FieldList{primitive("at", required, schema.NewTimestampLogicalType(true, schema.TimeUnitMicros), parquet.Types.Int64, -1)},
		[]string{`column "at" holds dates or times`, "seconds since"}},
	{"old timestamp", schema.FieldList{schema.NewInt96Node("at", required, -1)}, []string{`column "at" holds dates or times`}},
	{"date", schema.FieldList{primitive("day", required, schema.DateLogicalType{}, parquet.Types.Int32, -1)}, []string{`column "day" holds dates or times`}},
	{"json", schema.FieldList{primitive("j", required, schema.JSONLogicalType{}, parquet.Types.ByteArray, -1)}, []string{`column "j" holds values of type JSON`}},
	{"struct", schema.FieldList{schema.MustGroup(schema.NewGroupNode("pos", optional, schema.FieldList{
		schema.NewFloat64Node("x", required, -1), schema.NewFloat64Node("y", required, -1),
	}, -1))}, []string{`column "pos" is nested (a struct, list or map)`, "columns of their own"}},
	{"list", schema.FieldList{schema.NewFloat64Node("many", repeated, -1)}, []string{`column "many" is nested`}},
}

func TestBadParquetTypes(t *testing.T) {
	for _, c := range badParquet {
		t.Run(c.name, func(t *testing.T) {
			text := parquetText(t, append(schema.FieldList{schema.NewFloat64Node("ok", required, -1)}, c.fields...), 1, putOne)
			path := file(t, "bad.parquet", text)
			_, err := ReadTable(path, Options{})
			_, named := Open(path, Options{Columns: []string{c.fields[0].Name()}})
			for _, err := range []error{err, named} {
				if !errors.Is(err, fault.ErrData) {
					t.Fatalf("error is %v, want one that wraps ErrData", err)
				}
				for _, part := range append(c.want, "bad.parquet: ") {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error %q has no %q", err, part)
					}
				}
			}
			if got := read(t, path, Options{Columns: []string{"ok"}}); !slices.Equal(got.Values.Data, []float64{1}) {
				t.Errorf("the column beside it: %v", got.Values.Data)
			}
		})
	}
}

// putOne writes one value.
func putOne(_, _ int, w pqfile.ColumnChunkWriter) error {
	d, r := w.Descr().MaxDefinitionLevel(), w.Descr().MaxRepetitionLevel()
	var def, rep []int16
	if d > 0 {
		def = []int16{d}
	}
	if r > 0 {
		rep = []int16{0}
	}
	var err error
	switch w := w.(type) {
	case *pqfile.Float64ColumnChunkWriter:
		_, err = w.WriteBatch([]float64{1}, def, rep)
	case *pqfile.Int32ColumnChunkWriter:
		_, err = w.WriteBatch([]int32{1}, def, rep)
	case *pqfile.Int64ColumnChunkWriter:
		_, err = w.WriteBatch([]int64{1}, def, rep)
	case *pqfile.Int96ColumnChunkWriter:
		_, err = w.WriteBatch([]parquet.Int96{{1}}, def, rep)
	case *pqfile.ByteArrayColumnChunkWriter:
		_, err = w.WriteBatch([]parquet.ByteArray{[]byte("x")}, def, rep)
	}
	return err
}

func TestBadParquetFiles(t *testing.T) {
	one := parquetText(t, schema.FieldList{schema.NewFloat64Node("x", required, -1)}, 1, putOne)
	value := func(v float64) string {
		return parquetText(t, schema.FieldList{schema.NewFloat64Node("x", required, -1)}, 2, func(_, _ int, w pqfile.ColumnChunkWriter) error {
			_, err := w.(*pqfile.Float64ColumnChunkWriter).WriteBatch([]float64{1, v}, nil, nil)
			return err
		})
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"cut short", one[:len(one)-3], []string{"cut short", "copy it again"}},
		{"not Parquet", "a,b\n1,2\n", []string{"no parquet file", "rename it"}},
		{"encrypted", one[:len(one)-1] + "E", []string{"encrypted"}},
		{"no row groups", parquetText(t, schema.FieldList{schema.NewFloat64Node("x", required, -1)}, 0, putOne), []string{"no rows"}},
		{"infinity", value(math.Inf(1)), []string{`row 2, column "x": +Inf is not a finite number`}},
		{"NaN", value(math.NaN()), []string{`row 2, column "x": NaN is not a finite number`, "2 of the 4 rows (x: 2)", "--missing drop"}},
		{"page damaged", one[:5] + strings.Repeat("\xff", 20) + one[25:], []string{"damaged", "copy it again"}},
	} {
		_, err := ReadTable(file(t, "bad.parquet", c.text), Options{})
		if !errors.Is(err, fault.ErrData) {
			t.Errorf("%s: error is %v, want one that wraps ErrData", c.name, err)
			continue
		}
		for _, part := range append(c.want, "bad.parquet: ") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q has no %q", c.name, err, part)
			}
		}
	}
	if _, err := Open(file(t, "a.parquet.gz", packed(t, one)), Options{}); err == nil || !strings.Contains(err.Error(), "plain file") {
		t.Errorf("packed: %v", err)
	}
}

// A page may promise no more than a bound, a list in the metadata no more than its bytes.
func TestParquetPromisesAreNotAllocated(t *testing.T) {
	if w := (thriftWalk{rest: []byte{0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f, 0}}); true {
		if w.structure(0); !w.bad {
			t.Error("a list of a billion structures in 7 bytes is let through")
		}
	}
	if _, err := unpackSnappy(func(_, _ []byte) ([]byte, error) { t.Error("unpacked"); return nil, nil })(make([]byte, 10), []byte{0xff, 0xff, 0xff, 0x7f}); err == nil {
		t.Error("snappy: no error")
	}
	codec, err := compress.GetCodec(compress.Codecs.Zstd)
	if err != nil {
		t.Fatal(err)
	}
	long := codec.Encode(nil, make([]byte, 1<<20))
	if _, err := unpackZstd(make([]byte, 1000), long); err == nil {
		t.Error("zstd: a MiB came out of a page of 1000 bytes")
	}
	if got, err := unpackZstd(make([]byte, 1<<20), long); err != nil || len(got) != 1<<20 {
		t.Errorf("zstd: %d bytes (%v)", len(got), err)
	}
}

func FuzzParquet(f *testing.F) {
	many, _, _ := manyTypes(f)
	f.Add([]byte(many))
	for _, codec := range []compress.Compression{compress.Codecs.Snappy, compress.Codecs.Zstd, compress.Codecs.Gzip} {
		f.Add([]byte(parquetText(f, schema.FieldList{schema.NewFloat64Node("x", optional, -1)}, 1, putOne, parquet.WithCompression(codec))))
	}
	for _, c := range badParquet {
		f.Add([]byte(parquetText(f, c.fields, 1, putOne)))
	}
	path := file(f, "a.parquet", "")
	f.Fuzz(func(t *testing.T, b []byte) { fuzzTable(t, path, b) })
}
