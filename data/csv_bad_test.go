package data

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
)

// Every message names the file, and has these parts.
var badCSV = []struct {
	name, text string
	options    Options
	want       []string
}{
	{"empty", "", Options{}, []string{"empty"}},
	{"only a byte order mark", "\xef\xbb\xbf", Options{}, []string{"no text", "header"}},
	{"only blank lines", "\n\r\n  \n", Options{}, []string{"no text"}},
	{"header only", "a,b\n", Options{}, []string{"header but no rows"}},
	{"header only, blank lines", "a,b\n\n\n", Options{}, []string{"header but no rows"}},
	{"no header", "1.5,2\n3,4\n", Options{}, []string{"no header", "line 1 is all numbers (1.5, 2)", "NoHeader", "c0, c1"}},
	{"text", "a,redshift\n1,2\n3,n/a\n", Options{}, []string{`row 2 (line 3), column "redshift": "n/a" is not a number`, "correct the cell"}},
	{"categories", "a,kind\n1,spiral\n2,elliptic\n", Options{}, []string{`row 1 (line 2), column "kind": "spiral" is not a number`, "write its categories as numbers, or leave the column out", "--columns"}},
	{"text after a blank first line", "\na,b\n1,x\n", Options{}, []string{`row 1 (line 3), column "b"`}},
	{"text after a line break in quotes", "a,b\n\"1\n\",2\n1,x\n", Options{}, []string{`row 2 (line 4), column "b": "x"`}},
	{"quoted text", "a,b\n1,\"x \"\"y\"\"\"\n", Options{}, []string{`column "b": "x \"y\"" is not a number`}},
	{"empty cell", "a,b\n1,\n", Options{}, []string{`row 1 (line 2), column "b"`, "the cell is empty", "fill it in"}},
	{"empty first cell", "a,b\n,1\n", Options{}, []string{`column "a"`, "empty"}},
	{"cell of spaces", "a,b\n1,  \n", Options{}, []string{`column "b"`, "empty"}},
	{"NaN", "a,b\nnan,1\n", Options{}, []string{`row 1 (line 2), column "a": "nan" is not a finite number`}},
	{"infinity", "a,b\n1,-Inf\n", Options{}, []string{`column "b": "-Inf" is not a finite number`}},
	{"overflow", "a,b\n1,1e999\n", Options{}, []string{`"1e999" is beyond the range of float64`}},
	{"long text", "a\n" + strings.Repeat("ü", 99) + "\n", Options{}, []string{`"` + strings.Repeat("ü", 20) + `"… is not a number`}},
	{"decimal comma", "a;b\n1,5;2\n", Options{}, []string{`"1,5" is not a number`, "a point, not a comma"}},
	{"separated by spaces", "a b\n1 2\n", Options{}, []string{`"1 2"`, "not by spaces"}},
	{"header read as data", "a,b\n1,2\n", Options{NoHeader: true}, []string{`row 1 (line 1), column "c0": "a"`, "looks like a header"}},
	{"cell missing", "a,b,c\n1,2,3\n4,5\n", Options{}, []string{"row 2 (line 3) has 2 cells, the table has 3 columns"}},
	{"cell too many", "a,b\n1,2,3\n", Options{}, []string{"row 1 (line 2) has 3 cells, the table has 2 columns"}},
	{"trailing separator", "a,b\n1,2,\n", Options{}, []string{"has 3 cells"}},
	{"cell missing and text", "a,b,c\nx,5\n", Options{}, []string{"has 2 cells"}},
	{"cell missing in a quoted row", "a,b\n\"1\"\n", Options{}, []string{"row 1 (line 2) has 1 cell, the table has 2 columns"}},
	{"cell too many where unread", "a,b\n1,x,y\n", Options{Columns: []string{"a"}}, []string{"has 3 cells"}},
	{"blank line within", "a,b\n1,2\n\n3,4\n", Options{}, []string{"row 2 (line 3) is blank"}},
	{"blank line within one column", "a\n1\n \n3\n", Options{}, []string{"row 2 (line 3) is blank"}},
	{"name twice", "a,b,a\n1,2,3\n", Options{}, []string{`columns 1 and 3 are both named "a"`, "rename"}},
	{"name twice by spaces", "a, a\n1,2\n", Options{}, []string{"both named"}},
	{"name empty", ",a\n0,1\n", Options{}, []string{"column 1 of 2 has no name"}},
	{"name not UTF-8", "a,\xe9\n1,2\n", Options{}, []string{"column 2", "UTF-8"}},
	{"cell not UTF-8", "a,b\n1,\xe9\n", Options{}, []string{`column "b"`, "UTF-8"}},
	{"UTF-16", "\xff\xfea\x00", Options{}, []string{"UTF-16", "save it as UTF-8"}},
	{"zero bytes", "a\x00b,c\n1,2\n", Options{}, []string{"not text"}},
	{"carriage returns only", "a,b\r1,2\r", Options{}, []string{"carriage return"}},
	{"quote not closed", "a,b\n1,2\n\"3,4\n5,6\n", Options{}, []string{"line 3", "never closed"}},
	{"quote not closed in the header", "\"a,b\n1,2\n", Options{}, []string{"line 1", "never closed"}},
	{"quote within a cell", "a,b\n1,2\n3,4\"5\"\n", Options{}, []string{"line 3", "quote inside a cell"}},
	{"text after a quote", "a,b\n\"1\"2,3\n", Options{}, []string{"line 2", "after a closing quote"}},
	{"unknown column", "mag_u,mag_g,redshift\n1,2,3\n", Options{Columns: []string{"mag_g", "redshit"}}, []string{`no column "redshit"`, `did you mean "redshift"?`, "columns: mag_u, mag_g, redshift"}},
	{"column of other case", "Mag,b\n1,2\n", Options{Columns: []string{"mag"}}, []string{`did you mean "Mag"?`}},
	{"column asked for twice", "a,b\n1,2\n", Options{Columns: []string{"a", "a"}}, []string{`"a" is asked for twice`}},
	{"no column asked for", "a,b\n1,2\n", Options{Columns: []string{}}, []string{"no column is asked for", "a, b"}},
	{"Parquet", "PAR1\x15\x00\x15", Options{}, []string{"Parquet file does not end", "cut short"}},
	{"zip", "PK\x03\x04....", Options{}, []string{"damaged zip archive", "copy it again"}},
	{"Arrow", "ARROW1\x00\x00", Options{}, []string{"an Arrow file", "convert it"}},
	{"gzip cut short", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", Options{}, []string{"cannot be read"}},
	{"gzip damaged", "\x1f\x8b\x09\x00", Options{}, []string{"cannot be read"}},
}

func TestBadCSV(t *testing.T) {
	for _, c := range badCSV {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadTable(file(t, "bad.csv", c.text), c.options)
			if !errors.Is(err, fault.ErrData) {
				t.Fatalf("error is %v, want one that wraps ErrData", err)
			}
			for _, part := range append(c.want, "bad.csv: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q has no %q", err, part)
				}
			}
		})
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(filepath.Join(dir, "none.csv"), Options{})
	if !errors.Is(err, fault.ErrData) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.csv: there is no such file") {
		t.Errorf("missing file: %v", err)
	}
	_, err = Open(dir, Options{})
	if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
	if os.Geteuid() == 0 {
		t.Log("root may read everything: the refusal of an unreadable file is not checked")
		return
	}
	path := file(t, "secret.csv", "a\n1\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, fs.ErrPermission) || !errors.Is(err, fault.ErrData) {
		t.Errorf("unreadable file: %v", err)
	}
}

func TestBadComma(t *testing.T) {
	path := file(t, "a.csv", "a,b\n1,2\n")
	for _, c := range []byte("\"\n\r .-+0e_\x01\x80\xff") {
		if _, err := Open(path, Options{Comma: c}); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%q: error is %v", c, err)
		}
	}
}

// A quote that is never closed must not pull a long file into memory.
func TestOpenQuoteIsBounded(t *testing.T) {
	path := file(t, "a.csv", "a,b\n1,\"2\n"+strings.Repeat("3,4\n", 5<<20))
	if _, err := ReadTable(path, Options{}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "begins on line 2") {
		t.Errorf("error is %v", err)
	}
}
