package scalar

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// LambertW makes tails heavier, on either side its own (Goerg, arXiv 1010.2265: Lambert W × normal; the transform pair is that of Tukey's h):
//
//	x = u·e^(δu²/2),  log dx/du = log(1 + δu²) + δu²/2,  δ = δ₊ for u ≥ 0 and δ₋ for u < 0
//	u = x·e^(−V/2),  V = W(δx²) = δu²
//
// with Lambert's function W, the solution of W·e^W = y. Of a normal base P(|X| > x) falls like x^(−1/δ), so that moments of order 1/δ and above do
// not exist; δ = 0 is the identity. Domain and codomain are ℝ. theta is [raw₊, raw₋] with δ = 2σ(raw − log 199), between 0 and 2, and 1/100 at
// zero parameters. Both directions keep their digits far out. Values over 10³⁵ are held there.
type LambertW struct{}

const (
	mostLambert  = 2.
	firstLambert = 0.01
)

// Bind implements Map.
func (LambertW) Bind(*param.Scope, int) (Bound, error) { return lambert{}, nil }

type lambert struct{}

func (lambert) Params() int        { return 2 }
func (lambert) Domain() Interval   { return Line }
func (lambert) Codomain() Interval { return Line }

func (lambert) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	right, sign, size := sides(b, u)
	delta := lambertWeight(right, theta)
	v := graph.Mul(delta, graph.Square(graph.Min(size, b.Scalar(heldNormal))))
	z := graph.Min(graph.Scale(v, 0.5), b.Scalar(heldExp))
	x = graph.Min(graph.Mul(graph.Min(size, b.Scalar(heldTail)), graph.Exp(z)), b.Scalar(heldTail))
	return graph.Mul(sign, x), graph.Add(graph.Log1p(graph.Scale(z, 2)), z)
}

// Inverse takes u = x·e^(−V/2) near 0 and the root of u² = V/δ farther out, where e^(−V/2) would lose digits.
func (lambert) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	right, sign, size := sides(b, x)
	size = graph.Min(size, b.Scalar(heldTail)) // an infinite point gets numbers
	delta, one := lambertWeight(right, theta), b.Scalar(1)
	held := graph.Min(size, b.Scalar(heldNormal))
	near := graph.Less(graph.Mul(delta, graph.Square(held)), one) // δx² < 1; over it the logarithm of δx² is taken, which does not overflow
	vNear := lambertNear(graph.Mul(delta, graph.Square(graph.Select(near, held, b.Scalar(0)))))
	safe := graph.Select(near, one, delta)
	vFar := lambertOfExp(graph.Add(graph.Log(safe), graph.Scale(graph.Log(graph.Select(near, one, size)), 2)))
	u = graph.Select(near, graph.Mul(size, graph.Exp(graph.Scale(vNear, -0.5))), graph.Sqrt(graph.Div(vFar, safe)))
	v := graph.Select(near, vNear, vFar)
	return graph.Mul(sign, u), graph.Neg(graph.Add(graph.Log1p(v), graph.Scale(v, 0.5)))
}

// lambertWeight is δ of each column's side.
func lambertWeight(right, theta graph.Value) graph.Value {
	raw := graph.Select(right, row(theta, 0), row(theta, 1))
	return graph.Scale(graph.Sigmoid(graph.Offset(raw, -math.Log(mostLambert/firstLambert-1))), mostLambert)
}

// lambertNear is W(y) for 0 ≤ y ≤ 1, by Halley's iteration on W·e^W − y; W′ = e^(−W)/(1 + W).
func lambertNear(y graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		y := in[0]
		w := graph.Div(y, graph.Offset(graph.Scale(y, 0.76), 1))
		for range 3 { // with f = W − y·e^(−W) the step is f·(1+W) / ((1+W)² − f·(2+W)/2)
			f := graph.Sub(w, graph.Mul(y, graph.Exp(graph.Neg(w))))
			up := graph.Offset(w, 1)
			below := graph.Sub(graph.Square(up), graph.Scale(graph.Mul(f, graph.Offset(w, 2)), 0.5))
			w = graph.Sub(w, graph.Div(graph.Mul(f, up), below))
		}
		return []graph.Value{w}
	}
	return graph.Custom("Lambert W", []graph.Value{y}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		w := c.Out[0]
		return []graph.Value{graph.Div(graph.Mul(c.Grad[0], graph.Exp(graph.Neg(w))), graph.Offset(w, 1))}, nil
	})[0]
}

// lambertOfExp is V = W(e^s) for s ≥ 0, the solution of V + log V = s, by the iteration of Fritsch, Shafer and Crowley (Comm. ACM 16, 1973), of fourth
// order; V′ = V/(1 + V).
func lambertOfExp(s graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		s := graph.Max(in[0], graph.ZerosLike(in[0]))
		v := graph.Offset(graph.Sub(s, graph.Log1p(s)), 0.567)
		for range 3 {
			z := graph.Sub(graph.Sub(s, v), graph.Log(v))
			up := graph.Offset(v, 1)
			q := graph.Scale(graph.Mul(up, graph.Add(up, graph.Scale(z, 2./3))), 2)
			e := graph.Mul(graph.Div(z, up), graph.Div(graph.Sub(q, z), graph.Sub(q, graph.Scale(z, 2))))
			v = graph.Add(v, graph.Mul(v, e))
		}
		return []graph.Value{v}
	}
	return graph.Custom("Lambert W of an exponential", []graph.Value{s}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		v := c.Out[0]
		return []graph.Value{graph.Mul(c.Grad[0], graph.Div(v, graph.Offset(v, 1)))}, nil
	})[0]
}
