package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Circular is a rational-quadratic spline of a circle onto itself (Rezende et al., arXiv 2002.02428): the slope is the same on either side of the
// seam, and the seam of the spline lies at a learned angle φ, so that the ends of the interval are points like any other,
//
//	u = S(x − φ − Offset) + φ,  log du/dx = log S′(x − φ − Offset),  angles brought into Low ≤ … < High
//
// The density on the circle is continuous, and so is its derivative but at the knots, which neither end is. theta is that of
// the spline with SharedEnds, 3·Bins numbers, and raw φ, with φ = (High−Low)/2·tanh(raw). Zero parameters and no Offset give the identity.
// Domain and codomain are the interval; outside the log-derivative is −Inf. Both directions are closed formulas. The base that fits is
// uniform on the interval.
type Circular struct {
	Spline   RationalQuadratic // on the interval Low … High; both 0: −π … π. Its Boxed, LearnedEnds and SharedEnds must be left unset
	Offset   float64           // a fixed turn, at most half a circle either way (zuko: π)
	Fixed    bool              // φ is 0 and no parameter (zuko, normflows)
	UnitSeam bool              // the slope at the seam is 1 and no parameter (zuko)
}

// Bind implements Map. Errors: those of the spline, options of it that a circle has no use for, an Offset of more than half a circle.
func (m Circular) Bind(s *param.Scope, d int) (Bound, error) {
	if m.Spline.Boxed || m.Spline.LearnedEnds || m.Spline.SharedEnds {
		return nil, fmt.Errorf("%w: a circle's spline with Boxed, LearnedEnds or SharedEnds set; Circular sets them", fault.ErrConfig)
	}
	if m.Spline.Low == 0 && m.Spline.High == 0 {
		m.Spline.Low, m.Spline.High = -math.Pi, math.Pi
	}
	m.Spline.Boxed, m.Spline.SharedEnds = true, !m.UnitSeam
	spline, err := m.Spline.Bind(s, d)
	if err != nil {
		return nil, fmt.Errorf("circular spline: %w", err)
	}
	c := circle{Interval{m.Spline.Low, m.Spline.High}}
	if err := c.check(m.Offset); err != nil {
		return nil, err
	}
	return circular{circle: c, spline: spline, offset: m.Offset, fixed: m.Fixed}, nil
}

type circular struct {
	circle
	spline Bound
	offset float64
	fixed  bool
}

func (m circular) Params() int {
	if m.fixed {
		return m.spline.Params()
	}
	return m.spline.Params() + 1
}

// split is the spline's parameters and φ.
func (m circular) split(b *graph.Builder, theta graph.Value) (of, phi graph.Value) {
	if m.fixed {
		return theta, b.Scalar(0)
	}
	n := m.spline.Params()
	return graph.Slice(theta, 0, 0, n), graph.Scale(graph.Tanh(row(theta, n)), m.width()/2)
}

func (m circular) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	inside, u := m.inside(b, u)
	of, phi := m.split(b, theta)
	x, logDet = m.spline.Forward(b, m.turned(b, graph.Sub(u, phi)), of)
	x = m.turned(b, graph.Offset(graph.Add(x, phi), m.offset))
	return x, graph.Select(inside, logDet, b.Scalar(math.Inf(-1)))
}

func (m circular) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	inside, x := m.inside(b, x)
	of, phi := m.split(b, theta)
	u, logDet = m.spline.Inverse(b, m.turned(b, graph.Offset(graph.Sub(x, phi), -m.offset)), of)
	return m.turned(b, graph.Add(u, phi)), graph.Select(inside, logDet, b.Scalar(math.Inf(-1)))
}
