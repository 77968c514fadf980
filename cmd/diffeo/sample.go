package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"diffeo"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

const sampleHelp = `Draw rows from a model and write them as a table.

A model with context needs --given: -n rows are drawn from the density given each of its rows, in order, and the context is written
beside them, or not with --draws-only. Without context -n is the number of rows. ` + givenHelp + `

` + pictureSampleHelp + `

--temperature T multiplies the deviations of the base density by T: below 1 rows lie nearer to where the model has most of its mass, above 1
farther out. With a base of normals (all recipes but those for angles) it is the factor on their standard deviation. A base without a centre, such as the
uniform one of angles, has no temperature.

Every column stays in its support: columns that the model holds for whole numbers are rounded down to them, positive ones are
positive, circular ones are within their period.

The same seed draws the same rows, with any number of threads. Rows are drawn piece by piece, in bounded memory however many there are.

` + outHelp + `

` + tableHelp + `

` + databaseHelp

type sample struct {
	*environment
	model, given string
	query        string // of given
	reading      tableFlags
	out          output
	n            int
	seed         uint64
	temperature  float64
	threads      int
	bare         bool   // the draws alone
	grid, class  string // of pictures
	json         bool
}

func newSample(e *environment) *cobra.Command {
	s := &sample{environment: e}
	c := &cobra.Command{
		Use:   "sample MODEL -n N --out FILE",
		Short: "draw rows, or pictures, from a model",
		Long:  sampleHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s.model = args[0]
			if s.given == "" {
				if err := idle(c.Flags(), "--given FILE"); err != nil {
					return err
				}
			}
			return s.run(c.Context(), c.Flags())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.IntVarP(&s.n, "n", "n", 1, "rows to draw; with --given: rows for each of its rows")
	flags.Uint64Var(&s.seed, "seed", 0, "of the random numbers")
	flags.Float64Var(&s.temperature, "temperature", 1, "factor on the deviations of the base density, above 0")
	flags.StringVar(&s.given, "given", "", "table with the context columns, or one row: NAME=NUMBER,…")
	flags.StringVar(&s.query, "query", "", "SELECT whose rows are the context, where --given is the address of a database (postgres://…)")
	s.reading.flags(flags)
	flags.BoolVar(&s.bare, "draws-only", false, "leave the context out of what is written")
	flags.StringVar(&s.grid, "grid", "", "pictures: draw so many lines and columns of them into one PNG file, as in 8x8")
	flags.StringVar(&s.class, "class", "", "pictures: class of those that are drawn (default: all in turn)")
	s.out.flags(flags, outUsage)
	flags.IntVar(&s.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&s.json, "json", false, "print the summary as JSON: rows")
	_ = c.MarkFlagRequired("out") // the flag is defined above
	return c
}

func (s *sample) run(ctx context.Context, flags *pflag.FlagSet) error {
	if s.n < 1 {
		return usagef("-n %d: give a number of rows above 0", s.n)
	}
	if !(s.temperature > 0) || math.IsInf(s.temperature, 1) { // also NaN
		return usagef("--temperature %g: give a number above 0; 1 draws from the model as it is", s.temperature)
	}
	m, err := model.Load(s.model)
	if err != nil {
		return err
	}
	if m.Image == nil {
		if err := onlyTables(flags, []string{"grid", "class"}, s.model+" is a model of a table"); err != nil {
			return err
		}
		if err := givenFits(m, s.model, s.given); err != nil {
			return err
		}
	}
	switch {
	case m.Image != nil:
	case len(m.Context) == 0 && s.bare:
		return usagef("%s has no context: leave --draws-only out", s.model)
	case len(m.Context) == 0 && !flags.Changed("n"):
		return usagef("say by -n how many rows to draw")
	}
	m.Flow.Base = dist.Tempered{Base: m.Flow.Base, T: s.temperature}
	density, err := model.Compile(m, diffeo.Options{Threads: s.threads})
	if err != nil {
		return fmt.Errorf("%s: %w", s.model, err)
	}
	if m.Image != nil {
		return s.pictures(ctx, m, density, flags)
	}
	var rows uint64 // unknown where a table is given
	if s.given == "" {
		rows = uint64(s.n)
	}
	written := model.Names(m.Columns)
	if !s.bare {
		written = slices.Concat(written, model.Names(m.Context))
	}
	w, err := s.out.create(s.stdout, written, rows)
	if err != nil {
		return err
	}
	defer w.Abort()
	d := newDrawing(s, m, density, w)
	defer d.bar.end()
	if s.given == "" {
		err = d.free(ctx)
	} else {
		err = d.fromTable(ctx, m)
	}
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	switch {
	case s.out.stream(): // which nothing else may be written to
		return nil
	case s.json:
		return s.printJSON(struct {
			Rows uint64 `json:"rows"`
		}{d.drawn})
	}
	return s.print(fmt.Sprintf("%d rows written to %s\n", d.drawn, s.out.path))
}

// drawing draws and writes pieces. Row i of the output is row number i of the random stream, wherever pieces end.
type drawing struct {
	*sample
	density *model.Density
	w       data.Writer
	x, cond matrix.Matrix[float64]
	wide    matrix.Matrix[float64] // x and cond side by side
	filled  int                    // rows of cond that wait
	bar     *meter
	drawn   uint64
}

func newDrawing(s *sample, m *model.Model, density *model.Density, w data.Writer) *drawing {
	n, dim, context := data.DefaultBatch, len(m.Columns), len(m.Context)
	return &drawing{
		sample: s, density: density, w: w,
		bar: newMeter(s.environment, s.json, "drawing"),
		x:   matrix.New[float64](n, dim), cond: matrix.New[float64](n, context), wide: matrix.New[float64](n, dim+context),
	}
}

// free draws n rows without a condition.
func (d *drawing) free(ctx context.Context) error {
	for left := d.n; left > 0; left -= d.x.Rows {
		d.bar.show(d.n-left, func() (float64, bool) { return 1 - float64(left)/float64(d.n), true })
		if err := d.flush(ctx, min(left, d.x.Rows), matrix.Matrix[float64]{}); err != nil {
			return err
		}
	}
	return nil
}

// fromTable draws n rows for every row of the given table.
func (d *drawing) fromTable(ctx context.Context, m *model.Model) error {
	o, err := d.reading.options(data.Options{Columns: model.Names(m.Context), Query: d.query, Context: ctx})
	if err != nil {
		return err
	}
	r, err := openGiven(m, d.given, o)
	if err != nil {
		return err
	}
	defer r.Close()
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err != nil {
			return err
		}
		for i := range batch.Rows {
			for range d.n {
				copy(d.cond.Row(d.filled), batch.Row(i))
				if d.filled++; d.filled == d.cond.Rows {
					d.bar.at(r, int(d.drawn))
					if err := d.flush(ctx, d.filled, d.cond); err != nil {
						return err
					}
				}
			}
		}
	}
	sayReport(d.say, d.given, o.Report)
	return d.flush(ctx, d.filled, d.cond.Slice(0, d.filled))
}

// flush draws so many rows and writes them.
func (d *drawing) flush(ctx context.Context, n int, cond matrix.Matrix[float64]) error {
	d.filled = 0
	if n == 0 {
		return ctx.Err()
	}
	x := d.x.Slice(0, n)
	if err := d.density.Sample(ctx, diffeo.Draw{Seed: d.seed, First: d.drawn}, cond, x); err != nil {
		if e, ok := errors.AsType[*data.TooFar](err); ok {
			row := (d.drawn+uint64(e.Row))/uint64(d.n) + 1
			return fmt.Errorf("%w: %s: row %d, column %s: %s; correct the cell, or drop the row",
				fault.ErrData, data.SourceName(d.given), row, e.Column, e.Problem("the rows that the model was fitted to"))
		}
		return err
	}
	d.drawn += uint64(n)
	if d.bare {
		return d.w.Write(x)
	}
	for i := range n {
		row := d.wide.Row(i)
		copy(row, x.Row(i))
		if cond.Rows > 0 {
			copy(row[x.Cols:], cond.Row(i))
		}
	}
	return d.w.Write(d.wide.Slice(0, n))
}
