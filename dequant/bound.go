package dequant

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/graph"
)

// cells is a Model that can be written into graphs. As a map it is that of the density behind a step that loses information, whose inverse draws (Nielsen et
// al., arXiv 2007.02731): on the way to the base x becomes y = x + w·u, with −log q(y|x) in place of a log-determinant.
type cells struct {
	bijection.Bound // of the density; Forward ends at y
	density, noise  *flow.Bound
	seesCond        bool      // the noise sees the density's condition too
	widths          []float64 // of the columns that get noise
	place           []int     // of each column among these; −1: it gets none
	logVolume       float64   // Σ log w
}

// Inverse implements bijection.Bound with one draw by the builder's key.
func (c *cells) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	y, logQ := c.draw(b, x, cond, b.Key(), 1)
	u, logDet = c.Bound.Inverse(b, y, cond)
	return u, graph.Sub(logDet, logQ)
}

// logWeight is log p(y) − log q(y|x) at draws of the noise, lanes for each row.
func (c *cells) logWeight(b *graph.Builder, x, cond, key graph.Value, lanes int) graph.Value {
	y, logQ := c.draw(b, x, cond, key, lanes)
	if cond.Valid() {
		cond = graph.SpreadRows(cond, lanes)
	}
	return graph.OnRows(graph.Sub(c.density.LogProb(b, y, cond), logQ), lanes)
}

// draw gives points of the cells of x, lanes for each row, and their log-densities.
func (c *cells) draw(b *graph.Builder, x, cond, key graph.Value, lanes int) (y, logQ graph.Value) {
	var seen graph.Value
	switch {
	case c.seesCond:
		seen = graph.Concat(0, x, cond)
	case c.noise.Cond != nil:
		seen = x
	}
	u, logQ := c.noise.Sample(b, key, lanes, seen)
	u = graph.Mul(u, b.Const(c.widths, len(c.widths)))
	if len(c.widths) < len(c.place) {
		u = graph.Take(graph.Concat(0, u, b.Zeros(1)), 0, c.places())
	}
	return graph.Add(graph.SpreadRows(x, lanes), u), graph.Offset(logQ, -c.logVolume)
}

// places are those of the columns in the noise, with a 0 behind it for columns that get none.
func (c *cells) places() []int {
	at := make([]int, len(c.place))
	for i, p := range c.place {
		if at[i] = p; p < 0 {
			at[i] = len(c.widths)
		}
	}
	return at
}
