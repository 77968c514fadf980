package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"diffeo/data"
	"diffeo/fault"
)

// part is rows for one purpose: the columns that are modelled, and those that are conditioned on.
type part struct {
	data, context data.Table
	rows          []int     // the row of the file that each was, from 0; nil: its own
	file          uint32    // which of the files it is from
	weights       []float64 // nil: the rows count the same
}

// parts are the rows of a fit.
type parts struct {
	train, val, test part

	// Of a table that stays on the disk train is a sample; beside it there are the rows with the extremes of every column.
	stream   *rowStream // nil: train is all there is
	extremes part
}

// trainRows is the number of rows that are trained on.
func (p parts) trainRows() int {
	if p.stream != nil {
		return p.stream.rows
	}
	return p.train.data.Values.Rows
}

// close gives the file of a streamed table back.
func (p parts) close() {
	if p.stream != nil {
		_ = p.stream.stream.Close() // it was only read
	}
}

// read reads the tables and splits off what was not given.
func (f *fit) read(ctx context.Context) (parts, error) {
	if f.streams() {
		return f.readStreamed(ctx)
	}
	table, err := f.readTable(ctx)
	if err != nil {
		return parts{}, err
	}
	var p parts
	heldOut := map[bool]float64{true: 0, false: 0.1} // by whether a file was given
	trainRows, valRows, testRows, err := data.Split(table.Values.Rows, f.seed, heldOut[f.test != ""], heldOut[f.val != ""])
	if err != nil {
		return p, fmt.Errorf("%s: %w", data.SourceName(f.table), err)
	}
	if p.train, err = f.part(table, trainRows); err != nil {
		return p, err
	}
	if rows, columns := len(trainRows), len(f.columns); rows < columns {
		return p, tooFewRows(table.Source, rows, columns)
	}
	for _, side := range []struct {
		file string
		rows []int
		to   *part
	}{{f.val, valRows, &p.val}, {f.test, testRows, &p.test}} {
		if side.file != "" {
			continue
		}
		if *side.to, err = f.part(table, side.rows); err != nil {
			return p, err
		}
	}
	return p, f.readGiven(ctx, &p)
}

func tooFewRows(source string, rows, columns int) error {
	return fmt.Errorf("%w: %s: %d rows to train on are fewer than the %d columns, too few to tell how these hang together; give more rows, or name fewer columns (--columns)",
		fault.ErrData, source, rows, columns)
}

// givenBytes is what is held of a --val or --test table: 8 bytes for each number. The copies that are made of them take as much again, and half of it.
const givenBytes = 1 << 30

// readGiven reads the parts that have a table of their own, whole.
func (f *fit) readGiven(ctx context.Context, p *parts) error {
	for i, side := range []struct {
		table, query string
		to           *part
	}{{f.val, f.queries.val, &p.val}, {f.test, f.queries.test, &p.test}} {
		if side.table == "" {
			continue
		}
		o := f.options(ctx, side.query, f.names())
		o.Most = f.given
		table, err := f.load(side.table, o)
		if err != nil {
			return err
		}
		if *side.to, err = f.part(table, nil); err != nil {
			return err
		}
		side.to.file = uint32(i) + 1
	}
	return nil
}

// readTable reads the training table. Where no columns were named it fills them in: all that are not context.
func (f *fit) readTable(ctx context.Context) (data.Table, error) {
	if o := f.options(ctx, f.queries.table, nil); data.Unordered(f.table, o) {
		f.remark(unorderedNote, data.SourceName(f.table))
	}
	if len(f.columns) > 0 {
		return f.load(f.table, f.options(ctx, f.queries.table, f.names()))
	}
	table, err := f.load(f.table, f.options(ctx, f.queries.table, nil))
	if err != nil {
		return table, err
	}
	return table, f.complete(table.Source, table.Columns)
}

// complete makes all of a table's columns those to model but for context and weights.
func (f *fit) complete(source string, columns []string) error {
	if _, err := data.Match(source, columns, f.names()); err != nil {
		return err
	}
	for _, name := range columns {
		if !slices.Contains(f.context, name) && name != f.weights {
			f.columns = append(f.columns, name)
		}
	}
	if len(f.columns) == 0 {
		return usagef("every column of %s is in --context or --weights; none is left to model", source)
	}
	return nil
}

// part takes some rows of a table (nil: all) apart into data and context.
func (f *fit) part(t data.Table, rows []int) (p part, err error) {
	if p.rows = rows; rows != nil {
		if t, err = t.Rows(rows); err != nil {
			return p, err
		}
	}
	if p.weights, err = f.weightsOf(t, rows); err != nil {
		return p, err
	}
	return p, f.selectColumns(t, &p)
}

func (f *fit) selectColumns(t data.Table, p *part) (err error) {
	if p.data, err = t.Select(f.columns); err != nil || len(f.context) == 0 {
		return err
	}
	p.context, err = t.Select(f.context)
	return err
}

// noise for the part's dequantized columns is a function of the seed, the file and the row. Training rows get other noise in every pass (see
// freshNoise), from pass 1; what is measured once, and validated again and again, has that of pass 0.
func (p part) noise(seed uint64) data.Noise { return data.SeededNoise(seed, p.file, 0, p.rows) }

// located is place for an error whose column is a number.
func (p part) located(err error, columns []string) error {
	if e, ok := errors.AsType[*data.TooFar](err); ok {
		return p.place(e, columns)
	}
	return err
}

// place names file, row and column of a number that cannot be computed with. The error's column is a name already where columns is nil.
func (p part) place(e *data.TooFar, columns []string) error {
	name, row := e.Column, e.Row
	if columns != nil {
		k, _ := strconv.Atoi(e.Column)
		name = strconv.Quote(columns[k])
	}
	if p.rows != nil {
		row = p.rows[row]
	}
	remedy := "correct the cell, or drop the row"
	if e.Support != "" {
		remedy = "correct the cell, drop the row, or choose another preprocessing by --column"
	}
	return fmt.Errorf("%w: %s: row %d, column %s: %s; %s",
		fault.ErrData, p.data.Source, row+1, name, e.Problem("the training rows to compute with"), remedy)
}
