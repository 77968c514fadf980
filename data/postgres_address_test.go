package data

import (
	"errors"
	"strings"
	"testing"

	"diffeo/fault"
)

func TestAddress(t *testing.T) {
	for path, want := range map[string]address{
		"postgres://ada:secret@host:5433/db?sslmode=disable&table=a.b": {
			"postgres://ada@host:5433/db?table=a.b", "postgres://ada:secret@host:5433/db?sslmode=disable", "a.b", "",
		},
		"postgresql:///db?query=select%20a+b%25c%20from%20t%20where%20x%26y=1": {"postgres:///db", "postgres:///db", "", "select a+b%c from t where x&y=1"},
		"Postgres://ada@host?password=secret":                                  {"postgres://ada@host", "postgres://ada@host?password=secret", "", ""},
		"postgres://a%40b:p%40ss@[::1]/d%40b":                                  {"postgres://a%40b@[::1]/d%40b", "postgres://a%40b:p%40ss@[::1]/d%40b", "", ""},
	} {
		got, err := parseAddress(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		want.name = strings.Replace(want.name, "a%40b@", "a%40b@", 1)
		if got != want {
			t.Errorf("%s:\n%+v, want\n%+v", path, got, want)
		}
	}
}

// A password with characters that have a meaning in addresses, and which were not encoded, lands in the wrong part. No message may quote it.
func TestNoMessageQuotesAPassword(t *testing.T) {
	const head, tail = "12", "hunter2"
	for _, middle := range []string{"", "/", "?", "#", "@", ":", "%", "%zz", "/?", "?a=", "?table=x&", "@/", " ", "\x01", "\\", "[", "]"} {
		for _, end := range []string{"@host/db", "@host/db?table=x", "@host:99999999/db?table=x", "@host/db?query=", "@host/db?table=%zz", "@host/db?sslmode=nonsense&table=x", "@/db"} {
			path := "postgres://ada:" + head + middle + tail + end
			_, err := Open(path, Options{Context: stopped(t)})
			if err == nil {
				t.Fatalf("%s opens", path)
			}
			for what, text := range map[string]string{"the error": err.Error(), "the name": SourceName(path), "what Redact leaves": Redact("x " + path + " y")} {
				if strings.Contains(text, tail) && !strings.Contains(middle, " ") && !strings.Contains(middle, "\x01") || strings.Contains(text, head+middle) && what != "what Redact leaves" && middle != "" {
					t.Errorf("%q: %s holds a part of the password: %s", path, what, text)
				}
			}
		}
	}
}

func TestStatement(t *testing.T) {
	for _, test := range []struct {
		path, query, want string
		bad               string
	}{
		{path: "postgres://h/d?table=a.B\"c", want: `SELECT * FROM "a"."B""c"`},
		{path: "postgres://h/d", query: "select 1; \n", want: "select 1"},
		{path: "postgres://h/d?query=select%201", want: "select 1"},
		{path: "postgres://h/d", bad: "which rows?"},
		{path: "postgres://h/d", query: " ;", bad: "the query is empty"},
		{path: "postgres://h/d?table=a", query: "select 1", bad: "asked for twice"},
		{path: "postgres://h/d?table=a&query=b", bad: "asked for twice"},
		{path: "postgres://h/d?table=", bad: "table= in the address is empty"},
	} {
		a, err := parseAddress(test.path)
		var got string
		if err == nil {
			got, err = a.statement(test.query)
		}
		if test.bad == "" && (err != nil || got != test.want) {
			t.Errorf("%s %q: %q, %v", test.path, test.query, got, err)
		}
		if test.bad != "" && (!errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), test.bad)) {
			t.Errorf("%s %q: %v, want %q", test.path, test.query, err, test.bad)
		}
	}
}

func TestUnordered(t *testing.T) {
	const path = "postgres://h/d"
	for query, want := range map[string]bool{
		"select a from t":                                     true,
		"select a from t ORDER\n BY a":                        false,
		"select a from (select a from t order by a) q":        true,
		"select rank() over (order by a) r from t":            true,
		"select rank() over (order by a) r from t order by r": false,
		"select a from t -- order by a":                       true,
		"select a from t /* order by a */ limit 3":            true,
		"select 'order by' as a, \"order by\" from t":         true,
		"select $$ ( order by $$, ')' from t order by 1":      false,
		"select reorder, byte from t":                         true,
	} {
		if got := Unordered(path, Options{Query: query}); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	if !Unordered(path+"?table=t", Options{}) || Unordered("rows.csv", Options{}) {
		t.Error("a table of a database has no order, a file has one")
	}
}

func TestOnlyDatabase(t *testing.T) {
	for _, test := range []struct {
		path string
		o    Options
		want string
	}{
		{"rows.csv", Options{Query: "select 1"}, "rows.csv is a file; a query is for a database"},
		{"mysql://h/d", Options{}, "not from mysql://"},
	} {
		if _, err := Open(test.path, test.o); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.path, err)
		}
	}
}
