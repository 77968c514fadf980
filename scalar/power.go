package scalar

import (
	"diffeo/graph"
	"diffeo/param"
)

// Power is the power map of Yeo and Johnson (Biometrika 87, 2000) with an exponent of its own on either side of 0,
//
//	y = sign(x)·((1 + |x|)^λ − 1)/λ,  dy/dx = (1 + |x|)^(λ−1),  λ = λ₊ for x ≥ 0 and λ₋ for x < 0
//	x = sign(y)·((1 + λ|y|)^(1/λ) − 1)
//
// which is the identity for λ = 1, and for λ = 0 the logarithm sign(x)·log(1 + |x|), reached without a seam. (Yeo and Johnson
// tie the sides: λ₋ = 2 − λ₊.) The data is x and the base y: exponents under 1 draw the heavy tails of data in, down to those of a
// log-normal. With OnBase it is the other way round.
//
// theta is [raw₊, raw₋], and λ = 1 + tanh(raw) lies between 0 and 2: zero parameters give the identity. Domain and codomain are ℝ. The
// larger a power, the more of its digits come from rounding: |x|^λ is good to about λ·log(1+|x|) roundings. Powers over e^80, and numbers
// beyond ±e^80, close to the ends of float32, are held there, with a finite log-derivative.
type Power struct {
	OnBase bool // the formula maps base to data: Forward is y(x), and exponents over 1 make tails heavier
}

// Bind implements Map.
func (p Power) Bind(*param.Scope, int) (Bound, error) { return power{p}, nil }

type power struct{ Power }

func (power) Params() int        { return 2 }
func (power) Domain() Interval   { return Line }
func (power) Codomain() Interval { return Line }

func (p power) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	if p.OnBase {
		return raise(b, u, theta)
	}
	return extract(b, u, theta)
}

func (p power) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	if p.OnBase {
		return extract(b, x, theta)
	}
	return raise(b, x, theta)
}

// raise is y(x), written with ℓ = log(1+|x|) as ℓ·(e^(λℓ) − 1)/(λℓ), which has no pole at λ = 0 and none at x = 0.
func raise(b *graph.Builder, x, theta graph.Value) (y, logDet graph.Value) {
	right, sign, size := sides(b, x)
	lambda := exponent(b, right, theta)
	l := graph.Min(graph.Log1p(size), b.Scalar(heldExp)) // an infinite point gets numbers
	z := graph.Min(graph.Mul(lambda, l), b.Scalar(heldExp))
	return graph.Mul(sign, graph.Mul(l, expRatio(b, z))), graph.Mul(graph.Offset(lambda, -1), l)
}

// extract is x(y), by ℓ = log(1+λ|y|)/λ likewise.
func extract(b *graph.Builder, y, theta graph.Value) (x, logDet graph.Value) {
	right, sign, size := sides(b, y)
	lambda := exponent(b, right, theta)
	l := graph.Min(logOver(b, lambda, size), b.Scalar(heldExp))
	return graph.Mul(sign, graph.Expm1(l)), graph.Mul(graph.Sub(b.Scalar(1), lambda), l)
}

// exponent is λ of each column's side: 1 + tanh(raw), as 2σ(2·raw), which keeps its digits near 0.
func exponent(b *graph.Builder, right, theta graph.Value) graph.Value {
	raw := graph.Select(right, row(theta, 0), row(theta, 1))
	return graph.Scale(graph.Sigmoid(graph.Scale(raw, 2)), 2)
}
