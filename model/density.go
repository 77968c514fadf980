package model

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"diffeo"
	"diffeo/data"
	"diffeo/dequant"
	"diffeo/fault"
	"diffeo/matrix"
)

// Density is a model ready to run: rows and log-densities are in the data's own units, in float64; the flow computes in the model's
// precision. It is safe for concurrent calls. Columns come in the order of the model's (see Names and data.Match).
type Density struct {
	columns, context data.Preprocessing
	names            [2][]string
	cells            []int   // the columns that are dequantized
	logWidth         float64 // Σ log width of their cells
	angles           []bool  // by column
	learned          bool    // the noise of the cells was learned
	normal           bool    // quantiles are those of a normal, taken through the flow
	engine           engine
}

// engine is a compiled flow in either number type, in the data's units.
type engine interface {
	logProb(ctx context.Context, x, cond matrix.Matrix[float64], noise data.Noise, out []float64) error
	logWeight(ctx context.Context, x, cond matrix.Matrix[float64], cells []int, point data.Noise, out []float64) error // where noise was learned
	noise(ctx context.Context, d diffeo.Draw, x, cond, u matrix.Matrix[float64]) error                                 // where noise was learned
	sample(ctx context.Context, d diffeo.Draw, cond, x matrix.Matrix[float64]) error
	forward(ctx context.Context, u, cond, x matrix.Matrix[float64]) error // x = T(u)
}

// Compile makes a Density of a model. The model's weights are copied. Errors are those of diffeo.Compile.
func Compile(m *Model, o diffeo.Options) (*Density, error) {
	d := &Density{
		columns: Preprocessing(m.Columns), context: Preprocessing(m.Context),
		names: [2][]string{Names(m.Columns), Names(m.Context)},
	}
	d.cells, d.logWidth = d.columns.Cells()
	d.learned = m.Noise != nil
	for _, c := range m.Columns {
		d.angles = append(d.angles, circular(c))
	}
	d.normal = m.hasNormalLine()
	var err error
	if m.Precision == Float64 {
		d.engine, err = newBuffered[float64](m, d, o)
	} else {
		d.engine, err = newBuffered[float32](m, d, o)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// LogProb writes the log-density, in nats and in the data's own units, of every row of x given the row of cond beside it. A model
// without context takes the zero Matrix as cond. Points outside the support get −Inf: a number that a column's preprocessing has
// no place for, such as −1 where a log is taken, or half a step where whole steps are modelled.
//
// Columns that are dequantized (see Discrete) have probabilities instead of densities. They are estimated with DefaultCellPoints;
// LogProbCells chooses another number and gives a bound.
//
// Errors: fault.ErrShape for wrong columns or len(out) ≠ rows; fault.ErrContext for a condition that is missing, superfluous or of
// the wrong size; fault.ErrData for a cell that is not finite, or too far out to compute with, or for a context
// outside its column's support, with its row (from 0) and column.
func (d *Density) LogProb(ctx context.Context, x, cond matrix.Matrix[float64], out []float64) error {
	if err := d.checkRows(x, cond, len(out)); err != nil {
		return err
	}
	if len(d.cells) > 0 {
		return d.logProbCells(ctx, x, cond, DefaultCellPoints, out, nil)
	}
	return d.engine.logProb(ctx, x, cond, nil, out)
}

func (d *Density) checkRows(x, cond matrix.Matrix[float64], results int) error {
	if err := x.Check(); err != nil {
		return err
	}
	if x.Rows > 0 && x.Cols != len(d.names[0]) || results != x.Rows {
		return fmt.Errorf("%w: rows of %d columns and %d results for %d rows, the model has %d columns", fault.ErrShape, x.Cols, results, x.Rows, len(d.names[0]))
	}
	return d.checkCond(cond, x.Rows)
}

// Sample fills x with draws, one for each row of cond; see diffeo.Draw and Compiled.Sample, whose errors it has. Every column of a draw is
// in its support: dequantized columns are rounded down to their grid.
func (d *Density) Sample(ctx context.Context, draw diffeo.Draw, cond, x matrix.Matrix[float64]) error {
	if err := x.Check(); err != nil {
		return err
	}
	if x.Rows > 0 && x.Cols != len(d.names[0]) {
		return fmt.Errorf("%w: draws of %d columns, the model has %d", fault.ErrShape, x.Cols, len(d.names[0]))
	}
	if err := d.checkCond(cond, x.Rows); err != nil {
		return err
	}
	return d.engine.sample(ctx, draw, cond, x)
}

func (d *Density) checkCond(cond matrix.Matrix[float64], rows int) error {
	if err := cond.Check(); err != nil {
		return err
	}
	n := len(d.names[1])
	switch {
	case n == 0 && cond.Rows > 0:
		return fmt.Errorf("%w: the model has no context, %d rows of one are given", fault.ErrContext, cond.Rows)
	case n > 0 && (cond.Rows != rows || rows > 0 && cond.Cols != n):
		return fmt.Errorf("%w: the model needs its context %v beside every row: %d×%d, %d×%d are given",
			fault.ErrContext, d.names[1], rows, n, cond.Rows, cond.Cols)
	}
	return nil
}

// The rows that are converted at once: so many, or of wide ones what makes so many numbers.
const (
	mostRows    = 4096
	mostNumbers = 1 << 20
)

// buffered runs a compiled flow in T on rows in float64, a piece at a time.
type buffered[T matrix.Float] struct {
	*Density
	flow  *diffeo.Compiled[T]
	piece int // rows that are converted at once

	learned  *dequant.Compiled[T] // with the noise of the cells, where that was learned; else nil
	logCells float64              // Model.LogCells

	mu   sync.Mutex
	free []*pieces[T]
}

// pieces are the rows of one call in the flow's units and number type.
type pieces[T matrix.Float] struct {
	x, cond matrix.Matrix[T]
	out     []T
	logDet  []float64 // of the preprocessing
}

func newBuffered[T matrix.Float](m *Model, d *Density, o diffeo.Options) (*buffered[T], error) {
	b := &buffered[T]{Density: d, piece: min(mostRows, 1+mostNumbers/len(m.Columns)), logCells: m.LogCells()}
	if m.Noise == nil {
		var err error
		b.flow, err = diffeo.Compile[T](m.Flow, m.Params, o)
		return b, err
	}
	n, err := m.Dequantized()
	if err != nil {
		return nil, err
	}
	if b.learned, err = dequant.Compile[T](n, m.Params, o); err != nil {
		return nil, err
	}
	b.flow = b.learned.Density()
	return b, nil
}

func (b *buffered[T]) logProb(ctx context.Context, x, cond matrix.Matrix[float64], noise data.Noise, out []float64) error {
	return b.each(x.Rows, cond, func(p *pieces[T], z, c matrix.Matrix[T], from, to int) error {
		logDet := p.logDet[:to-from]
		if err := data.TransformSupported(b.columns, x.Slice(from, to), noise, z, logDet); err != nil {
			return placed(err, from, b.names[0])
		}
		if err := b.flow.LogProb(ctx, z, c, p.out[:to-from]); err != nil {
			return err
		}
		for i, v := range p.out[:to-from] {
			out[from+i] = float64(v) + logDet[i]
		}
		return nil
	})
}

func (b *buffered[T]) sample(ctx context.Context, d diffeo.Draw, cond, x matrix.Matrix[float64]) error {
	return b.each(x.Rows, cond, func(_ *pieces[T], z, c matrix.Matrix[T], from, to int) error {
		at := diffeo.Draw{Seed: d.Seed, First: d.First + uint64(from)}
		if err := b.flow.Sample(ctx, at, c, z); err != nil {
			return err
		}
		return data.Restore(b.columns, z, x.Slice(from, to))
	})
}

func (b *buffered[T]) forward(ctx context.Context, u, cond, x matrix.Matrix[float64]) error {
	base := matrix.New[T](b.piece, u.Cols)
	return b.each(u.Rows, cond, func(p *pieces[T], z, c matrix.Matrix[T], from, to int) error {
		in := base.Slice(0, to-from)
		for i := range in.Rows {
			for j, v := range u.Row(from + i) {
				in.Row(i)[j] = T(v)
			}
		}
		if err := b.flow.Transform().Forward(ctx, in, c, z, p.out[:to-from]); err != nil {
			return err
		}
		return data.Restore(b.columns, z, x.Slice(from, to))
	})
}

// each calls f for pieces of the rows, with the condition brought to the flow's units and room for the data.
func (b *buffered[T]) each(rows int, cond matrix.Matrix[float64], f func(p *pieces[T], z, c matrix.Matrix[T], from, to int) error) error {
	p := b.take()
	defer b.give(p)
	for from := 0; from < rows; from += b.piece {
		to := min(from+b.piece, rows)
		var c matrix.Matrix[T]
		if cond.Rows > 0 {
			c = p.cond.Slice(0, to-from)
			if err := data.Transform(b.context, cond.Slice(from, to), nil, c, nil); err != nil {
				return placed(err, from, b.names[1])
			}
		}
		if err := f(p, p.x.Slice(0, to-from), c, from, to); err != nil {
			return err
		}
	}
	return nil
}

// placed names the row of the whole batch and the column, for an error in a piece of it.
func placed(err error, from int, columns []string) error {
	if e, ok := errors.AsType[*data.TooFar](err); ok {
		k, _ := strconv.Atoi(e.Column)
		return &data.TooFar{Row: from + e.Row, Column: strconv.Quote(columns[k]), X: e.X, Support: e.Support}
	}
	return err
}

func (b *buffered[T]) take() *pieces[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.free); n > 0 {
		p := b.free[n-1]
		b.free = b.free[:n-1]
		return p
	}
	return &pieces[T]{
		matrix.New[T](b.piece, len(b.names[0])), matrix.New[T](b.piece, len(b.names[1])), make([]T, b.piece), make([]float64, b.piece),
	}
}

func (b *buffered[T]) give(p *pieces[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, p)
}
