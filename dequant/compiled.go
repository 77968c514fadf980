package dequant

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/param"
)

// Compiled is a Model with its weights, ready to run in the number type T. It is immutable and safe for concurrent calls.
type Compiled[T matrix.Float] struct {
	density, noise *diffeo.Compiled[T]
	cells          *cells
	quantile       *quantile // of the noise's base; nil: not known
}

// Compile joins a Model with weights, which are copied. Errors: those of Model.Bind; weights that are missing or have the wrong size (fault.ErrShape); a negative number
// of threads (fault.ErrConfig).
func Compile[T matrix.Float](m Model, params *param.Set, o diffeo.Options) (*Compiled[T], error) {
	cells, err := m.bindIn(param.NewRegistry().Scope())
	if err != nil {
		return nil, err
	}
	c := &Compiled[T]{cells: cells}
	if c.density, err = diffeo.Compile[T](m.Density, params, o); err != nil {
		return nil, err
	}
	noise := m.noise(len(cells.widths))
	bound, err := noise.Bind()
	if err != nil {
		return nil, err
	}
	own := param.New(bound.Specs, 0)
	for _, s := range bound.Specs {
		if err := own.Assign(s.Name, params.Data("noise."+s.Name)); err != nil {
			return nil, fmt.Errorf("noise: %w: are these weights of another model?", err)
		}
	}
	c.quantile = quantileOf(noise.Base, own)
	c.noise, err = diffeo.Compile[T](noise, own, o)
	return c, err
}

// chunk is the number of rows that are computed at a time.
const chunk = 1024

// LogProb writes for each row of x, under its condition, the importance-weighted bound with so many draws y_k of the noise,
//
//	log (1/n)·Σ_k p(y_k)/q(y_k|x)
//
// whose mean is at most log P(x), rises with n and goes to log P(x) (arXiv 1509.00519), to out, and to bound, unless it is nil, the mean of their logarithms, an
// estimate of the bound itself. Random numbers of a row are functions of the draw's seed and the row's number alone. P is the probability of the columns of whole
// numbers times the density of the others. Errors: fault.ErrConfig for draws below 1; fault.ErrShape, fault.ErrContext; fault.ErrData for cells that are not finite.
func (c *Compiled[T]) LogProb(ctx context.Context, d diffeo.Draw, draws int, x, cond matrix.Matrix[T], out, bound []float64) error {
	if draws < 1 || len(out) != x.Rows || bound != nil && len(bound) != x.Rows {
		return fmt.Errorf("%w: a bound with %d draws of %d rows into %d and %d numbers", fault.ErrConfig, draws, x.Rows, len(out), len(bound))
	}
	if err := c.check(x, cond); err != nil {
		return err
	}
	for from := 0; from < x.Rows; from += chunk {
		to := min(from+chunk, x.Rows)
		part := diffeo.Draw{Seed: d.Seed, First: d.First + uint64(from)}
		condPart, boundPart := cond, bound
		if cond.Cols > 0 {
			condPart = cond.Slice(from, to)
		}
		if bound != nil {
			boundPart = bound[from:to]
		}
		if err := c.logProb(ctx, part, draws, x.Slice(from, to), condPart, out[from:to], boundPart); err != nil {
			return err
		}
	}
	return nil
}

// check reports rows that are not the model's.
func (c *Compiled[T]) check(x, cond matrix.Matrix[T]) error {
	if err := x.Check(); err != nil {
		return err
	}
	if err := cond.Check(); err != nil {
		return fmt.Errorf("context: %w", err)
	}
	if x.Cols != c.density.Dim() {
		return fmt.Errorf("%w: rows have %d columns, the model %d", fault.ErrShape, x.Cols, c.density.Dim())
	}
	if cond.Cols != c.density.Context() || cond.Cols > 0 && cond.Rows != x.Rows {
		return fmt.Errorf("%w: a context of %d×%d for %d rows, the model has %d columns of it", fault.ErrContext, cond.Rows, cond.Cols, x.Rows, c.density.Context())
	}
	for r := range x.Rows {
		for k, v := range x.Row(r) {
			if v-v != 0 {
				return fmt.Errorf("%w: row %d, column %d is %v, and has to be a finite number", fault.ErrData, r, k, v)
			}
		}
	}
	return nil
}

// Density is the flow alone.
func (c *Compiled[T]) Density() *diffeo.Compiled[T] { return c.density }

// Cells are the columns that have cells, in the noise's order.
func (c *Compiled[T]) Cells() (columns []int) {
	for k, p := range c.cells.place {
		if p >= 0 {
			columns = append(columns, k) // places ascend
		}
	}
	return columns
}

// Noise fills u, of a column for each of Cells, with draws of the noise of rows. Errors: those of LogProb.
func (c *Compiled[T]) Noise(ctx context.Context, d diffeo.Draw, x, cond, u matrix.Matrix[T]) error {
	if u.Rows != x.Rows || u.Cols != len(c.cells.widths) {
		return fmt.Errorf("%w: noise of %d×%d for %d rows with %d cells", fault.ErrShape, u.Rows, u.Cols, x.Rows, len(c.cells.widths))
	}
	if err := c.check(x, cond); err != nil {
		return err
	}
	return c.noise.Sample(ctx, d, c.seen(x, cond), u)
}

func (c *Compiled[T]) logProb(ctx context.Context, d diffeo.Draw, draws int, x, cond matrix.Matrix[T], out, bound []float64) error {
	u, y := matrix.New[T](x.Rows, len(c.cells.widths)), matrix.New[T](x.Rows, x.Cols)
	logQ, logP := make([]T, x.Rows), make([]T, x.Rows)
	seen := c.seen(x, cond)
	for i := range out {
		out[i] = math.Inf(-1)
	}
	clear(bound)
	for range draws {
		if err := c.noise.SampleAndLogProb(ctx, d, seen, u, logQ); err != nil {
			return err
		}
		for r := range x.Rows {
			c.point(y.Row(r), x.Row(r), u.Row(r))
		}
		if err := c.density.LogProb(ctx, y, cond, logP); err != nil {
			return err
		}
		for r := range out {
			w := float64(logP[r]) - float64(logQ[r]) + c.cells.logVolume
			out[r] = floats.LogSumExp([]float64{out[r], w})
			if bound != nil {
				bound[r] += w / float64(draws)
			}
		}
		d.Seed += 0x9e3779b97f4a7c15 // the golden ratio keeps these seeds and those of other calls apart
	}
	for r := range out {
		out[r] -= math.Log(float64(draws))
	}
	return nil
}

// point is y = x + w·u.
func (c *Compiled[T]) point(y, x, u []T) {
	for k, p := range c.cells.place {
		if y[k] = x[k]; p >= 0 {
			y[k] += T(c.cells.widths[p]) * u[p]
		}
	}
}

// seen is the condition of the noise.
func (c *Compiled[T]) seen(x, cond matrix.Matrix[T]) matrix.Matrix[T] {
	switch {
	case c.noise.Context() == 0:
		return matrix.Matrix[T]{}
	case !c.cells.seesCond:
		return x
	}
	both := matrix.New[T](x.Rows, x.Cols+cond.Cols)
	for r := range x.Rows {
		copy(both.Row(r), x.Row(r))
		copy(both.Row(r)[x.Cols:], cond.Row(r))
	}
	return both
}
