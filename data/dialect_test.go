package data

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

func TestDialects(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		options Options
	}{
		"pipe":                        {"a|b\n1.5|-2\n", Options{}},
		"pipe, quotes":                {"\"a\"|\"b\"\n\"1.5\"|\"-2\"\n", Options{}},
		"decimal comma":               {"a;b\n1,5;-2,0\n", Options{DecimalComma: true}},
		"decimal comma, quotes":       {"a;b\n\"1,5\";\"-2\"\n", Options{DecimalComma: true}},
		"decimal comma, long":         {"a;b\n1,50000000000000000000;-2e0\n", Options{DecimalComma: true}},
		"decimal comma, tab":          {"a\tb\r\n1,5\t-2\r\n", Options{DecimalComma: true}},
		"decimal comma, commas named": {"\"a\"; b\n1,5;-2\n", Options{DecimalComma: true}},
		"forced":                      {"a b\n1.5;-2\n", Options{Comma: ';', NoHeader: true}},
		"BOM, CRLF, semicolon":        {"\xef\xbb\xbfa;b\r\n1.5;-2\r\n", Options{}},
		"commas in quoted names":      {"\"a,x,y\";b\n1.5;-2\n", Options{}},
	} {
		if name == "forced" {
			c.text = strings.TrimPrefix(c.text, "a b\n")
		}
		for _, end := range []string{"", ".gz"} {
			text := c.text
			if end == ".gz" {
				text = packed(t, text)
			}
			if got := read(t, file(t, "a.csv"+end, text), c.options); !slices.Equal(got.Values.Data, []float64{1.5, -2}) || len(got.Columns) != 2 {
				t.Errorf("%s: %v %v", name, got.Columns, got.Values.Data)
			}
		}
	}
}

func TestBadDialects(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		options  Options
		sentinel error
		want     []string
	}{
		"comma for both":         {"a,b\n1,2\n", Options{DecimalComma: true, Comma: ','}, fault.ErrConfig, []string{"cannot both separate columns and begin decimals"}},
		"grouped digits":         {"a;b\n1.500,5;2\n", Options{DecimalComma: true}, fault.ErrData, []string{`row 1 (line 2), column "a": "1.500,5"`, "group digits", "take it out"}},
		"point":                  {"a;b\n1.500;2\n", Options{DecimalComma: true}, fault.ErrData, []string{`"1.500" is not a number`}},
		"two commas":             {"a;b\n1,5,0;2\n", Options{DecimalComma: true}, fault.ErrData, []string{`"1,5,0" is not a number`}},
		"decimal comma not said": {"a;b\n1,5;2\n", Options{}, fault.ErrData, []string{`"1,5" is not a number`, "--decimal-comma"}},
		"no header":              {"1,5;2\n", Options{DecimalComma: true}, fault.ErrData, []string{"there is no header"}},
		"other separator":        {"a;b\n1;2\n", Options{Comma: ','}, fault.ErrData, []string{`column "a;b"`}},
		"UTF-16, no mark":        {"a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", Options{}, fault.ErrData, []string{"UTF-16", "save it as UTF-8"}},
		"UTF-16, other order":    {"\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", Options{}, fault.ErrData, []string{"UTF-16", "save it as UTF-8"}},
		"Latin-1":                {"gr\xf6\xdfe,b\n1,2\n", Options{}, fault.ErrData, []string{"column 1", "not valid UTF-8", "save the file as UTF-8"}},
		"category":               {"a,kind\n1,red\n", Options{}, fault.ErrData, []string{`column "kind": "red" is not a number`, "leave the column out"}},
	} {
		_, err := ReadTable(file(t, "a.csv", c.text), c.options)
		if !errors.Is(err, c.sentinel) {
			t.Errorf("%s: error is %v, want one that wraps %v", name, err, c.sentinel)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q has no %q", name, err, part)
			}
		}
	}
}

func FuzzDialects(f *testing.F) {
	for _, c := range badCSV {
		f.Add([]byte(c.text), false)
	}
	f.Add([]byte(gappy), false)
	f.Add([]byte("a;b\n1,5;2\n"), true)
	f.Add([]byte(packed(f, gappy)), false)
	path := file(f, "a.csv", "")
	f.Fuzz(func(t *testing.T, b []byte, decimalComma bool) {
		fuzzOptions(t, path, b, Options{Missing: Drop, DecimalComma: decimalComma})
	})
}
