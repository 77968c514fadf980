package data

import "context"

// Options say how a table is read. The zero value reads all columns of a file with a header, and refuses missing values.
type Options struct {
	Columns  []string // the columns to read, in this order; nil: all. The cells of others may hold anything.
	NoHeader bool     // CSV: the first line is data, columns are named c0, c1, …; npy files never have a header

	// Comma separates the columns of a CSV file. 0: a tab in a .tsv file, else the one of comma, tab, semicolon and | that the first
	// line has most of.
	Comma byte

	// DecimalComma: the numbers of a CSV file are written 1,5. The separator is then a semicolon, a tab or |.
	DecimalComma bool

	// Array names the array of an npz archive to read. "": its only array of two axes, or else all those of one axis, each of
	// them a column by its name.
	Array string

	// Query is the SELECT of a postgres:// address; it is an error with files.
	Query string

	// Context ends reading from a database; nil: nothing does.
	Context context.Context

	// Keep, where it is not nil, says which rows of the table (from 0) are wanted; the others are neither given out nor counted,
	// whatever they miss. Every cell that is read must be a number all the same.
	Keep func(row int) bool

	// Given, where it is not nil, is told the number (from 0) of every row of the table that is read and neither left out by Keep nor by
	// Missing, in the order of reading; before the batch comes that the row is in.
	Given func(row int)

	// Most bounds the memory of a table that ReadTable holds: bytes of its numbers, 8 for each cell. A larger table is an error, as soon as so many have
	// come. 0: nothing bounds it.
	Most int64

	Missing Missing // what to do with rows that miss a value in a column that is read

	// Report, where it is not nil, is filled in by the reader: by Open with the columns left out, by a pass with rows.
	Report *Report
}

// Report is what a reader left out of a table.
type Report struct {
	Unused  []string       // the columns of the table that are not read
	Rows    int            // rows of the table that the latest pass went through, and that were to be kept
	Dropped int            // of these, rows that were left out as they miss a value
	Missing map[string]int // by column: rows that miss it; nil where none does
}

// choose decides which of a table's columns are read: their names and their places among all.
func choose(source string, all []string, o Options) (columns []string, at []int, err error) {
	columns = o.Columns
	if columns == nil {
		columns = all
	}
	if len(columns) == 0 {
		return nil, nil, problemf(source, "no column is asked for (columns: %s)", listed(all))
	}
	if at, err = Match(source, all, columns); err != nil {
		return nil, nil, err
	}
	if o.Report != nil {
		*o.Report = Report{}
		used := make([]bool, len(all))
		for _, k := range at {
			used[k] = true
		}
		for k, name := range all {
			if !used[k] {
				o.Report.Unused = append(o.Report.Unused, name)
			}
		}
	}
	return columns, at, nil
}
