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
	"github.com/spf13/pflag"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

const scoreHelp = `Score every row of TABLE: its log-density in nats, in the data's own units, given its context columns if the
model has any. The mean is printed with two standard errors; rows of density 0 are counted apart.

With --out the table is written again with a column log_prob. Columns are
matched by name and may come in any order. Columns that the model does not know are written along if they hold numbers
(the first thousand rows tell) and left out if not.

A number that a column's preprocessing has no place for, such as −1 where the model takes a log, gives the row density 0 (log_prob -Inf).

Columns of whole numbers, or of another grid, that the model dequantizes have a probability instead of a density: log_prob is then the log of the
probability of these numbers, times the density of the other columns. It is an estimate, by the model's density at --cell-points points of each
cell (k to k + 1), functions of what the row holds; the mean of the log-densities there, a lower bound on it over many rows, is printed beside it. Where the model's noise was learned (diffeo fit
--dequantize variational) it takes the points to where the density is, and the estimate is the importance-weighted bound, with the noise's weights.

` + ratingHelp + `

Of a model of pictures every picture of PICTURES gets the log of its probability, and its bits per dimension, −log₂ of it for each value of the picture, which stand in --out as
CSV: file or picture (its number), class, log_prob, bits_per_dim. --cell-points is 1 there, which gives the bound of uniform dequantization; more make it tighter.
A model with classes needs them. ` + pictureHelp + `

The table is read once, row by row, in bounded memory.

` + outHelp + `

` + tableHelp + `

` + databaseHelp

// logProbColumn is the name of the added column.
const logProbColumn = "log_prob"

type score struct {
	*environment
	model, table    string
	query           string
	out             output
	rating          rating
	reading         tableFlags
	left            *data.Report // of the table
	images          pictureFlags
	threads, points int
	json            bool
}

func newScore(e *environment) *cobra.Command {
	s := &score{environment: e}
	c := &cobra.Command{
		Use:   "score MODEL {TABLE | PICTURES}",
		Short: "score the rows of a table, or pictures, under a model",
		Long:  scoreHelp,
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			s.model, s.table = args[0], args[1]
			if err := s.rating.check(c.Flags()); err != nil {
				return err
			}
			return s.run(c.Context(), c.Flags())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&s.query, "query", "", queryUsage)
	s.reading.flags(flags)
	s.out.flags(flags, "table to write, with the scores; -: standard output")
	s.rating.flags(flags)
	s.images.flags(flags)
	flags.IntVar(&s.points, "cell-points", model.DefaultCellPoints, "points for the probability of whole numbers; the time grows with them (default of pictures: 1)")
	flags.IntVar(&s.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&s.json, "json", false, "print the summary as JSON: rows, mean_log_prob, mean_log_prob_2se, zero_density_rows; discrete and mean_log_prob_bound for whole numbers; reference_rows, set_deviation, anomalies with --quantile or --contamination; of pictures bits_per_dim and bits_per_dim_bound beside the first five")
	return c
}

func (s *score) run(ctx context.Context, flags *pflag.FlagSet) error {
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
	if m.Image != nil {
		return s.pictures(ctx, m, density, flags)
	}
	if err := onlyTables(flags, pictureReading, s.model+" is a model of a table"); err != nil {
		return err
	}
	if err := s.find(ctx, m, density); err != nil {
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
	if s.out.path != "" {
		s.left.Unused = nil // said already
	}
	sayReport(s.say, s.table, s.left)
	s.rating.cautions(s.say, m, total, density.Discrete())
	if s.out.stream() { // which nothing else may be written to
		return nil
	}
	return s.report(m, total, bound, density.Discrete())
}

// open opens the table with the columns that are needed, in the file's order if they are to be written again.
func (s *score) open(ctx context.Context, m *model.Model) (data.Reader, error) {
	o, err := s.reading.options(data.Options{Query: s.query, Context: ctx})
	if err != nil {
		return nil, err
	}
	s.left = o.Report
	needed := slices.Concat(model.Names(m.Columns), model.Names(m.Context))
	if s.out.path == "" {
		o.Columns = needed
		return openFor(m, s.table, o)
	}
	for _, name := range s.rating.columns() {
		if slices.Contains(needed, name) {
			return nil, fmt.Errorf("%w: the model has a column %q itself, so it cannot be added; score without --out", fault.ErrConfig, name)
		}
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
		case slices.Contains(allAdded, name): // from an earlier scoring
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
	if s.out.path == "" {
		return nil, nil
	}
	return s.out.create(s.stdout, slices.Concat(columns, s.rating.columns()), 0)
}

// stream scores and writes batch by batch. bound adds up the lower bounds of models with whole numbers.
func (s *score) stream(ctx context.Context, m *model.Model, density *model.Density, r data.Reader, w data.Writer) (t, bound tally, err error) {
	width, added := len(r.Columns()), len(s.rating.columns())
	wide := matrix.New[float64](data.DefaultBatch, width+added)
	err = s.each(ctx, m, density, s.table, r, func(b scored) error {
		for i, l := range b.logProbs {
			row := wide.Row(i)
			if w != nil {
				copy(row, b.rows.Row(i))
			}
			s.rating.rate(l, row[width:])
		}
		t.add(b.logProbs)
		bound.add(b.bounds)
		if w == nil {
			return nil
		}
		return w.Write(wide.Slice(0, len(b.logProbs)))
	})
	return t, bound, err
}

// scored is a batch with its log-densities and their lower bounds.
type scored struct {
	rows             matrix.Matrix[float64]
	logProbs, bounds []float64
}

// each scores a table batch by batch.
func (s *score) each(ctx context.Context, m *model.Model, density *model.Density, name string, r data.Reader, f func(scored) error) error {
	columns, err := data.Match(data.SourceName(name), r.Columns(), model.Names(m.Columns))
	if err != nil {
		return err
	}
	conds, err := data.Match(data.SourceName(name), r.Columns(), model.Names(m.Context))
	if err != nil {
		return err
	}
	x, cond := matrix.New[float64](data.DefaultBatch, len(columns)), matrix.New[float64](data.DefaultBatch, len(conds))
	logProbs, bounds := make([]float64, data.DefaultBatch), make([]float64, data.DefaultBatch)
	bar := newMeter(s.environment, s.json, "scoring "+data.SourceName(name))
	defer bar.end()
	done := 0
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return err
		}
		bar.at(r, done)
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
					fault.ErrData, data.SourceName(name), done+e.Row+1, e.Column, e.Problem("the rows that the model was fitted to"))
			}
			return err
		}
		if err := f(scored{batch, logProbs[:n], bounds[:n]}); err != nil {
			return err
		}
		done += n
	}
	return ctx.Err()
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

// pointsOf says what probabilities of whole numbers were estimated by.
func (s *score) pointsOf(m *model.Model) string {
	if m.Noise != nil {
		return fmt.Sprintf("at %d points of each cell that the learned noise chooses", s.points)
	}
	return fmt.Sprintf("at %d points of each cell", s.points)
}

func (s *score) report(m *model.Model, t, bound tally, discrete []string) error {
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
			*rated
		}{t.n + t.infinite, mean, twoSE, t.infinite, discrete, lower, s.rating.rated(t)})
	}
	text := "mean log-density " + nats(mean) + " ± " + nats(twoSE) + " nats a row (2 standard errors) over " + strconv.Itoa(t.n) + " rows\n"
	if t.infinite > 0 {
		text += fmt.Sprintf("%d rows have density 0 and are left out of the mean\n", t.infinite)
	}
	if len(discrete) > 0 {
		text += fmt.Sprintf("of which %s: probabilities, not densities, estimated %s; lower bound %s nats a row\n",
			strings.Join(discrete, ", "), s.pointsOf(m), nats(lower))
	}
	return s.print(text + s.rating.rated(t).text(t.n+t.infinite))
}
