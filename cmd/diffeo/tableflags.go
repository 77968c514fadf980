package main

import (
	"strings"

	"github.com/spf13/pflag"

	"diffeo/data"
)

// tableHelp is a part of the help of the commands that read tables.
const tableHelp = `Tables are CSV (.gz too), Parquet, npy or npz files, told by content. The separator of a CSV file is found among comma, semicolon, tab
and |; --delimiter names another. An npz file is its one array of two axes (--array names one of several), or all its arrays of one axis, each a
column. A row that misses a value (an empty cell, NaN, NA, N/A, null, none, missing, ?) is an error, or left out and counted by --missing drop.`

// tableFlags are the options of reading tables that all commands share.
type tableFlags struct {
	delimiter, array, missing string
	decimalComma              bool
}

func (t *tableFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&t.delimiter, "delimiter", "", "separator of CSV columns: one character, or tab (default: found)")
	flags.BoolVar(&t.decimalComma, "decimal-comma", false, "numbers of CSV files are written 1,5")
	flags.StringVar(&t.array, "array", "", "array of an npz file to read")
	flags.StringVar(&t.missing, "missing", "refuse", "rows that miss a value: refuse, or drop")
}

// idle reports an option of reading a table where there is none to read; need says what it lacks.
func idle(flags *pflag.FlagSet, need string) error {
	for _, name := range []string{"query", "delimiter", "decimal-comma", "array", "missing"} {
		if flags.Changed(name) {
			return usagef("--%s needs %s", name, need)
		}
	}
	return nil
}

// options fills in how tables are read, with a report.
func (t *tableFlags) options(o data.Options) (data.Options, error) {
	switch {
	case t.delimiter == "tab" || t.delimiter == `\t`:
		o.Comma = '\t'
	case len(t.delimiter) > 1:
		return o, usagef("--delimiter %q: give one character (of ASCII), or tab", t.delimiter)
	case t.delimiter != "":
		o.Comma = t.delimiter[0]
	}
	o.DecimalComma, o.Array, o.Report = t.decimalComma, t.array, &data.Report{}
	var err error
	if o.Missing, err = data.ParseMissing(t.missing); err != nil {
		return o, usagef("--missing: %v", err)
	}
	return o, nil
}

// sayReport says what a reader left out of a table.
func sayReport(say func(format string, args ...any), path string, r *data.Report) {
	name := data.SourceName(path)
	if r == nil {
		return
	}
	const most = 10
	if n := len(r.Unused); n > most {
		say("%s: %d columns are not used: %s, …\n", name, n, strings.Join(r.Unused[:most], ", "))
	} else if n > 0 {
		say("%s: columns that are not used: %s\n", name, strings.Join(r.Unused, ", "))
	}
	if s := r.String(); s != "" {
		say("%s: %s; row numbers count those that are left\n", name, s)
	}
}

// load reads one of fit's tables.
func (f *fit) load(path string, o data.Options) (data.Table, error) {
	o, err := f.reading.options(o)
	if err != nil {
		return data.Table{}, err
	}
	t, err := data.ReadTable(path, o)
	if err == nil {
		sayReport(f.remark, path, o.Report)
	}
	return t, err
}
