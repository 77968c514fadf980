package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// PolynomialSpline is a monotone spline of polynomial pieces on a box, the same on both axes, and the identity outside. Degree 1 and 2 are those of Müller et
// al. (arXiv 1808.03856), densities that are steps or polygons, degree 3 that of Durkan et al. (arXiv 1906.02145). RationalQuadratic bends more
// freely and inverts faster than degree 3. With K bins of width w and height h, as shares of the box, and σ the sigmoid, theta is
//
//	1: [raw h], K numbers; all bins have equal width. The slope jumps at every knot
//	2: [raw w, raw e], 2K − 1 numbers, the slopes at the inner knots being softplus(raw e) + 10⁻³ over their integral; those at the ends are 1.
//	   Boxed: 2K + 1 numbers, the slopes at the ends among them
//	3: [raw w, raw h, raw first slope, raw last slope], 2K + 2 numbers. Slopes at the inner knots are those of Steffen's monotone
//	   interpolant, the outer ones 3·σ(raw − log 2) times that of the chord; the slope jumps at the ends of the box, unless it is Boxed
//
// where widths and heights are smallest + (1 − K·smallest)·softmax(raw). Zero parameters give the identity. Both directions keep to the box, and so the
// log-derivative is finite; degree 3 finds its inverse by a bracketed Newton iteration of fixed length, the others by closed formulas. Widths lie on
// the data's side, as in nflows. Domain and codomain are ℝ, or the box. The zero value has degree 2 and 8 bins on −5 … 5.
type PolynomialSpline struct {
	Degree    int     // 1, 2 or 3; 0: 2
	Bins      int     // 0: 8
	Low, High float64 // the box; both 0: −5 … 5
	MinWidth  float64 // smallest width of a bin, as a share of the box; 0: 10⁻³
	MinHeight float64 // smallest height of a bin, as a share of the box, and for degree 2 smallest slope; 0: 10⁻³
	MinSlope  float64 // smallest slope at the ends of degree 3, as a share of the chord's; 0: 10⁻³

	Boxed     bool // there is nothing outside the box: domain and codomain are Low … High
	Unshifted bool // as nflows has it: of degree 2 the slopes at the ends are only near 1, of degree 3 they are 3·σ(raw)
	OnBase    bool // widths lie on the base's side: Forward is the spline, and Inverse its inverse
}

// Bind implements Map. Errors: a degree that there is not, too few bins, an empty box, bins that do not fit into it, a slope out of its domain.
func (m PolynomialSpline) Bind(*param.Scope, int) (Bound, error) {
	m = m.withDefaults()
	least := 1
	switch {
	case m.Degree == 2 && !m.Boxed:
		least = 2 // with one bin there is no inner knot
	case m.Degree < 1 || m.Degree > 3:
		return nil, fmt.Errorf("%w: a spline of degree %d: there are 1, 2 and 3", fault.ErrConfig, m.Degree)
	}
	if m.Bins < least {
		return nil, fmt.Errorf("%w: a spline of degree %d and %d bins: it needs %d", fault.ErrConfig, m.Degree, m.Bins, least)
	}
	if width := m.High - m.Low; !(width > 0) || math.IsInf(width, 0) { // also NaN
		return nil, fmt.Errorf("%w: a spline on the box %g … %g", fault.ErrConfig, m.Low, m.High)
	}
	for _, c := range []struct {
		what    string
		x, most float64
	}{
		{"the smallest width of a bin", m.MinWidth, 1 / float64(m.Bins)},
		{"the smallest height of a bin", m.MinHeight, 1 / float64(m.Bins)},
		{"the smallest slope", m.MinSlope, 1},
	} {
		if err := within(c.what, c.x, 0, c.most); err != nil {
			return nil, err
		}
	}
	s := polynomialSpline{PolynomialSpline: m}
	switch m.Degree {
	case 1:
		s.pieces = linearPieces{m}
	case 2:
		s.pieces = quadraticPieces{m}
	case 3:
		s.pieces = cubicPieces{m}
	}
	return s, nil
}

func (m PolynomialSpline) withDefaults() PolynomialSpline {
	or := func(x *float64, otherwise float64) {
		if *x == 0 {
			*x = otherwise
		}
	}
	if m.Degree == 0 {
		m.Degree = 2
	}
	if m.Bins == 0 {
		m.Bins = 8
	}
	if m.Low == 0 && m.High == 0 {
		m.Low, m.High = -5, 5
	}
	or(&m.MinWidth, 1e-3)
	or(&m.MinHeight, 1e-3)
	or(&m.MinSlope, 1e-3)
	return m
}

// pieces is a spline from 0 … 1 onto 0 … 1.
type pieces interface {
	params() int
	// rise is y(x) with log dy/dx, and find the x of a y with log dx/dy.
	rise(b *graph.Builder, x, theta graph.Value) (y, logSlope graph.Value)
	find(b *graph.Builder, y, theta graph.Value) (x, logSlope graph.Value)
}

type polynomialSpline struct {
	PolynomialSpline
	pieces
}

func (m polynomialSpline) Params() int { return m.params() }

func (m polynomialSpline) Domain() Interval {
	if m.Boxed {
		return Interval{m.Low, m.High}
	}
	return Line
}

func (m polynomialSpline) Codomain() Interval { return m.Domain() }

func (m polynomialSpline) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	if m.OnBase {
		return m.boxed(b, u, theta, m.rise)
	}
	return m.boxed(b, u, theta, m.find)
}

func (m polynomialSpline) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	if m.OnBase {
		return m.boxed(b, x, theta, m.find)
	}
	return m.boxed(b, x, theta, m.rise)
}

// boxed applies f in the box, and outside the identity or the density 0. Arguments are brought into the box before a bin is looked for.
func (m polynomialSpline) boxed(b *graph.Builder, v, theta graph.Value, f func(b *graph.Builder, t, theta graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	inside := graph.And(graph.LessEq(b.Scalar(m.Low), v), graph.LessEq(v, b.Scalar(m.High)))
	at := graph.Select(inside, v, b.Scalar(m.Low+(m.High-m.Low)/2))
	w, logDet = f(b, keep(graph.Scale(graph.Offset(at, -m.Low), 1/(m.High-m.Low)), 0, 1), theta)
	w = keep(graph.Offset(graph.Scale(w, m.High-m.Low), m.Low), m.Low, m.High)
	if m.Boxed {
		return w, graph.Select(inside, logDet, b.Scalar(math.Inf(-1)))
	}
	return graph.Select(inside, w, v), graph.Select(inside, logDet, b.Scalar(0))
}
