package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

const spreadHelp = `
Without --given the model has no context and there is one row. ` + givenHelp + ` The context is
written along.

With one column quantiles are those of the distribution function itself. With several they are those of --draws rows drawn from the density
given each row of context, every column by itself: at the level p they err by √(p(1−p)/draws) in probability. A column of angles
has none.

` + outHelp + `

` + tableHelp + `

` + databaseHelp

const quantileHelp = `Quantiles of the model's columns given each row of context: a column NAME_qLEVEL for each level.
` + spreadHelp

const intervalHelp = `Intervals that hold a share of the probability of the model's columns given each row of context: columns NAME_low and NAME_high.
By default they are central: as much is left out below as above. --shortest gives the shortest ones: the regions of highest density where these are intervals.
` + spreadHelp

// spread is what quantile and interval share.
type spread struct {
	*environment
	model, given, query string
	reading             tableFlags
	out                 output
	options             model.QuantileOptions
	threads             int

	names func(column string) []string
	of    func(ctx context.Context, d *model.Density, cond, out matrix.Matrix[float64]) error
}

func newQuantile(e *environment) *cobra.Command {
	s := &spread{environment: e}
	var levels []float64
	s.names = func(column string) (names []string) {
		for _, p := range levels {
			names = append(names, column+"_q"+strconv.FormatFloat(p, 'g', -1, 64))
		}
		return names
	}
	s.of = func(ctx context.Context, d *model.Density, cond, out matrix.Matrix[float64]) error {
		return d.Quantiles(ctx, s.options, levels, cond, out)
	}
	c := s.command("quantile MODEL --levels P,P", "quantiles of the columns, given a context", quantileHelp)
	c.Flags().Float64SliceVar(&levels, "levels", []float64{0.05, 0.5, 0.95}, "levels of the quantiles, each above 0 and below 1")
	s.flags(c)
	return c
}

func newInterval(e *environment) *cobra.Command {
	s := &spread{environment: e}
	var share float64
	var shortest bool
	s.names = func(column string) []string { return []string{column + "_low", column + "_high"} }
	s.of = func(ctx context.Context, d *model.Density, cond, out matrix.Matrix[float64]) error {
		return d.Intervals(ctx, s.options, share, shortest, cond, out)
	}
	c := s.command("interval MODEL --share P", "intervals of the columns, given a context", intervalHelp)
	c.Flags().Float64Var(&share, "share", 0.9, "probability of an interval, above 0 and below 1")
	c.Flags().BoolVar(&shortest, "shortest", false, "the shortest interval, not the central one")
	s.flags(c)
	return c
}

func (s *spread) command(use, short, long string) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s.model = args[0]
			if s.given == "" {
				if err := idle(c.Flags(), "--given"); err != nil {
					return err
				}
			}
			return s.run(c.Context())
		},
	}
	c.Flags().SortFlags = false
	return c
}

// flags are the options that both have.
func (s *spread) flags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&s.given, "given", "", "table with the context columns, or one row: NAME=NUMBER,…")
	flags.StringVar(&s.query, "query", "", "SELECT whose rows are the context, where --given is the address of a database (postgres://…)")
	s.reading.flags(flags)
	flags.IntVar(&s.options.Draws, "draws", 4096, "rows to draw given each row of context, where there are several columns")
	flags.Uint64Var(&s.options.Seed, "seed", 0, "of the draws")
	s.out.flags(flags, "table to write (default -: standard output)")
	flags.Lookup("out").DefValue = "-"
	s.out.path = "-"
	flags.IntVar(&s.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
}

func (s *spread) run(ctx context.Context) error {
	if s.options.Draws < 2 {
		return usagef("--draws %d: quantiles need two rows at least, and many to be any good", s.options.Draws)
	}
	m, err := model.Load(s.model)
	if err != nil {
		return err
	}
	if err := ofTables(m, s.model, "this command", "diffeo sample draws pictures"); err != nil {
		return err
	}
	if err := givenFits(m, s.model, s.given); err != nil {
		return err
	}
	density, err := model.Compile(m, diffeo.Options{Threads: s.threads})
	if err != nil {
		return err
	}
	var columns []string
	for _, name := range model.Names(m.Columns) {
		columns = append(columns, s.names(name)...)
	}
	width := len(columns)
	w, err := s.out.create(s.stdout, slices.Concat(columns, model.Names(m.Context)), 0)
	if err != nil {
		return err
	}
	defer w.Abort()
	rows := 0
	each := func(cond matrix.Matrix[float64]) error {
		n := max(cond.Rows, 1)
		out := matrix.New[float64](n, width)
		if err := s.of(ctx, density, cond, out); err != nil {
			if e, ok := errors.AsType[*data.TooFar](err); ok {
				return fmt.Errorf("%w: %s: row %d, column %s: %s; correct the cell, or drop the row",
					fault.ErrData, data.SourceName(s.given), rows+e.Row+1, e.Column, e.Problem("the rows that the model was fitted to"))
			}
			return err
		}
		wide := matrix.New[float64](n, width+cond.Cols)
		for r := range n {
			copy(wide.Row(r), out.Row(r))
			if cond.Cols > 0 {
				copy(wide.Row(r)[width:], cond.Row(r))
			}
		}
		rows += n
		return w.Write(wide)
	}
	if s.given == "" {
		err = each(matrix.Matrix[float64]{})
	} else {
		err = s.table(ctx, m, each)
	}
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if s.out.stream() {
		return nil
	}
	return s.print(fmt.Sprintf("%d rows written to %s\n", rows, s.out.path))
}

// table goes through the given table, some rows at a time.
func (s *spread) table(ctx context.Context, m *model.Model, each func(cond matrix.Matrix[float64]) error) error {
	o, err := s.reading.options(data.Options{Columns: model.Names(m.Context), Query: s.query, Context: ctx})
	if err != nil {
		return err
	}
	r, err := openGiven(m, s.given, o)
	if err != nil {
		return err
	}
	defer r.Close()
	const few = 256
	for batch, err := range r.Batches(few) {
		if err != nil {
			return err
		}
		if err := each(batch); err != nil {
			return err
		}
	}
	sayReport(s.say, s.given, o.Report)
	return ctx.Err()
}
