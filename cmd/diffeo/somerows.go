package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"diffeo/check"
	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// someRows is a table of which a bounded number of rows is looked at.
type someRows struct {
	*environment
	table, query string // none: there is no table
	reading      tableFlags
	rows         int // at most
}

// read reads the rows to check at, and counts those of the table. Of more than are wanted each is kept with the same probability
// (algorithm R of J. S. Vitter, Random Sampling with a Reservoir, 1985), in bounded memory.
func (k *someRows) read(ctx context.Context, m *model.Model, seed uint64) (rows check.Rows, total int, err error) {
	if k.table == "" {
		return rows, 0, nil
	}
	o, err := k.reading.options(data.Options{Columns: slices.Concat(model.Names(m.Columns), model.Names(m.Context)), Query: k.query, Context: ctx})
	if err != nil {
		return rows, 0, err
	}
	r, err := openFor(m, k.table, o)
	if err != nil {
		return rows, 0, err
	}
	defer r.Close()
	rng := rand.New(rand.NewPCG(seed, 0))
	dim, conds := len(m.Columns), len(m.Context)
	var x, cond []float64
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return rows, 0, err
		}
		if err := ctx.Err(); err != nil {
			return rows, 0, err
		}
		for i := range batch.Rows {
			row := batch.Row(i)
			if total++; total <= k.rows {
				x, cond = append(x, row[:dim]...), append(cond, row[dim:]...)
			} else if at := rng.IntN(total); at < k.rows {
				copy(x[at*dim:], row[:dim])
				copy(cond[at*conds:], row[dim:])
			}
		}
	}
	sayReport(k.say, k.table, o.Report)
	if rows.X, err = matrix.Of(x, dim); err == nil && conds > 0 {
		rows.Cond, err = matrix.Of(cond, conds)
	}
	if err != nil {
		return rows, 0, fmt.Errorf("%s: %w", data.SourceName(k.table), err)
	}
	return rows, total, nil
}
