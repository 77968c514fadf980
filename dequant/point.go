package dequant

import (
	"context"
	"fmt"
	"math"

	"diffeo/dist"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/param"
)

// LogProbAt writes log p(y)/q(u|x) for each row of x at one point of its noise: u is where q's map takes the quantiles of its base at the row of v, numbers strictly between 0
// and 1, one for each cell. The points y = x + w·u of a rule for integrals over the unit cube, midpoints say, so become one for the cells that goes where q is: the
// average of the exponentials over its points goes to P(x). Unlike LogProb nothing depends on where a row stands. The base of the noise has to be the one that ImageNoise and
// ColumnNoise have, or uniform. Errors: those of LogProb, fault.ErrConfig for another base or another v.
func (c *Compiled[T]) LogProbAt(ctx context.Context, v matrix.Matrix[float64], x, cond matrix.Matrix[T], out []float64) error {
	if err := v.Check(); err != nil {
		return err
	}
	if v.Cols != len(c.cells.widths) || v.Rows != x.Rows || len(out) != x.Rows {
		return fmt.Errorf("%w: %d points of %d numbers for %d cells, %d rows into %d numbers", fault.ErrConfig, v.Rows, v.Cols, len(c.cells.widths), x.Rows, len(out))
	}
	if err := c.check(x, cond); err != nil {
		return err
	}
	if c.quantile == nil {
		return fmt.Errorf("%w: the quantiles of this base of the noise are not known: use LogProb, which draws", fault.ErrConfig)
	}
	for from := 0; from < x.Rows; from += chunk {
		to := min(from+chunk, x.Rows)
		condPart := cond
		if cond.Cols > 0 {
			condPart = cond.Slice(from, to)
		}
		if err := c.logProbAt(ctx, v.Slice(from, to), x.Slice(from, to), condPart, out[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// quantile brings numbers between 0 and 1 to the base of the noise.
type quantile struct {
	uniform       bool      // u = v
	loc, logScale []float64 // of the logistic base
}

// quantileOf is that of a base with its parameters; nil where it is not known.
func quantileOf(base dist.Distribution, params *param.Set) *quantile {
	switch b := base.(type) {
	case dist.Uniform:
		for i := range b.Low {
			if b.Low[i] != 0 || b.High[i] != 1 {
				return nil
			}
		}
		return &quantile{uniform: true}
	case dist.Logistic:
		if b.Scale == nil {
			return &quantile{loc: params.Data("base.loc"), logScale: params.Data("base.log_scale")}
		}
	}
	return nil
}

// at is the point of the base at v, and its log-density there.
func (q *quantile) at(k int, v float64) (e, log float64) {
	if q.uniform {
		return v, 0
	}
	const most = 60 // dist.Logistic holds log_scale within
	s := math.Max(-most, math.Min(most, q.logScale[k]))
	return q.loc[k] + math.Exp(s)*(math.Log(v)-math.Log1p(-v)), math.Log(v) + math.Log1p(-v) - s
}

func (c *Compiled[T]) logProbAt(ctx context.Context, v matrix.Matrix[float64], x, cond matrix.Matrix[T], out []float64) error {
	base, u, y := matrix.New[T](v.Rows, v.Cols), matrix.New[T](v.Rows, v.Cols), matrix.New[T](x.Rows, x.Cols)
	for r := range out {
		out[r] = c.cells.logVolume
		for k, p := range v.Row(r) {
			if !(p > 0 && p < 1) {
				return fmt.Errorf("%w: number %d of the point is %v, not between 0 and 1", fault.ErrConfig, k, p)
			}
			e, log := c.quantile.at(k, p)
			base.Row(r)[k] = T(e)
			out[r] -= log
		}
	}
	logDet, logP := make([]T, x.Rows), make([]T, x.Rows)
	if err := c.noise.Transform().Forward(ctx, base, c.seen(x, cond), u, logDet); err != nil {
		return err
	}
	for r := range x.Rows {
		c.point(y.Row(r), x.Row(r), u.Row(r))
	}
	if err := c.density.LogProb(ctx, y, cond, logP); err != nil {
		return err
	}
	for r := range out {
		out[r] += float64(logP[r]) + float64(logDet[r])
	}
	return nil
}
