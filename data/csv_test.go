package data

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func packed(t testing.TB, s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoodCSV(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		options          Options
		columns          []string
		values           []float64
	}{
		{"plain", "a.csv", "a,b\n1,2\n3,4\n", Options{}, []string{"a", "b"}, []float64{1, 2, 3, 4}},
		{"no line feed at the end", "a.csv", "a,b\n1,2", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"blank lines around", "a.csv", "\n \na,b\n1,2\n\n  \n\n", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"Windows", "a.csv", "\xef\xbb\xbfa,b\r\n1,2\r\n\r\n", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"carriage return at the end", "a.csv", "a,b\r\n1,2\r", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"spaces", "a.csv", " a , b\n 1 ,\t2 \n", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"quotes", "a.csv", "\"a,1\",\"b \"\"x\"\"\"\n\"1\",2\n3,\" 4 \"\n", Options{}, []string{"a,1", `b "x"`}, []float64{1, 2, 3, 4}},
		{"letters of the world", "a.csv", "größe,星\n1,2\n", Options{}, []string{"größe", "星"}, []float64{1, 2}},
		{"one column", "a.csv", "a\n1\n2\n", Options{}, []string{"a"}, []float64{1, 2}},
		{"a number among the names", "a.csv", "a,2020\n1,2\n", Options{}, []string{"a", "2020"}, []float64{1, 2}},
		{"tabs", "a.tsv", "a\tb,c\n1\t2\n", Options{}, []string{"a", "b,c"}, []float64{1, 2}},
		{"tabs found", "a.csv", "a\tb\n1\t2\n", Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"semicolons found", "a.txt", "a;b;c, d\n1;2;3\n", Options{}, []string{"a", "b", "c, d"}, []float64{1, 2, 3}},
		{"comma given", "a.csv", "a|b,b,b\n1|2\n", Options{Comma: '|'}, []string{"a", "b,b,b"}, []float64{1, 2}},
		{"no header", "a.csv", "1,2\n3,4\n", Options{NoHeader: true}, []string{"c0", "c1"}, []float64{1, 2, 3, 4}},
		{"no header, mark and quotes", "a.csv", "\xef\xbb\xbf\"1\",2\n", Options{NoHeader: true}, []string{"c0", "c1"}, []float64{1, 2}},
		{"selection", "a.csv", "a,b,c\n1,x,3\n4,,6\n7,\"y,\nz\",9\n", Options{Columns: []string{"c", "a"}}, []string{"c", "a"}, []float64{3, 1, 6, 4, 9, 7}},
		{"selection, bytes elsewhere", "a.csv", "a,b\n1,\xe9\n", Options{Columns: []string{"a"}}, []string{"a"}, []float64{1}},
		{"exponents and signs", "a.csv", "a,b\n-1.5e-3,+2E2\n-0,.5\n", Options{}, []string{"a", "b"}, []float64{-0.0015, 200, math.Copysign(0, -1), 0.5}},
		{"gzip", "a.csv.gz", packed(t, "a,b\n1,2\n"), Options{}, []string{"a", "b"}, []float64{1, 2}},
		{"gzip, tabs", "a.tsv.gz", packed(t, "a\tb,b,b\n1\t2\n"), Options{}, []string{"a", "b,b,b"}, []float64{1, 2}},
		{"name like a magic", "a.csv", "PAR1,BZh\n1,2\n", Options{}, []string{"PAR1", "BZh"}, []float64{1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, c.file, c.text)
			got := read(t, path, c.options)
			if !slices.Equal(got.Columns, c.columns) || !sameBits(got.Values.Data, c.values) || got.Source != path {
				t.Errorf("columns %q, values %v; want %q, %v", got.Columns, got.Values.Data, c.columns, c.values)
			}
		})
	}
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// standard reads numbers without a header as encoding/csv and strconv do.
func standard(text string, comma rune) ([][]float64, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, byteOrderMark)))
	r.Comma = comma
	records, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var rows [][]float64
	for _, record := range records {
		if len(record) == 1 && strings.Trim(record[0], " \r") == "" && !strings.Contains(text, `"`) {
			continue // a line of spaces: blank here, a cell there
		}
		var row []float64
		for _, cell := range record {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("bad cell %q", cell)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return rows, nil
}

// blankInside finds lines that encoding/csv drops or takes for cells and this package refuses, and carriage returns
// that only this package refuses, in a first line.
var blankInside = regexp.MustCompile(`\n[ \r]*\n|^[ \r]*\n|\n[ \r]*$|^[ \r]*$|^[^\n]*\r[^\n]|\x00`)

// likeStandard compares both on a text. The batch size must not matter.
func likeStandard(t testing.TB, path, text string, rows int) {
	if blankInside.MatchString(strings.TrimSuffix(strings.TrimPrefix(text, byteOrderMark), "\n")) || strings.HasPrefix(text, "\x1f\x8b") {
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	want, wantErr := standard(text, ',')
	var got [][]float64
	r, err := Open(path, Options{NoHeader: true, Comma: ','})
	if err == nil {
		defer r.Close()
		for range 2 { // the second pass rewinds
			got = nil
			for batch, e := range r.Batches(rows) {
				if err = e; err != nil {
					break
				}
				if batch.Rows > rows || batch.Check() != nil {
					t.Fatalf("batch %+v where %d rows were asked for", batch, rows)
				}
				for i := range batch.Rows {
					got = append(got, slices.Clone(batch.Row(i)))
				}
			}
		}
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: error is %v, of encoding/csv %v", text, err, wantErr)
	}
	if err == nil && !slices.EqualFunc(got, want, sameBits) {
		t.Fatalf("%q: read %v, encoding/csv %v", text, got, want)
	}
}

func TestLikeEncodingCSV(t *testing.T) {
	path := file(t, "a.csv", "")
	cell := rapid.OneOf(
		rapid.Map(rapid.Float64(), func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }),
		rapid.Map(rapid.Float32(), func(v float32) string { return strconv.FormatFloat(float64(v), 'f', -1, 32) }),
		rapid.StringMatching(`[+-]?[0-9]{1,4}\.[0-9]{1,4}`),
		rapid.StringMatching(`"[ \n]?[0-9]{1,3}[ \n]?"`),
		rapid.StringMatching(` ?[0-9]{1,2} ?`),
	)
	broken := rapid.SampledFrom([]string{"", "x", `"`, `""`, `"1"2`, `1"2"`, "1,2", "\n", "nan", "1e999", `"1""2"`, "\xff"})
	rapid.Check(t, func(t2 *rapid.T) {
		n, cols := rapid.IntRange(1, 8).Draw(t2, "rows"), rapid.IntRange(1, 4).Draw(t2, "columns")
		breakAt := -1
		if rapid.IntRange(0, 3).Draw(t2, "sound") == 0 {
			breakAt = rapid.IntRange(0, n*cols-1).Draw(t2, "break at")
		}
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t2, "line end")
		var b strings.Builder
		for i := range n * cols {
			if i == breakAt {
				b.WriteString(broken.Draw(t2, "broken"))
			} else {
				b.WriteString(cell.Draw(t2, "cell"))
			}
			switch {
			case (i+1)%cols != 0:
				b.WriteByte(',')
			case i+1 < n*cols || rapid.Bool().Draw(t2, "end"):
				b.WriteString(end)
			}
		}
		likeStandard(t, path, b.String(), rapid.IntRange(1, 5).Draw(t2, "batch"))
	})
}

func FuzzCSV(f *testing.F) {
	for _, c := range badCSV {
		f.Add(c.text, 2)
	}
	f.Add("1,2\r\n\"3\",4e-5\n", 1)
	f.Add("1.5,-2\n3,0.1\n", 7)
	path := file(f, "a.csv", "")
	f.Fuzz(func(t *testing.T, text string, rows int) {
		likeStandard(t, path, text, 1+(rows&15))
	})
}

// Rows longer than the buffer, and cells that straddle its end.
func TestLongRows(t *testing.T) {
	const cols = 60_000
	var b strings.Builder
	var want []float64
	for i := range cols {
		fmt.Fprintf(&b, "k%d,", i)
	}
	text := strings.TrimSuffix(b.String(), ",") + "\n"
	for r := range 3 {
		b.Reset()
		for i := range cols {
			v := float64(i) + float64(r)/8
			want = append(want, v)
			fmt.Fprintf(&b, "%v,", v)
		}
		text += strings.TrimSuffix(b.String(), ",") + "\n"
	}
	got := read(t, file(t, "a.csv", text), Options{})
	if got.Values.Rows != 3 || !sameBits(got.Values.Data, want) {
		t.Errorf("%d × %d read, want 3 × %d of equal values", got.Values.Rows, got.Values.Cols, cols)
	}
}

func TestBatches(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range 10 {
		fmt.Fprintf(&b, "%d,%d\n", i, -i)
	}
	for _, name := range []string{"a.csv", "a.csv.gz"} {
		text := b.String()
		if strings.HasSuffix(name, ".gz") {
			text = packed(t, text)
		}
		r, err := Open(file(t, name, text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for batch, err := range r.Batches(3) { // given up after one batch: the next pass must not notice
			if batch.Rows != 3 || err != nil {
				t.Errorf("%d rows (%v), want 3", batch.Rows, err)
			}
			break
		}
		var sizes []int
		var first []float64
		for batch, err := range r.Batches(4) {
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, batch.Rows)
			for i := range batch.Rows {
				first = append(first, batch.Row(i)[0])
			}
		}
		if !slices.Equal(sizes, []int{4, 4, 2}) || !slices.Equal(first, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("batches of %v rows, first column %v", sizes, first)
		}
	}
}

// The rows before a bad one arrive, batch by batch; its own batch does not.
func TestErrorEndsBatches(t *testing.T) {
	r, err := Open(file(t, "a.csv", "a\n1\n2\n3\nx\n5\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for batch, err := range r.Batches(2) {
		got = append(got, fmt.Sprint(batch.Data, err != nil))
	}
	if want := []string{"[1 2] false", "[] true"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
