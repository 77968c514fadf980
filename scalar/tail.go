package scalar

import (
	"fmt"
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// Tail is the tail transform of Hickling and Prangle (arXiv 2406.16971), which gives the tails of a normal base power laws, on either side
// its own:
//
//	x = t + c·s·sign(u)·(erfc(|u|/√2)^(−λ) − 1)/λ,  λ = λ₊ for u ≥ 0 and λ₋ for u < 0,  c = √(π/2)
//
// Of a normal base P(X > x) falls like x^(−1/λ₊), so that λ is the tail's weight: a Cauchy's is 1, a Student t's the inverse of its degrees
// of freedom, and λ → 0 gives exponential tails. With E = −log erfc(|u|/√2) the power is e^(λE), log|dx/du| = log s + λE − log erfcx(|u|/√2)
// for erfcx(w) = e^(w²)·erfc(w), and the inverse is |u| = E⁻¹(log(1 + λ|x−t|/(c·s))/λ). Domain and codomain are ℝ; put it at the end of a flow, on the
// data's side, where the maps before it shape the middle.
//
// theta is [t, raw s, raw λ₊, raw λ₋] with s = Scale(raw) and λ = 2σ(raw − log 39), between 0 and 2. Zero parameters give t = 0, λ = 1/20: light
// tails, and with s = 1 the slope 1 in the middle. It is not the identity: the lightest tails are those of an exponential law. Both
// directions keep their digits far out, also in float32 (|u| of 12 and more, |x| up to 10³⁰). Values over 10³⁵ are held there.
type Tail struct {
	Scale Scale // nil: BoundedExp{}
}

const (
	heaviestTail = 2.
	firstTail    = 0.05 // λ at zero parameters
	heldTail     = 1e35 // largest |x|, and the largest |x−t|/s whose inverse is computed
	heldNormal   = 1e17 // largest |u|: its square is far inside float32
)

// Bind implements Map. Errors: a scale with a field out of its domain.
func (m Tail) Bind(*param.Scope, int) (Bound, error) {
	if m.Scale == nil {
		m.Scale = BoundedExp{}
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("tail transform: %w", err)
	}
	return tail{m.Scale}, nil
}

type tail struct{ scale Scale }

func (tail) Params() int        { return 4 }
func (tail) Domain() Interval   { return Line }
func (tail) Codomain() Interval { return Line }

func (m tail) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	t, s, logS := m.affine(theta)
	right, sign, size := sides(b, u)
	lambda := tailWeight(right, theta)
	w := graph.Scale(graph.Min(size, b.Scalar(heldNormal)), math.Sqrt2/2)
	e := negLogErfc(w)
	z := graph.Min(graph.Mul(lambda, e), b.Scalar(heldExp))
	x = graph.Min(graph.Scale(graph.Mul(e, expRatio(b, z)), math.Sqrt(math.Pi/2)), b.Scalar(heldTail))
	logDet = graph.Add(graph.Add(logS, z), graph.Log(inverseErfcx(w)))
	return graph.Add(graph.Mul(graph.Mul(sign, x), s), t), logDet
}

func (m tail) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	t, s, logS := m.affine(theta)
	right, sign, size := sides(b, graph.Div(graph.Sub(x, t), s))
	lambda := tailWeight(right, theta)
	size = graph.Scale(graph.Min(size, b.Scalar(heldTail)), math.Sqrt(2/math.Pi))
	over := graph.Mul(lambda, size)
	w := solveNegLogErfc(logOver(b, lambda, size))
	logDet = graph.Neg(graph.Add(graph.Add(logS, graph.Log1p(over)), graph.Log(inverseErfcx(w))))
	return graph.Mul(sign, graph.Scale(w, math.Sqrt2)), logDet
}

func (m tail) affine(theta graph.Value) (t, s, logS graph.Value) {
	s, logS = m.scale.Factor(row(theta, 1))
	return row(theta, 0), s, logS
}

// tailWeight is λ of each column's side.
func tailWeight(right, theta graph.Value) graph.Value {
	raw := graph.Select(right, row(theta, 2), row(theta, 3))
	return graph.Scale(graph.Sigmoid(graph.Offset(raw, -math.Log(heaviestTail/firstTail-1))), heaviestTail)
}
