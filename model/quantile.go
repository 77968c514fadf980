package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"diffeo"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/matrix"
)

// QuantileOptions say how Quantiles and Intervals are found.
type QuantileOptions struct {
	Draws int    // from the density given each condition, where its distribution function is not known; 0: 4096
	Seed  uint64 // of the draws
}

// ByDistribution tells whether quantiles are those of the distribution function itself. With one column, a normal base and preprocessing
// that keeps the order they are T(Φ⁻¹(p)), since an increasing map takes quantiles to quantiles; a decreasing one takes those of 1 − p. With several
// columns, or another base, they are those of draws, column by column, whatever the others are: with n draws a quantile at p lies at a probability
// that errs by √(p(1−p)/n).
func (d *Density) ByDistribution() bool { return d.normal }

// Quantiles writes the quantiles of every column at the levels, each within 0 and 1 and not at the ends, given each row of cond: to row r of
// out, column j and level k at j·len(levels) + k. A model without context takes the zero Matrix as cond and has one row.
//
// Errors: fault.ErrConfig for levels and draws that are none, and for a column of angles, which have no order; fault.ErrShape and those of Sample.
func (d *Density) Quantiles(ctx context.Context, o QuantileOptions, levels []float64, cond, out matrix.Matrix[float64]) error {
	for _, p := range levels {
		if !(p > 0 && p < 1) { // also NaN
			return fmt.Errorf("%w: a quantile at %g: levels are above 0 and below 1", fault.ErrConfig, p)
		}
	}
	if d.normal {
		return d.exact(ctx, levels, cond, out)
	}
	return d.marginals(ctx, o, cond, out, len(levels), func(points, to []float64) {
		for k, p := range levels {
			to[k] = quantileOf(points, p)
		}
	})
}

// Intervals writes for every column the interval that holds a share of its probability given each row of cond: to row r of out, column j
// from 2j to 2j+1. The central one leaves out equally much on both sides; the shortest one is the region of highest density where that is an interval
// (Chen and Shao, 1999), found among 4096 quantiles, or among the draws. Errors are those of Quantiles.
func (d *Density) Intervals(ctx context.Context, o QuantileOptions, share float64, shortest bool, cond, out matrix.Matrix[float64]) error {
	if !(share > 0 && share < 1) {
		return fmt.Errorf("%w: an interval of probability %g: give a share above 0 and below 1", fault.ErrConfig, share)
	}
	if !shortest {
		return d.Quantiles(ctx, o, []float64{(1 - share) / 2, (1 + share) / 2}, cond, out)
	}
	if d.normal {
		o.Draws = defaultDraws
	}
	return d.marginals(ctx, o, cond, out, 2, func(points, to []float64) { to[0], to[1] = shortestOf(points, share) })
}

const defaultDraws = 4096

// quantileOf interpolates between ascending points, which stand at (i + ½)/n.
func quantileOf(points []float64, p float64) float64 {
	at := min(max(p*float64(len(points))-0.5, 0), float64(len(points)-1))
	i := min(int(at), len(points)-2)
	return points[i] + (at-float64(i))*(points[i+1]-points[i])
}

// shortestOf is the shortest interval from a point to the one that a share of all is up to.
func shortestOf(points []float64, share float64) (low, high float64) {
	n := len(points)
	steps := min(int(math.Ceil(share*float64(n))), n-1)
	best := 0
	for i := range n - steps {
		if points[i+steps]-points[i] < points[best+steps]-points[best] {
			best = i
		}
	}
	return points[best], points[best+steps]
}

// hasNormalLine tells whether quantiles go through the flow as through an increasing or decreasing function.
func (m *Model) hasNormalLine() bool {
	base := m.Flow.Base
	if t, ok := base.(dist.Tempered); ok && t.T == 1 {
		base = t.Base
	}
	_, ok := base.(dist.StandardNormal)
	return ok && len(m.Columns) == 1 && !circular(m.Columns[0])
}

func circular(c Column) bool {
	return slices.ContainsFunc(c.Steps, func(s data.Step) bool { return s.Kind == data.Circular })
}

// prepare checks the sizes, and refuses angles.
func (d *Density) prepare(cond, out matrix.Matrix[float64], numbers int) (rows int, err error) {
	for j, angle := range d.angles {
		if angle {
			return 0, fmt.Errorf("%w: column %q is an angle: on a circle nothing is the smallest, so that there are no quantiles and intervals; draw samples", fault.ErrConfig, d.names[0][j])
		}
	}
	rows = 1
	if len(d.names[1]) > 0 {
		rows = cond.Rows
	}
	if err := d.checkCond(cond, rows); err != nil {
		return 0, err
	}
	if err := out.Check(); err != nil {
		return 0, err
	}
	if want := numbers * len(d.names[0]); out.Rows != rows || out.Cols != want {
		return 0, fmt.Errorf("%w: room for %d×%d numbers, there are %d×%d", fault.ErrShape, out.Rows, out.Cols, rows, want)
	}
	return rows, nil
}

// exact takes quantiles of the base through the flow, for all rows at once.
func (d *Density) exact(ctx context.Context, levels []float64, cond, out matrix.Matrix[float64]) error {
	rows, err := d.prepare(cond, out, len(levels))
	if err != nil {
		return err
	}
	n := len(levels)
	x := matrix.New[float64](n, 1)
	for r := range rows {
		if err := d.through(ctx, levels, cond, r, x); err != nil {
			return err
		}
		copy(out.Row(r), x.Data)
	}
	return nil
}

// through is x = T(Φ⁻¹(p)) at ascending or other levels given row r of cond; where T decreases, at 1 − p.
func (d *Density) through(ctx context.Context, levels []float64, cond matrix.Matrix[float64], r int, x matrix.Matrix[float64]) error {
	c := repeated(cond, r, len(levels)+2)
	u := matrix.New[float64](len(levels)+2, 1)
	u.Data[0], u.Data[1] = -1, 1 // two more points tell the direction
	for k, p := range levels {
		u.Data[k+2] = distuv.UnitNormal.Quantile(p)
	}
	both := matrix.New[float64](u.Rows, 1)
	if err := d.engine.forward(ctx, u, c, both); err != nil {
		return placedAt(err, r)
	}
	if both.Data[0] > both.Data[1] {
		for k := range levels {
			u.Data[k+2] = -u.Data[k+2]
		}
		if err := d.engine.forward(ctx, u, c, both); err != nil {
			return placedAt(err, r)
		}
	}
	copy(x.Data, both.Data[2:])
	return nil
}

// placedAt names the row of the conditions for an error in one of its repetitions.
func placedAt(err error, r int) error {
	if e, ok := errors.AsType[*data.TooFar](err); ok {
		return &data.TooFar{Row: r, Column: e.Column, X: e.X, Support: e.Support}
	}
	return err
}

// repeated is a row of a condition n times; the zero Matrix where there is none.
func repeated(cond matrix.Matrix[float64], r, n int) matrix.Matrix[float64] {
	if cond.Rows == 0 {
		return matrix.Matrix[float64]{}
	}
	c := matrix.New[float64](n, cond.Cols)
	for i := range n {
		copy(c.Row(i), cond.Row(r))
	}
	return c
}

// marginals calls f with the ascending points of each column given each row of cond, and with the place of what f makes of them.
func (d *Density) marginals(ctx context.Context, o QuantileOptions, cond, out matrix.Matrix[float64], numbers int, f func(points, to []float64)) error {
	rows, err := d.prepare(cond, out, numbers)
	if err != nil {
		return err
	}
	n := o.Draws
	if n == 0 {
		n = defaultDraws
	}
	if n < 2 {
		return fmt.Errorf("%w: %d draws: quantiles need two at least, and many to be any good", fault.ErrConfig, n)
	}
	x, points := matrix.New[float64](n, len(d.names[0])), make([]float64, n)
	levels := make([]float64, n)
	for i := range levels {
		levels[i] = (float64(i) + 0.5) / float64(n)
	}
	for r := range rows {
		if d.normal {
			err = d.through(ctx, levels, cond, r, x)
		} else {
			err = placedAt(d.Sample(ctx, diffeo.Draw{Seed: o.Seed, First: uint64(r) * uint64(n)}, repeated(cond, r, n), x), r)
		}
		if err != nil {
			return err
		}
		for j := range x.Cols {
			for i := range n {
				points[i] = x.Row(i)[j]
			}
			slices.Sort(points)
			f(points, out.Row(r)[j*numbers:(j+1)*numbers])
		}
	}
	return ctx.Err()
}
