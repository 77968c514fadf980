package scalar

import (
	"diffeo/graph"
	"diffeo/param"
)

// Additive shifts: x = u + t, log |dx/du| = 0, with theta = [t]. It is the coupling law of NICE (arXiv 1410.8516).
// The map is exact but for the rounding of one sum, on all of ℝ.
type Additive struct{}

// Bind implements Map.
func (Additive) Bind(*param.Scope, int) (Bound, error) { return additive{}, nil }

type additive struct{}

func (additive) Params() int        { return 1 }
func (additive) Domain() Interval   { return Line }
func (additive) Codomain() Interval { return Line }

func (additive) Forward(_ *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return graph.Add(u, row(theta, 0)), graph.ZerosLike(u)
}

func (additive) Inverse(_ *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	return graph.Sub(x, row(theta, 0)), graph.ZerosLike(x)
}
