package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

const scoreHelp = `Score every row of TABLE: its log-density in nats, in the data's own units, given its context columns if the
model has any. The mean is printed with two standard errors; rows of density 0 are counted apart.

With --out the table is written again with a column log_prob; its name ends in .csv, .tsv, .csv.gz, .tsv.gz or .npy. Columns are
matched by name and may come in any order. Columns that the model does not know are written along if they hold numbers
(the first thousand rows tell) and left out if not.

The table is read once, row by row, in bounded memory.`

// logProbColumn is the name of the added column.
const logProbColumn = "log_prob"

type score struct {
	*environment
	model, table, out string
	threads           int
	json              bool
}

func newScore(e *environment) *cobra.Command {
	s := &score{environment: e}
	c := &cobra.Command{
		Use:   "score MODEL TABLE",
		Short: "score the rows of a table under a model",
		Long:  scoreHelp,
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			s.model, s.table = args[0], args[1]
			return s.run(c.Context())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&s.out, "out", "", "table to write, with the log-densities")
	flags.IntVar(&s.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&s.json, "json", false, "print the summary as JSON: rows, mean_log_prob, mean_log_prob_2se, zero_density_rows")
	return c
}

func (s *score) run(ctx context.Context) error {
	m, err := model.Load(s.model)
	if err != nil {
		return err
	}
	density, err := model.Compile(m, diffeo.Options{Threads: s.threads})
	if err != nil {
		return err
	}
	r, err := s.open(m)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := s.create(r.Columns())
	if err != nil {
		return err
	}
	if w != nil {
		defer w.Abort()
	}
	total, err := s.stream(ctx, m, density, r, w)
	if err != nil {
		return err
	}
	if w != nil {
		if err := w.Close(); err != nil {
			return err
		}
	}
	return s.report(total)
}

// open opens the table with the columns that are needed, in the file's order if they are to be written again.
func (s *score) open(m *model.Model) (data.Reader, error) {
	needed := slices.Concat(model.Names(m.Columns), model.Names(m.Context))
	if s.out == "" {
		return openFor(m, s.table, needed)
	}
	if slices.Contains(needed, logProbColumn) {
		return nil, fmt.Errorf("%w: the model has a column %q itself, so it cannot be added; score without --out", fault.ErrConfig, logProbColumn)
	}
	all, err := data.Open(s.table, data.Options{})
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(s.table); err != nil || !info.Mode().IsRegular() {
		return all, requireContext(m, s.table, all.Columns()) // it can be read only once: every column has to hold numbers
	}
	names := all.Columns()
	all.Close()
	if err := requireContext(m, s.table, names); err != nil {
		return nil, err
	}
	var kept, dropped []string
	for _, name := range names {
		switch {
		case slices.Contains(needed, name):
			kept = append(kept, name)
		case name == logProbColumn: // from an earlier scoring
		case numeric(s.table, name):
			kept = append(kept, name)
		default:
			dropped = append(dropped, name)
		}
	}
	if len(dropped) > 0 {
		s.say("left out, as they hold other things than numbers: %s\n", strings.Join(dropped, ", "))
	}
	for _, name := range needed { // a missing one makes data.Open say so
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return data.Open(s.table, data.Options{Columns: kept})
}

// openFor opens a table for some columns of a model.
func openFor(m *model.Model, path string, columns []string) (data.Reader, error) {
	r, err := data.Open(path, data.Options{Columns: columns})
	if err == nil || len(m.Context) == 0 {
		return r, err
	}
	if all, e := data.Open(path, data.Options{}); e == nil { // is it the context that is missing?
		defer all.Close()
		if e := requireContext(m, path, all.Columns()); e != nil {
			return nil, e
		}
	}
	return nil, err
}

// requireContext reports a table without the model's context.
func requireContext(m *model.Model, path string, have []string) error {
	var missing []string
	for _, name := range model.Names(m.Context) {
		if !slices.Contains(have, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s: the model is conditioned on %s, and the table has no such column (columns: %s); add it",
			fault.ErrContext, path, strings.Join(missing, ", "), strings.Join(have, ", "))
	}
	return nil
}

// numeric tells whether a column begins with numbers.
func numeric(path, column string) bool {
	r, err := data.Open(path, data.Options{Columns: []string{column}})
	if err != nil {
		return false
	}
	defer r.Close()
	const enough = 1000
	for _, err := range r.Batches(enough) {
		return err == nil
	}
	return false
}

// create starts the table to write; nil where none is wanted.
func (s *score) create(columns []string) (data.Writer, error) {
	if s.out == "" {
		return nil, nil
	}
	return data.CreateTable(s.out, append(slices.Clone(columns), logProbColumn), data.WriteOptions{})
}

// stream scores batch by batch.
func (s *score) stream(ctx context.Context, m *model.Model, density *model.Density, r data.Reader, w data.Writer) (t tally, err error) {
	columns, err := data.Match(s.table, r.Columns(), model.Names(m.Columns))
	if err != nil {
		return t, err
	}
	conds, err := data.Match(s.table, r.Columns(), model.Names(m.Context))
	if err != nil {
		return t, err
	}
	width := len(r.Columns())
	x, cond := matrix.New[float64](data.DefaultBatch, len(columns)), matrix.New[float64](data.DefaultBatch, len(conds))
	logProbs, wide := make([]float64, data.DefaultBatch), matrix.New[float64](data.DefaultBatch, width+1)
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return t, err
		}
		n := batch.Rows
		take(x, batch, columns)
		c := cond.Slice(0, n)
		if len(conds) > 0 {
			take(cond, batch, conds)
		} else {
			c = matrix.Matrix[float64]{}
		}
		if err := density.LogProb(ctx, x.Slice(0, n), c, logProbs[:n]); err != nil {
			if e, ok := errors.AsType[*data.TooFar](err); ok {
				err = fmt.Errorf("%w: %s: row %d, column %s: %v is too far from the rows that the model was fitted to; correct the cell, or drop the row",
					fault.ErrData, s.table, t.n+t.infinite+e.Row+1, e.Column, e.X)
			}
			return t, err
		}
		if w != nil {
			for i := range n {
				copy(wide.Row(i), batch.Row(i))
				wide.Row(i)[width] = logProbs[i]
			}
			if err := w.Write(wide.Slice(0, n)); err != nil {
				return t, err
			}
		}
		t.add(logProbs[:n])
	}
	return t, ctx.Err()
}

// take copies the columns at the given places.
func take(to, from matrix.Matrix[float64], at []int) {
	for r := range from.Rows {
		row, out := from.Row(r), to.Row(r)
		for i, k := range at {
			out[i] = row[k]
		}
	}
}

func (s *score) report(t tally) error {
	mean, twoSE := number(t.average()), number(t.twoSE())
	if s.json {
		return s.printJSON(struct {
			Rows  int      `json:"rows"`
			Mean  *float64 `json:"mean_log_prob"`
			TwoSE *float64 `json:"mean_log_prob_2se"`
			Zero  int      `json:"zero_density_rows"`
		}{t.n + t.infinite, mean, twoSE, t.infinite})
	}
	text := "mean log-density " + nats(mean) + " ± " + nats(twoSE) + " nats a row (2 standard errors) over " + strconv.Itoa(t.n) + " rows\n"
	if t.infinite > 0 {
		text += fmt.Sprintf("%d rows have density 0 and are left out of the mean\n", t.infinite)
	}
	return s.print(text)
}
