package scalar

import (
	"fmt"
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// Moebius is the Möbius transformation of a circle onto itself (Rezende et al., arXiv 2002.02428), which draws angles towards one of them, φ, or away from it,
// and away from or towards the opposite one, where the density stays smooth everywhere:
//
//	tan ½(x−φ) = k·tan ½(u−φ),  x = u + 2·atan((k−1)·s·c/(c² + k·s²)),  dx/du = k/(c² + k²·s²),  s = sin ½(u−φ),  c = cos ½(u−φ)
//
// for angles in radians; the inverse has 1/k for k. In the paper's symbols k = (1−|ω|)/(1+|ω|), and φ is the angle of ω. theta is [raw k, raw φ], with k =
// Scale(raw), and φ = (High−Low)/2·tanh(raw): 0 gives the identity. Domain and codomain are the interval; outside the log-derivative is −Inf. The base that fits is
// uniform on the circle: what it becomes is a wrapped Cauchy density.
type Moebius struct {
	Low, High float64 // both 0: −π … π
	Scale     Scale   // nil: BoundedExp{}
}

// Bind implements Map. Errors: an interval that is empty or not finite, a scale with a field out of its domain.
func (m Moebius) Bind(*param.Scope, int) (Bound, error) {
	if m.Low == 0 && m.High == 0 {
		m.Low, m.High = -math.Pi, math.Pi
	}
	if m.Scale == nil {
		m.Scale = BoundedExp{}
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("map of a circle: %w", err)
	}
	c := circle{Interval{m.Low, m.High}}
	return moebius{c, m.Scale}, c.check(0)
}

type moebius struct {
	circle
	scale Scale
}

func (moebius) Params() int { return 2 }

func (m moebius) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	k, log := m.scale.Factor(row(theta, 0))
	return m.bend(b, u, k, log, theta)
}

func (m moebius) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	k, log := m.scale.Factor(row(theta, 0))
	return m.bend(b, x, graph.Div(b.Scalar(1), k), graph.Neg(log), theta)
}

// bend is the map with k and its logarithm.
func (m moebius) bend(b *graph.Builder, v, k, log, theta graph.Value) (w, logDet graph.Value) {
	inside, at := m.inside(b, v)
	phi := graph.Scale(graph.Tanh(row(theta, 1)), m.width()/2)
	half := graph.Scale(graph.Sub(at, phi), math.Pi/m.width())
	s, c := graph.Sin(half), graph.Cos(half)
	ks := graph.Mul(k, s)
	below := graph.Add(graph.Square(c), graph.Mul(ks, s))
	turn := graph.Atan(graph.Div(graph.Mul(graph.Mul(graph.Offset(k, -1), s), c), below))
	w = m.turned(b, graph.Add(at, graph.Scale(turn, m.width()/math.Pi)))
	logDet = graph.Sub(log, graph.Log(graph.Add(graph.Square(c), graph.Square(ks))))
	return w, graph.Select(inside, logDet, b.Scalar(math.Inf(-1)))
}
