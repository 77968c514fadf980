package scalar

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// SinhArcsinh skews and changes tails (Jones and Pewsey, Biometrika 96, 2009):
//
//	x = sinh((arsinh(u) + ε)/δ),  log dx/du = log cosh((arsinh(u) + ε)/δ) − log cosh(arsinh(u)) − log δ
//	u = sinh(δ·arsinh(x) − ε)
//
// ε > 0 skews to the right; δ < 1 gives heavier tails, those of |u|^(1/δ), and δ > 1 lighter ones. Domain and codomain are ℝ. theta is [ε, raw], and δ =
// exp(2·tanh(raw/2)) lies between e^−2 and e²: zero parameters give the identity. Both directions keep their digits far out. Arguments of sinh
// over 80, which are beyond the numbers of float32, are held there, and so are points beyond ±10³⁵.
type SinhArcsinh struct{}

// Bind implements Map.
func (SinhArcsinh) Bind(*param.Scope, int) (Bound, error) { return sinhArcsinh{}, nil }

type sinhArcsinh struct{}

func (sinhArcsinh) Params() int        { return 2 }
func (sinhArcsinh) Domain() Interval   { return Line }
func (sinhArcsinh) Codomain() Interval { return Line }

func (sinhArcsinh) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	delta, log := BoundedExp{Bound: 2}.Factor(row(theta, 1))
	a := arsinh(b, u)
	v := graph.Clamp(graph.Div(graph.Add(a, row(theta, 0)), delta), -heldExp, heldExp)
	return sinh(b, v), graph.Sub(graph.Sub(logCosh(v), logCosh(a)), log)
}

func (sinhArcsinh) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	delta, log := BoundedExp{Bound: 2}.Factor(row(theta, 1))
	a := arsinh(b, x)
	v := graph.Clamp(graph.Sub(graph.Mul(a, delta), row(theta, 0)), -heldExp, heldExp)
	return sinh(b, v), graph.Add(graph.Sub(logCosh(v), logCosh(a)), log)
}

// arsinh is ±log(1 + a + a²/(1 + √(1+a²))) for the size a, which keeps the digits of small ones, and ±log(2a) where a² would overflow.
func arsinh(b *graph.Builder, x graph.Value) graph.Value {
	_, sign, size := sides(b, x)
	size = graph.Min(size, b.Scalar(heldTail)) // an infinite point gets numbers
	one := b.Scalar(1)
	huge := graph.Greater(size, b.Scalar(1e9))
	square := graph.Square(graph.Select(huge, one, size))
	near := graph.Log1p(graph.Add(size, graph.Div(square, graph.Offset(graph.Sqrt(graph.Offset(square, 1)), 1))))
	far := graph.Offset(graph.Log(graph.Select(huge, size, one)), math.Ln2)
	return graph.Mul(sign, graph.Select(huge, far, near))
}

// sinh is ±(e + e/(1+e))/2 for e = e^|v| − 1.
func sinh(b *graph.Builder, v graph.Value) graph.Value {
	_, sign, size := sides(b, v)
	e := graph.Expm1(size)
	return graph.Mul(sign, graph.Scale(graph.Add(e, graph.Div(e, graph.Offset(e, 1))), 0.5))
}

// logCosh is log cosh v.
func logCosh(v graph.Value) graph.Value {
	return graph.Offset(graph.Sub(graph.Softplus(graph.Scale(v, 2)), v), -math.Ln2)
}
