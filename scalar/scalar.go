// Package scalar holds monotone maps of one variable whose parameters somebody else computes: a conditioner
// from the preceding columns, a conditioner from the other half, or nobody (parameters learned directly).
package scalar

import (
	"diffeo/graph"
	"diffeo/param"
)

// Map describes a family of increasing (or decreasing) differentiable maps ℝ → ℝ, or between intervals.
type Map interface {
	// Bind gives the map for d columns. Maps with weights of their own declare them in s.
	Bind(s *param.Scope, d int) (Bound, error)
}

// Bound is a map for D columns. u, x and the log-derivatives have shape [D], theta has shape [P,D]: row p holds parameter p of
// every column. Zero theta gives the identity or a map near it; every finite theta gives an increasing map with
// a finite log-derivative wherever the argument lies in the domain.
type Bound interface {
	// Params is P, the number of parameters of one column.
	Params() int
	// Domain and Codomain are the intervals that Forward maps from and to.
	Domain() Interval
	Codomain() Interval
	// Forward is x = f(u; θ) with logDet = log |df/du|, column by column.
	Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value)
	// Inverse is u = f⁻¹(x; θ) with logDet = log |df⁻¹/dx|, column by column.
	Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value)
}

// Interval is Low < x < High; the bounds may be infinite.
type Interval struct{ Low, High float64 }
