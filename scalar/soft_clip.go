package scalar

import (
	"diffeo/graph"
	"diffeo/param"
)

// SoftClip brings data into an interval, between transforms that are good for one only (zuko); it has no parameters:
//
//	u = x/(1 + |x|/B),  x = u/(1 − |u|/B),  log |du/dx| = −2 log(1 + |x|/B)
//
// from ℝ to −B < u < B. A u from outside the interval, or nearer to its ends than 2⁻²⁰·B, counts as one at that distance.
type SoftClip struct {
	Bound float64 // B; 0: 11
}

// Bind implements Map. Errors: a bound that is not positive.
func (m SoftClip) Bind(*param.Scope, int) (Bound, error) {
	if m.Bound == 0 {
		m.Bound = 11
	}
	if err := within("the bound of a soft clip", m.Bound, 0, 1e12); err != nil {
		return nil, err
	}
	return softClip{m.Bound}, nil
}

type softClip struct{ bound float64 }

func (softClip) Params() int          { return 0 }
func (m softClip) Domain() Interval   { return Interval{-m.bound, m.bound} }
func (m softClip) Codomain() Interval { return Line }

func (m softClip) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	share := graph.Clamp(graph.Scale(u, 1/m.bound), 0x1p-20-1, 1-0x1p-20)
	rest := graph.Offset(graph.Neg(graph.Abs(share)), 1)
	return graph.Scale(graph.Div(share, rest), m.bound), graph.Scale(graph.Log(rest), -2)
}

func (m softClip) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	size := graph.Offset(graph.Abs(graph.Scale(x, 1/m.bound)), 1)
	return graph.Div(x, size), graph.Scale(graph.Log(size), -2)
}
