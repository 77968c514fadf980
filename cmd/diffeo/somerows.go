package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/spf13/pflag"

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

// flags are those of the table; do says what is done with its rows, most how many they are at most.
func (k *someRows) flags(flags *pflag.FlagSet, do string, most int) {
	flags.StringVar(&k.query, "query", "", queryUsage)
	k.reading.flags(flags)
	flags.IntVar(&k.rows, "rows", most, "rows of TABLE to "+do+" at most; of more, so many are chosen at random")
}

// read reads the rows to look at, in the columns of a model and of its context, and counts those of the table.
func (k *someRows) read(ctx context.Context, m *model.Model, seed uint64) (rows check.Rows, total int, err error) {
	if k.table == "" {
		return rows, 0, nil
	}
	dim, conds := len(m.Columns), len(m.Context)
	all, total, err := k.values(ctx, m, slices.Concat(model.Names(m.Columns), model.Names(m.Context)), seed)
	if err != nil {
		return rows, 0, err
	}
	rows.X = matrix.New[float64](all.Rows, dim)
	if conds > 0 {
		rows.Cond = matrix.New[float64](all.Rows, conds)
	}
	for r := range all.Rows {
		copy(rows.X.Row(r), all.Row(r))
		if conds > 0 {
			copy(rows.Cond.Row(r), all.Row(r)[dim:])
		}
	}
	return rows, total, nil
}

// values are the rows in some columns. Of more than are wanted each is kept with the same probability (algorithm R of J. S. Vitter, Random Sampling with a
// Reservoir, 1985), in bounded memory.
func (k *someRows) values(ctx context.Context, m *model.Model, columns []string, seed uint64) (x matrix.Matrix[float64], total int, err error) {
	o, err := k.reading.options(data.Options{Columns: columns, Query: k.query, Context: ctx})
	if err != nil {
		return x, 0, err
	}
	r, err := openFor(m, k.table, o)
	if err != nil {
		return x, 0, err
	}
	defer r.Close()
	rng := rand.New(rand.NewPCG(seed, 0))
	n := len(columns)
	var kept []float64
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return x, 0, err
		}
		if err := ctx.Err(); err != nil {
			return x, 0, err
		}
		for i := range batch.Rows {
			if total++; total <= k.rows {
				kept = append(kept, batch.Row(i)...)
			} else if at := rng.IntN(total); at < k.rows {
				copy(kept[at*n:], batch.Row(i))
			}
		}
	}
	sayReport(k.say, k.table, o.Report)
	if x, err = matrix.Of(kept, n); err != nil {
		return x, 0, fmt.Errorf("%s: %w", data.SourceName(k.table), err)
	}
	return x, total, nil
}
