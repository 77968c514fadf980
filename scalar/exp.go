package scalar

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// Exp is x = e^u, log |dx/du| = u, from ℝ to (0, ∞); it has no parameters. Of a normal base it makes the log-normal. Outside the
// codomain Inverse gives u = 0 with logDet = −Inf: the density there is 0. An x over e^80 is held there, where float32 ends soon.
type Exp struct{}

// Bind implements Map.
func (Exp) Bind(*param.Scope, int) (Bound, error) { return exponential{}, nil }

type exponential struct{}

func (exponential) Params() int        { return 0 }
func (exponential) Domain() Interval   { return Line }
func (exponential) Codomain() Interval { return Interval{0, math.Inf(1)} }

func (exponential) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return graph.Exp(graph.Min(u, b.Scalar(heldExp))), u
}

func (exponential) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	inside := graph.Greater(x, b.Scalar(0))
	u = graph.Log(graph.Select(inside, x, b.Scalar(1))) // the argument is safe before the logarithm is taken
	return u, graph.Select(inside, graph.Neg(u), b.Scalar(math.Inf(-1)))
}
