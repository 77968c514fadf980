package scalar

import (
	"diffeo/graph"
	"diffeo/param"
)

// LogClip leaves the middle as it is and draws in what lies beyond, between transforms whose own tails run away; it has no parameters:
//
//	u = x for |x| ≤ B,  u = sign(x)·B·(1 + log(|x|/B)) beyond,  log du/dx = −log(max(|x|/B, 1))
//
// from ℝ to ℝ, with a slope that is continuous. Unlike SoftClip it is the identity where most data are, and loses no digits at an end. A |u| beyond B·(1 + 60),
// which is an |x| of 10²⁶·B, counts as one there.
type LogClip struct {
	Bound float64 // B; 0: 10
}

// Bind implements Map. Errors: a bound that is not positive.
func (m LogClip) Bind(*param.Scope, int) (Bound, error) {
	if m.Bound == 0 {
		m.Bound = 10
	}
	if err := within("the bound of a logarithmic clip", m.Bound, 0, 1e9); err != nil {
		return nil, err
	}
	return logClip{m.Bound}, nil
}

type logClip struct{ bound float64 }

func (logClip) Params() int        { return 0 }
func (logClip) Domain() Interval   { return Line }
func (logClip) Codomain() Interval { return Line }

func (m logClip) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	over := graph.Clamp(graph.Offset(graph.Scale(graph.Abs(u), 1/m.bound), -1), 0, expLimit)
	far := graph.Scale(graph.Mul(graph.Sign(u), graph.Exp(over)), m.bound)
	return graph.Select(graph.Greater(over, b.Scalar(0)), far, u), over
}

func (m logClip) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	over := graph.Log(graph.Max(graph.Scale(graph.Abs(x), 1/m.bound), b.Scalar(1)))
	far := graph.Scale(graph.Mul(graph.Sign(x), graph.Offset(over, 1)), m.bound)
	return graph.Select(graph.Greater(over, b.Scalar(0)), far, x), graph.Neg(over)
}
