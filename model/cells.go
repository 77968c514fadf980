package model

import (
	"context"
	"fmt"
	"math"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
)

// DefaultCellPoints is the number of points in each cell by which LogProb estimates probabilities.
const DefaultCellPoints = 16

// Discrete lists the columns that are dequantized: x lies on a grid of width w, and the flow is the density p of y = x + w·u, u uniform
// in (0, 1). Their probability, together with the density of the other columns, is the integral over the cell,
//
//	P(x) = ∫ p(y) dy over [x, x + w) = w·E[p(x + w·u)]
//
// which adds up to 1 over the grid.
func (d *Density) Discrete() []string {
	names := make([]string, len(d.cells))
	for i, col := range d.cells {
		names[i] = d.names[0][col]
	}
	return names
}

// LogProbCells is LogProb with the cells of dequantized columns integrated by so many points, functions of what a row holds: the midpoint rule
// for one such column, a quasi-random rule for several, a random point where there is one only (data.CellPoint). out gets the estimate of log P(x), log of the mean of
// w·p at the points; bound, unless it is nil, the mean of log(w·p), which is below it. Over many rows, or with many points, the mean of bound is below that of
// log P(x) by Jensen's inequality; that of one row with few points need not be. Where the model's noise was learned (Model.Noise) its map q takes the points to where the density is, and the mean
// is that of w·p(y)/q(u|x): the importance-weighted bound (arXiv 1509.00519). Without dequantized columns both are the log-density, whatever points is.
//
// Errors: those of LogProb, and fault.ErrConfig for points < 1.
func (d *Density) LogProbCells(ctx context.Context, x, cond matrix.Matrix[float64], points int, out, bound []float64) error {
	if err := d.checkRows(x, cond, len(out)); err != nil {
		return err
	}
	if points < 1 || bound != nil && len(bound) != len(out) {
		return fmt.Errorf("%w: %d points in a cell, %d bounds for %d rows", fault.ErrConfig, points, len(bound), len(out))
	}
	if len(d.cells) == 0 {
		err := d.engine.logProb(ctx, x, cond, nil, out)
		copy(bound, out)
		return err
	}
	return d.logProbCells(ctx, x, cond, points, out, bound)
}

func (d *Density) logProbCells(ctx context.Context, x, cond matrix.Matrix[float64], points int, out, bound []float64) error {
	at := make([]float64, len(out)) // log p at one point
	seeds := data.RowSeeds(x)
	for k := range points {
		if err := d.logAt(ctx, x, cond, data.CellPoint(d.cells, k, points, seeds), at); err != nil {
			return err
		}
		for i, v := range at {
			if k == 0 {
				out[i] = v
			} else {
				out[i] = logAdd(out[i], v)
			}
			if bound == nil {
				continue
			}
			if k == 0 {
				bound[i] = d.logWidth
			}
			bound[i] += v / float64(points)
		}
	}
	for i := range out {
		out[i] += d.logWidth - math.Log(float64(points))
	}
	return nil
}

// logAt is log p at a point of the cells of rows; where noise was learned it goes through that, and −log q is added.
func (d *Density) logAt(ctx context.Context, x, cond matrix.Matrix[float64], point data.Noise, out []float64) error {
	if !d.learned {
		return d.engine.logProb(ctx, x, cond, point, out)
	}
	return d.engine.logWeight(ctx, x, cond, d.cells, point, out)
}

// logAdd is log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
