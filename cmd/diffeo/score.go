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

With --out the table is written again with a column log_prob; its name ends in .csv, .tsv, .csv.gz, .tsv.gz, .parquet or .npy. Columns are
matched by name and may come in any order. Columns that the model does not know are written along if they hold numbers
(the first thousand rows tell) and left out if not.

A number that a column's preprocessing has no place for, such as −1 where the model takes a log, gives the row density 0 (log_prob -Inf).

Columns of whole numbers, or of another grid, that the model dequantizes have a probability instead of a density: log_prob is then the log of the
probability of these numbers, times the density of the other columns. It is an estimate, by the model's density at --cell-points points of each
cell (k to k + 1), the same for every row; the mean of the log-densities there, a lower bound on it, is printed beside it.

The table is read once, row by row, in bounded memory.

` + tableHelp + `

` + databaseHelp

// logProbColumn is the name of the added column.
const logProbColumn = "log_prob"

type score struct {
	*environment
	model, table, out string
	query             string
	reading           tableFlags
	left              *data.Report // of the table
	threads, points   int
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
	flags.StringVar(&s.query, "query", "", queryUsage)
	s.reading.flags(flags)
	flags.StringVar(&s.out, "out", "", "table to write, with the log-densities")
	flags.IntVar(&s.points, "cell-points", model.DefaultCellPoints, "points for the probability of whole numbers; the time grows with them")
	flags.IntVar(&s.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&s.json, "json", false, "print the summary as JSON: rows, mean_log_prob, mean_log_prob_2se, zero_density_rows; discrete and mean_log_prob_bound for whole numbers")
	return c
}

func (s *score) run(ctx context.Context) error {
	if s.points < 1 {
		return usagef("--cell-points %d: give a number above 0", s.points)
	}
	m, err := model.Load(s.model)
	if err != nil {
		return err
	}
	density, err := model.Compile(m, diffeo.Options{Threads: s.threads})
	if err != nil {
		return err
	}
	r, err := s.open(ctx, m)
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
	total, bound, err := s.stream(ctx, m, density, r, w)
	if err != nil {
		return err
	}
	if w != nil {
		if err := w.Close(); err != nil {
			return err
		}
	}
	if s.out != "" {
		s.left.Unused = nil // said already
	}
	sayReport(s.say, s.table, s.left)
	return s.report(total, bound, density.Discrete())
}

// open opens the table with the columns that are needed, in the file's order if they are to be written again.
func (s *score) open(ctx context.Context, m *model.Model) (data.Reader, error) {
	o, err := s.reading.options(data.Options{Query: s.query, Context: ctx})
	if err != nil {
		return nil, err
	}
	s.left = o.Report
	needed := slices.Concat(model.Names(m.Columns), model.Names(m.Context))
	if s.out == "" {
		o.Columns = needed
		return openFor(m, s.table, o)
	}
	if slices.Contains(needed, logProbColumn) {
		return nil, fmt.Errorf("%w: the model has a column %q itself, so it cannot be added; score without --out", fault.ErrConfig, logProbColumn)
	}
	all, err := data.Open(s.table, o)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(s.table); !data.IsDatabase(s.table) && (err != nil || !info.Mode().IsRegular()) {
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
		case numeric(s.table, name, o):
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
	o.Columns = kept
	return data.Open(s.table, o)
}

// openFor opens a table for some columns of a model.
func openFor(m *model.Model, path string, o data.Options) (data.Reader, error) {
	r, err := data.Open(path, o)
	if err == nil || len(m.Context) == 0 {
		return r, err
	}
	o.Columns = nil
	if all, e := data.Open(path, o); e == nil { // is it the context that is missing?
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
			fault.ErrContext, data.SourceName(path), strings.Join(missing, ", "), strings.Join(have, ", "))
	}
	return nil
}

// numeric tells whether a column begins with numbers.
func numeric(path, column string, o data.Options) bool {
	var gaps data.Report
	o.Columns, o.Missing, o.Report = []string{column}, data.Drop, &gaps
	r, err := data.Open(path, o)
	if err != nil {
		return false
	}
	defer r.Close()
	const enough = 1000
	for _, err := range r.Batches(enough) {
		return err == nil && gaps.Dropped == 0
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

// stream scores batch by batch. bound adds up the lower bounds of models with whole numbers.
func (s *score) stream(ctx context.Context, m *model.Model, density *model.Density, r data.Reader, w data.Writer) (t, bound tally, err error) {
	columns, err := data.Match(data.SourceName(s.table), r.Columns(), model.Names(m.Columns))
	if err != nil {
		return t, bound, err
	}
	conds, err := data.Match(data.SourceName(s.table), r.Columns(), model.Names(m.Context))
	if err != nil {
		return t, bound, err
	}
	width := len(r.Columns())
	x, cond := matrix.New[float64](data.DefaultBatch, len(columns)), matrix.New[float64](data.DefaultBatch, len(conds))
	logProbs, bounds, wide := make([]float64, data.DefaultBatch), make([]float64, data.DefaultBatch), matrix.New[float64](data.DefaultBatch, width+1)
	bar := newMeter(s.environment, s.json, "scoring "+data.SourceName(s.table))
	defer bar.end()
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return t, bound, err
		}
		bar.at(r, t.n+t.infinite)
		n := batch.Rows
		take(x, batch, columns)
		c := cond.Slice(0, n)
		if len(conds) > 0 {
			take(cond, batch, conds)
		} else {
			c = matrix.Matrix[float64]{}
		}
		if err := density.LogProbCells(ctx, x.Slice(0, n), c, s.points, logProbs[:n], bounds[:n]); err != nil {
			if e, ok := errors.AsType[*data.TooFar](err); ok {
				err = fmt.Errorf("%w: %s: row %d, column %s: %s; correct the cell, or drop the row",
					fault.ErrData, data.SourceName(s.table), t.n+t.infinite+e.Row+1, e.Column, e.Problem("the rows that the model was fitted to"))
			}
			return t, bound, err
		}
		if w != nil {
			for i := range n {
				copy(wide.Row(i), batch.Row(i))
				wide.Row(i)[width] = logProbs[i]
			}
			if err := w.Write(wide.Slice(0, n)); err != nil {
				return t, bound, err
			}
		}
		t.add(logProbs[:n])
		bound.add(bounds[:n])
	}
	return t, bound, ctx.Err()
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

func (s *score) report(t, bound tally, discrete []string) error {
	mean, twoSE := number(t.average()), number(t.twoSE())
	var lower *float64
	if len(discrete) > 0 {
		lower = number(bound.average())
	}
	if s.json {
		return s.printJSON(struct {
			Rows     int      `json:"rows"`
			Mean     *float64 `json:"mean_log_prob"`
			TwoSE    *float64 `json:"mean_log_prob_2se"`
			Zero     int      `json:"zero_density_rows"`
			Discrete []string `json:"discrete,omitempty"`
			Bound    *float64 `json:"mean_log_prob_bound,omitempty"`
		}{t.n + t.infinite, mean, twoSE, t.infinite, discrete, lower})
	}
	text := "mean log-density " + nats(mean) + " ± " + nats(twoSE) + " nats a row (2 standard errors) over " + strconv.Itoa(t.n) + " rows\n"
	if t.infinite > 0 {
		text += fmt.Sprintf("%d rows have density 0 and are left out of the mean\n", t.infinite)
	}
	if len(discrete) > 0 {
		text += fmt.Sprintf("of which %s: probabilities, not densities, estimated at %d points of each cell; lower bound %s nats a row\n",
			strings.Join(discrete, ", "), s.points, nats(lower))
	}
	return s.print(text)
}
