package scalar

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// SoftplusMap is x = log(1 + e^u), u = x + log(1 − e^(−x)), log du/dx = −log(1 − e^(−x)), from ℝ to (0, ∞); it has no parameters. (Softplus without
// Map is a Scale.) Far to the right it is the identity, so that positive data keep their tail, which Exp would turn into a logarithm. Outside
// the codomain Inverse gives u = 0 with logDet = −Inf: the density there is 0. Where e^u is too small for the number type, Forward gives 0.
type SoftplusMap struct{}

// Bind implements Map.
func (SoftplusMap) Bind(*param.Scope, int) (Bound, error) { return softplusMap{}, nil }

type softplusMap struct{}

func (softplusMap) Params() int        { return 0 }
func (softplusMap) Domain() Interval   { return Line }
func (softplusMap) Codomain() Interval { return Interval{0, math.Inf(1)} }

func (softplusMap) Forward(_ *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return graph.Softplus(u), graph.Neg(graph.Softplus(graph.Neg(u)))
}

func (softplusMap) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	inside := graph.Greater(x, b.Scalar(0))
	safe := graph.Select(inside, x, b.Scalar(1)) // before the logarithm is taken
	l := graph.Log(graph.Neg(graph.Expm1(graph.Neg(safe))))
	return graph.Select(inside, graph.Add(safe, l), b.Scalar(0)), graph.Select(inside, graph.Neg(l), b.Scalar(math.Inf(-1)))
}
