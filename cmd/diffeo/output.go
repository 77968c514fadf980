package main

import (
	"io"
	"os"

	"github.com/spf13/pflag"

	"diffeo/data"
)

// outHelp is a part of the help of the commands that write a table.
const outHelp = `The name of the table decides about its format: .csv, .tsv (both also with .gz), .parquet or .npy; --format decides instead. --out - writes to
standard output, as CSV unless --format says otherwise, and a pipe or a device may be named too; an npy array then needs its number of rows beforehand. A file
is whole or not there, whatever happens; what went to a stream before a failure stays there.`

// output is where a command writes its table.
type output struct{ path, format string }

const outUsage = "table to write; -: standard output"

func (o *output) flags(flags *pflag.FlagSet, usage string) {
	flags.StringVar(&o.path, "out", "", usage)
	flags.StringVar(&o.format, "format", "", "format of --out: csv, tsv, csv.gz, tsv.gz, parquet or npy (default: by its name)")
}

// stream tells whether results take standard output, so that nothing else may be printed there.
func (o output) stream() bool { return o.path == "-" }

// create starts the table. rows is 0 where their number is not known.
func (o output) create(stdout io.Writer, columns []string, rows uint64) (data.Writer, error) {
	options := data.WriteOptions{Format: o.format, Rows: rows}
	if o.stream() {
		if o.format == "" {
			options.Format = "csv"
		}
		return data.StreamTable(stdout, "standard output", columns, options)
	}
	info, err := os.Stat(o.path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return data.CreateTable(o.path, columns, options)
	}
	f, err := os.OpenFile(o.path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	w, err := data.StreamTable(f, o.path, columns, options)
	if err != nil {
		f.Close()
		return nil, err
	}
	return closing{w, f}, nil
}

// closing closes what a table went to.
type closing struct {
	data.Writer
	file *os.File
}

func (c closing) Close() error {
	err := c.Writer.Close()
	if e := c.file.Close(); err == nil {
		err = e
	}
	return err
}

func (c closing) Abort() {
	c.Writer.Abort()
	c.file.Close()
}
