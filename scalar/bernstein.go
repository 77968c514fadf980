package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Bernstein is an increasing polynomial in Bernstein form on the data's side (Sick, Hothorn and Dürr, arXiv 2004.00464):
//
//	u = Σᵢ C(n,i) tⁱ (1−t)ⁿ⁻ⁱ ϑᵢ,  t = (x + B)/2B,  ϑᵢ = ϑ₀ + Σ_{j≤i} δⱼ with every δ > 0,  du/dx = n/2B Σᵢ C(n−1,i) tⁱ (1−t)ⁿ⁻¹⁻ⁱ δᵢ₊₁
//
// for −B < x < B. ϑ₀ = −B, ϑₙ = B, and the first and last two of the δ are 2B/n, so that it joins the identity outside with equal first and
// second derivatives; the others are shares of what remains, the softmax of theta, n − 4 numbers of which 0 gives the identity. With Free
// the range is learned too: theta is [raw of ϑ₀, raws of δ], n − 1 numbers, δ = 2B/n·softplus(raw + log(e−1)) with the first and the last
// one twice, and lines go on outside. Their slopes are held between 10⁻⁶ and 10⁴.
//
// Forward solves for x numerically, to the rounding of u divided by the slope. The zero value has degree 16 on −5 … 5.
type Bernstein struct {
	Degree int     // n; 0: 16. At least 5, or 3 with Free, and at most 60
	Bound  float64 // B; 0: 5
	Free   bool

	Unshifted bool    // with Free: δ = softplus(raw), ϑ₀ = raw − (n−1)/2·log 2 (zuko)
	Margin    float64 // share of the box at either end that belongs to the tails (zuko: 10⁻⁶). Without Free it leaves u = x ± 2B·Margin there, as in zuko
}

// Bind implements Map. Errors: a degree or a bound out of its domain, a margin without a box between.
func (m Bernstein) Bind(*param.Scope, int) (Bound, error) {
	if m.Degree == 0 {
		m.Degree = 16
	}
	if m.Bound == 0 {
		m.Bound = 5
	}
	least := 5
	if m.Free {
		least = 3
	}
	if m.Degree < least || m.Degree > 60 {
		return nil, fmt.Errorf("%w: a Bernstein polynomial of degree %d; choose one of %d … 60", fault.ErrConfig, m.Degree, least)
	}
	if err := within("the bound of a Bernstein polynomial", m.Bound, 0, 1e6); err != nil {
		return nil, err
	}
	if m.Margin != 0 {
		if err := within("the margin of a Bernstein polynomial", m.Margin, 0, 0.5); err != nil {
			return nil, err
		}
	}
	return bernsteinMap{m}, nil
}

type bernsteinMap struct{ Bernstein }

func (m bernsteinMap) Params() int {
	if m.Free {
		return m.Degree - 1
	}
	return m.Degree - 4
}

func (bernsteinMap) Domain() Interval   { return Line }
func (bernsteinMap) Codomain() Interval { return Line }

// coefficients are ϑ [n+1,D] and δ [n,D].
func (m bernsteinMap) coefficients(b *graph.Builder, theta graph.Value) (at, rise graph.Value) {
	d, n := theta.Shape()[1], m.Degree
	if m.Free {
		first, raw := graph.Slice(theta, 0, 0, 1), graph.Slice(theta, 0, 1, n-1)
		index := []int{0}
		for i := range n - 2 {
			index = append(index, i)
		}
		raw = graph.Take(raw, 0, append(index, n-3))
		unit, shift := 1., 0.
		if m.Unshifted {
			first = graph.Offset(first, -math.Ln2*float64(n-1)/2)
		} else {
			unit, shift = 2*m.Bound/float64(n), math.Log(math.E-1)
			first = graph.Offset(first, -m.Bound)
		}
		rise = graph.Softplus(graph.Offset(raw, shift))
		rise = graph.Scale(graph.Max(graph.Min(rise, b.Scalar(maxSlope)), b.Scalar(minRise)), unit)
		return graph.CumSum(graph.Concat(0, first, rise), graph.Cumulation{}), rise
	}
	e := 2 * m.Bound / float64(n)
	end := graph.Broadcast(b.Scalar(e), 2, d)
	inner := graph.Scale(graph.Softmax(theta, 0), 2*m.Bound-4*e)
	end = graph.OnRows(end, inner.Type().Rows)
	rise = graph.Concat(0, end, inner, end)
	start := graph.OnRows(graph.Broadcast(b.Scalar(-m.Bound), 1, d), inner.Type().Rows)
	return graph.CumSum(graph.Concat(0, start, rise), graph.Cumulation{}), rise
}

// minRise is the least δ of a Free polynomial, in its unit.
const minRise = 1e-6

// inside is the polynomial for x in the box.
func (m bernsteinMap) inside(b *graph.Builder) rising {
	return func(x graph.Value, args []graph.Value) (u, logSlope graph.Value) {
		n := m.Degree
		t := graph.Clamp(graph.Scale(graph.Offset(x, m.Bound), 0.5/m.Bound), 0, 1)
		p, q := powers(b, t, n), powers(b, graph.Offset(graph.Neg(t), 1), n)
		u = graph.Sum(graph.Mul(bernstein(b, p, q, n), args[0]), 0)
		slope := graph.Sum(graph.Mul(bernstein(b, p, q, n-1), args[1]), 0)
		return u, graph.Log(graph.Scale(slope, float64(n)/(2*m.Bound)))
	}
}

// curve is the polynomial with its tails.
func (m bernsteinMap) curve(b *graph.Builder, theta graph.Value) lined {
	at, rise := m.coefficients(b, theta)
	edge := m.Bound * (1 - 2*m.Margin)
	l := lines(m.inside(b), -edge, edge, at, rise)
	if !m.Free { // also where the margin is not 0
		l.given = &[2]end{{-edge, b.Scalar(-m.Bound), b.Scalar(0)}, {edge, b.Scalar(m.Bound), b.Scalar(0)}}
	}
	return l
}

func (m bernsteinMap) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	return m.curve(b, theta).rise(b, x)
}

func (m bernsteinMap) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return m.curve(b, theta).solve(b, u)
}
