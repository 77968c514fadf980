package scalar

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// SumOfSquares is the integral of a sum of squared polynomials, on the data's side (Jaini, Selby and Yu, arXiv 1905.02325, as in zuko):
//
//	u = c + ∫₀ˣ g(v) dv,  du/dx = g(x),  g(v) = MinSlope + 1/K Σₖ (1 + Σ_{l=0}^{L} aₖₗ (v/B)ˡ)²
//
// a polynomial of degree 2L + 1. theta is [a₁₀ … a₁L, a₂₀ …, c], K·(L+1) + 1 numbers of which 0 gives u = (1 + MinSlope)·x; the a are held
// within ±100. The integral is by Gauss–Legendre quadrature with L + 1 nodes, which is exact. Beyond ±Reach lines go on.
//
// Forward solves for x numerically, to the rounding of u divided by the slope. The zero value has three squares of degree 4.
type SumOfSquares struct {
	Polynomials int     // K; 0: 3
	Degree      int     // L, at most 12; 0: 4
	Bound       float64 // B, the unit of x; 0: 10
	Reach       float64 // 0: 2B
	MinSlope    float64 // 0: 10⁻³
	NoShift     bool    // c = 0 and no parameter
}

// Bind implements Map. Errors: a number of polynomials or a degree out of its domain, lengths and slopes that are not positive.
func (m SumOfSquares) Bind(*param.Scope, int) (Bound, error) {
	if m.Polynomials == 0 {
		m.Polynomials = 3
	}
	if m.Degree == 0 {
		m.Degree = 4
	}
	if m.Bound == 0 {
		m.Bound = 10
	}
	if m.Reach == 0 {
		m.Reach = 2 * m.Bound
	}
	if m.MinSlope == 0 {
		m.MinSlope = 1e-3
	}
	switch {
	case m.Polynomials < 1 || m.Polynomials > 1000:
		return nil, fmt.Errorf("%w: a sum of %d squares; choose a number up to 1000", fault.ErrConfig, m.Polynomials)
	case m.Degree < 1 || m.Degree > 12:
		return nil, fmt.Errorf("%w: squares of polynomials of degree %d; choose one of 1 … 12", fault.ErrConfig, m.Degree)
	}
	if err := within("the unit of the polynomials", m.Bound, 0, 1e6); err != nil {
		return nil, err
	}
	if err := within("the reach of the polynomials", m.Reach, 0, 4.001*m.Bound); err != nil {
		return nil, err
	}
	if err := within("the smallest slope", m.MinSlope, 1e-20, 1); err != nil {
		return nil, err
	}
	s := sumOfSquares{SumOfSquares: m}
	s.nodes, s.weights = gaussLegendre(m.Degree + 1)
	return s, nil
}

type sumOfSquares struct {
	SumOfSquares
	nodes, weights []float64
}

func (m sumOfSquares) coefficients() int { return m.Polynomials * (m.Degree + 1) }

func (m sumOfSquares) Params() int {
	if m.NoShift {
		return m.coefficients()
	}
	return m.coefficients() + 1
}

func (sumOfSquares) Domain() Interval   { return Line }
func (sumOfSquares) Codomain() Interval { return Line }

// largestCoefficient keeps squares, and what they are multiplied by, inside float32.
const largestCoefficient = 100

// curve is the polynomial without its shift.
func (m sumOfSquares) curve(b *graph.Builder, theta graph.Value) lined {
	a := graph.Clamp(graph.Slice(theta, 0, 0, m.coefficients()), -largestCoefficient, largestCoefficient)
	integral := func(x graph.Value, args []graph.Value) (u, logSlope graph.Value) {
		n, d := len(m.nodes), x.Shape()[0]
		at := graph.Mul(graph.Reshape(x, 1, d), b.Const(append(m.nodes[:n:n], 1), n+1, 1)) // x itself is the last
		g := m.integrand(b, at, args[0])
		mean := graph.Sum(graph.Mul(graph.Slice(g, 0, 0, n), b.Const(m.weights, n, 1)), 0)
		return graph.Mul(x, mean), graph.Log(row(g, n))
	}
	return lines(integral, -m.Reach, m.Reach, a)
}

// integrand is g at v [N,D].
func (m sumOfSquares) integrand(b *graph.Builder, v, a graph.Value) graph.Value {
	n, d, l := v.Shape()[0], v.Shape()[1], m.Degree+1
	p := powers(b, graph.Scale(graph.Flatten(v), 1/m.Bound), m.Degree)
	p = graph.Mul(graph.Reshape(p, 1, l, n, d), graph.Reshape(a, m.Polynomials, l, 1, d))
	squares := graph.Square(graph.Offset(graph.Sum(p, 1), 1))
	return graph.Offset(graph.Scale(graph.Sum(squares, 0), 1/float64(m.Polynomials)), m.MinSlope)
}

// shift is c, absent where there is none.
func (m sumOfSquares) shift(theta graph.Value) graph.Value {
	if m.NoShift {
		return graph.Value{}
	}
	return row(theta, m.coefficients())
}

func (m sumOfSquares) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	u, logDet = m.curve(b, theta).rise(b, x)
	if c := m.shift(theta); c.Valid() {
		u = graph.Add(u, c)
	}
	return u, logDet
}

func (m sumOfSquares) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	if c := m.shift(theta); c.Valid() {
		u = graph.Sub(u, c)
	}
	return m.curve(b, theta).solve(b, u)
}
