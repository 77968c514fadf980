package scalar

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// LeakyTanh is x = tanh(u) for |u| ≤ Bound and goes on as the tangent there, so that it maps ℝ onto ℝ (flowjax's LeakyTanh): it draws
// in the outer part of what passes. log dx/du = log(1 − tanh²(min(|u|, Bound))), continuous; it has no parameters.
type LeakyTanh struct {
	Bound float64 // 0: 3
}

// Bind implements Map. Errors: a bound that is not positive, or where the slope is too small for float32.
func (m LeakyTanh) Bind(*param.Scope, int) (Bound, error) {
	if m.Bound == 0 {
		m.Bound = 3
	}
	if err := within("the bound of a leaky tanh", m.Bound, 0, 8); err != nil {
		return nil, err
	}
	l := leakyTanh{bound: m.Bound, edge: math.Tanh(m.Bound)}
	l.logSlope = -2 * math.Log(math.Cosh(m.Bound))
	l.slope = math.Exp(l.logSlope)
	return l, nil
}

type leakyTanh struct{ bound, edge, slope, logSlope float64 }

func (leakyTanh) Params() int        { return 0 }
func (leakyTanh) Domain() Interval   { return Line }
func (leakyTanh) Codomain() Interval { return Line }

func (m leakyTanh) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	inside := graph.LessEq(graph.Abs(u), b.Scalar(m.bound))
	v := graph.Select(inside, u, b.Scalar(0))
	line := graph.Add(graph.Scale(u, m.slope), graph.Scale(graph.Sign(u), m.edge-m.slope*m.bound))
	return graph.Select(inside, graph.Tanh(v), line), graph.Select(inside, graph.Scale(logCosh(v), -2), b.Scalar(m.logSlope))
}

func (m leakyTanh) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	inside := graph.LessEq(graph.Abs(x), b.Scalar(m.edge))
	y := graph.Select(inside, x, b.Scalar(0))
	right, left := graph.Log1p(y), graph.Log1p(graph.Neg(y))
	line := graph.Add(graph.Scale(graph.Sub(x, graph.Scale(graph.Sign(x), m.edge)), 1/m.slope), graph.Scale(graph.Sign(x), m.bound))
	u = graph.Select(inside, graph.Scale(graph.Sub(right, left), 0.5), line)
	return u, graph.Select(inside, graph.Neg(graph.Add(right, left)), b.Scalar(-m.logSlope))
}
