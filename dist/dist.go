// Package dist holds base densities.
package dist

import (
	"math"
	"slices"

	"diffeo/graph"
	"diffeo/param"
)

// Distribution describes a density on values of one shape.
type Distribution interface {
	// Bind declares the parameters under a condition of shape cond (nil: none).
	Bind(s *param.Scope, cond graph.Shape) (Bound, error)
}

// Bound is a density ready to be written into graphs.
type Bound interface {
	// Event is the shape of one draw.
	Event() graph.Shape
	// LogProb is the log-density in nats, of shape []; −Inf outside the support.
	LogProb(b *graph.Builder, x, cond graph.Value) graph.Value
	// Sample draws, with lanes ≥ 1 draws for each row of the program, as a differentiable function of the parameters
	// (reparametrised). key is a shared Uint32 [2].
	Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value
	// Support holds the interval that each element of a draw lies in, in row-major order.
	Support() []Interval
}

// Interval is Low ≤ x ≤ High; the bounds may be infinite.
type Interval struct{ Low, High float64 }

// line is the support ℝ of n elements.
func line(n int) []Interval {
	return slices.Repeat([]Interval{{math.Inf(-1), math.Inf(1)}}, n)
}
