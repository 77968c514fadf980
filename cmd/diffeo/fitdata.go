package main

import (
	"fmt"
	"slices"
	"strconv"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
)

// part is rows for one purpose: the columns that are modelled, and those that are conditioned on.
type part struct {
	data, context data.Table
	rows          []int // the row of the file that each was, from 0; nil: its own
}

// parts are the rows of a fit.
type parts struct{ train, val, test part }

// read reads the tables and splits off what was not given.
func (f *fit) read() (parts, error) {
	table, err := f.readTable()
	if err != nil {
		return parts{}, err
	}
	var p parts
	heldOut := map[bool]float64{true: 0, false: 0.1} // by whether a file was given
	trainRows, valRows, testRows, err := data.Split(table.Values.Rows, f.seed, heldOut[f.test != ""], heldOut[f.val != ""])
	if err != nil {
		return p, fmt.Errorf("%s: %w", f.table, err)
	}
	if p.train, err = f.part(table, trainRows); err != nil {
		return p, err
	}
	for _, side := range []struct {
		file string
		rows []int
		to   *part
	}{{f.val, valRows, &p.val}, {f.test, testRows, &p.test}} {
		from, rows := table, side.rows
		if side.file != "" {
			names := slices.Concat(f.columns, f.context)
			if from, err = data.ReadTable(side.file, data.Options{Columns: names}); err != nil {
				return p, err
			}
			rows = nil
		}
		if *side.to, err = f.part(from, rows); err != nil {
			return p, err
		}
	}
	return p, nil
}

// readTable reads the training table. Where no columns were named it fills them in: all that are not context.
func (f *fit) readTable() (data.Table, error) {
	if len(f.columns) > 0 {
		return data.ReadTable(f.table, data.Options{Columns: slices.Concat(f.columns, f.context)})
	}
	table, err := data.ReadTable(f.table, data.Options{})
	if err != nil {
		return table, err
	}
	if _, err := data.Match(f.table, table.Columns, f.context); err != nil {
		return table, err
	}
	for _, name := range table.Columns {
		if !slices.Contains(f.context, name) {
			f.columns = append(f.columns, name)
		}
	}
	if len(f.columns) == 0 {
		return table, usagef("every column of %s is in --context; none is left to model", f.table)
	}
	return table, nil
}

// part takes some rows of a table (nil: all) apart into data and context.
func (f *fit) part(t data.Table, rows []int) (p part, err error) {
	if p.rows = rows; rows != nil {
		if t, err = t.Rows(rows); err != nil {
			return p, err
		}
	}
	if p.data, err = t.Select(f.columns); err != nil || len(f.context) == 0 {
		return p, err
	}
	p.context, err = t.Select(f.context)
	return p, err
}

// place names file, row and column of a number that cannot be computed with. The error's column is a name already where columns is nil.
func (p part) place(e *data.TooFar, columns []model.Column) error {
	name, row := e.Column, e.Row
	if columns != nil {
		k, _ := strconv.Atoi(e.Column)
		name = strconv.Quote(columns[k].Name)
	}
	if p.rows != nil {
		row = p.rows[row]
	}
	return fmt.Errorf("%w: %s: row %d, column %s: %v is too far from the training rows to compute with; correct the cell, or drop the row",
		fault.ErrData, p.data.Source, row+1, name, e.X)
}
