package vae

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"diffeo"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
)

// most is the largest number of draws a row in one program.
const most = 64

// least stands for −∞ among the logarithms of weights: a number that float32 holds too.
const least = -1e30

// Bound writes for each row of x the importance-weighted bound with n draws z_k of the posterior,
//
//	log (1/n)·Σ_k p(x, z_k)/q(z_k|x)
//
// whose mean is at most log p(x), rises with n and goes to log p(x) (arXiv 1509.00519). n = 1 is the evidence lower bound. A number of draws above 64 should
// have a divisor of some tens: so many are computed at a time. Errors: fault.ErrConfig for n below 1; fault.ErrShape; fault.ErrData for cells that are not finite.
func (c *Compiled[T]) Bound(ctx context.Context, d diffeo.Draw, n int, x matrix.Matrix[T], out []float64) error {
	if n < 1 || len(out) != x.Rows {
		return fmt.Errorf("%w: a bound with %d draws of %d rows into %d numbers", fault.ErrConfig, n, x.Rows, len(out))
	}
	lanes := min(n, most)
	for n%lanes != 0 {
		lanes--
	}
	part := matrix.New[T](x.Rows, 1)
	for i := range n / lanes {
		err := c.run(ctx, kind{"bound", lanes}, piece(d, i), c.Dim(), x, part, 1, func(b *graph.Builder, x, key graph.Value) graph.Value {
			w := graph.Max(c.joint.logWeight(b, x, key, lanes), b.Scalar(least)) // −∞ − −∞ would be no number
			return graph.GroupLogSumExp(w, lanes)
		})
		if err != nil {
			return err
		}
		for r := range out {
			l := float64(part.Data[r])
			if l < least/2 {
				l = math.Inf(-1)
			}
			if i > 0 {
				l = floats.LogSumExp([]float64{out[r], l})
			}
			out[r] = l
		}
	}
	for r := range out {
		out[r] -= math.Log(float64(n))
	}
	return nil
}

// Evidence is the evidence lower bound of each row and its divergence, the means over n draws of the posterior of log p(x, z) − log q(z|x) and of
// log q(z|x) − log p(z). Errors: those of Bound.
func (c *Compiled[T]) Evidence(ctx context.Context, d diffeo.Draw, n int, x matrix.Matrix[T]) (bound, divergence []float64, err error) {
	if n < 1 {
		return nil, nil, fmt.Errorf("%w: a bound with %d draws", fault.ErrConfig, n)
	}
	bound, divergence = make([]float64, x.Rows), make([]float64, x.Rows)
	part := matrix.New[T](x.Rows, 2)
	for i := range n {
		err := c.run(ctx, kind{"evidence", 1}, piece(d, i), c.Dim(), x, part, 2, func(b *graph.Builder, x, key graph.Value) graph.Value {
			decoded, divergence := c.joint.terms(b, x, key, 1)
			return graph.Concat(0, graph.Reshape(graph.Sub(decoded, divergence), 1), graph.Reshape(divergence, 1))
		})
		if err != nil {
			return nil, nil, err
		}
		for r := range bound {
			bound[r] += float64(part.Row(r)[0]) / float64(n)
			divergence[r] += float64(part.Row(r)[1]) / float64(n)
		}
	}
	return bound, divergence, nil
}

// piece is the draw of pass i of a call. The golden ratio keeps its seeds and those of other calls apart.
func piece(d diffeo.Draw, i int) diffeo.Draw {
	d.Seed += uint64(i) * 0x9e3779b97f4a7c15
	return d
}
