package scalar

import (
	"math"

	"diffeo/graph"
)

// What the normal distribution function Φ needs in its tails. With |z| = √2·y, t = 2/(2 + y) and a smooth h
//
//	log Φ(−|z|) = −z²/2 − log 2 + h(t) + log t
//
// where h is a Chebyshev series on 0 ≤ t ≤ 1, whose coefficients are computed from erfc: a relative error of Φ of some 10⁻¹⁵ (in float32
// some 10⁻⁶), and beside that the rounding of z²/2.

// tailTerms is the number of coefficients; those left out are below 10⁻¹⁶.
const tailTerms = 30

// tailSeries is the coefficients of h.
func tailSeries() []float64 {
	const n = 60
	values := make([]float64, n)
	for k := range values {
		t := (1 + math.Cos(math.Pi*(float64(k)+0.5)/n)) / 2
		values[k] = math.Log(scaledTail(2/t-2)) - math.Log(t)
	}
	c := make([]float64, tailTerms)
	for j := range c {
		for k, v := range values {
			c[j] += v * math.Cos(math.Pi*float64(j)*(float64(k)+0.5)/n) * 2 / n
		}
	}
	c[0] /= 2
	return c
}

// scaledTail is e^(y²)·erfc(y) for y ≥ 0: from 2 on by Laplace's continued fraction.
func scaledTail(y float64) float64 {
	if y < 2 {
		return math.Erfc(y) * math.Exp(y*y)
	}
	f := y
	for k := 400; k >= 1; k-- {
		f = y + float64(k)/2/f
	}
	return 1 / (f * math.Sqrt(math.Pi))
}

// log2Pi2 is ½·log 2π.
var log2Pi2 = math.Log(2*math.Pi) / 2

// normalTails is log Φ(z), log Φ(−z) and log(Φ(−|z|)/φ(z)). No derivative of the first order cancels.
func normalTails(b *graph.Builder, z graph.Value) (lower, upper, mills graph.Value) {
	forward := func(in []graph.Value) []graph.Value {
		z := in[0]
		mills := logMills(b, z)
		far := graph.Sub(mills, graph.Offset(graph.Scale(graph.Square(z), 0.5), log2Pi2)) // log Φ(−|z|)
		near := graph.Log1p(graph.Neg(graph.Exp(far)))
		negative := graph.Less(z, b.Scalar(0))
		return []graph.Value{graph.Select(negative, far, near), graph.Select(negative, near, far), mills}
	}
	out := graph.Custom("log Φ", []graph.Value{z}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		z, mills := c.In[0], c.Out[2]
		lower, upper := logHazard(b, z, c.Out[0], mills), logHazard(b, graph.Neg(z), c.Out[1], mills)
		g := graph.Sub(graph.Mul(c.Grad[0], graph.Exp(lower)), graph.Mul(c.Grad[1], graph.Exp(upper)))
		slope := graph.Mul(graph.Sub(graph.Abs(z), graph.Exp(graph.Neg(mills))), graph.Sign(z))
		return []graph.Value{graph.Add(g, graph.Mul(c.Grad[2], slope))}, nil
	})
	return out[0], out[1], out[2]
}

// logHazard is log(φ(z)/Φ(z)), from log Φ(z) where that is near 0 and from mills where it is not.
func logHazard(b *graph.Builder, z, log, mills graph.Value) graph.Value {
	flat := graph.Neg(graph.Add(graph.Offset(graph.Scale(graph.Square(z), 0.5), log2Pi2), graph.Clamp(log, -1, 0)))
	return graph.Select(graph.Less(z, b.Scalar(0)), graph.Neg(mills), flat)
}

// logMills is log(Φ(−|z|)/φ(z)).
func logMills(b *graph.Builder, z graph.Value) graph.Value {
	t := graph.Div(b.Scalar(2), graph.Offset(graph.Scale(graph.Abs(z), math.Sqrt2/2), 2))
	s := graph.Offset(graph.Scale(t, 4), -2) // twice the argument of the Chebyshev polynomials
	c := tailSeries()
	last, before := b.Scalar(c[tailTerms-1]), b.Scalar(0)
	for j := tailTerms - 2; j >= 1; j-- {
		last, before = graph.Offset(graph.Sub(graph.Mul(s, last), before), c[j]), last
	}
	h := graph.Offset(graph.Sub(graph.Scale(graph.Mul(s, last), 0.5), before), c[0])
	return graph.Offset(graph.Add(h, graph.Log(t)), log2Pi2-math.Ln2)
}

// normalQuantile is the m ≥ 0 with log Φ(−m) = v, for v ≤ log ½ (and 0 from there on).
func normalQuantile(b *graph.Builder, v graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		v := graph.Min(in[0], b.Scalar(-math.Ln2))
		// Within 5·10⁻⁴ (Abramowitz and Stegun, 26.2.23); each step of Newton's method squares the error.
		r := graph.Sqrt(graph.Scale(v, -2))
		top := graph.Offset(graph.Mul(graph.Offset(graph.Scale(r, 0.010328), 0.802853), r), 2.515517)
		bottom := graph.Offset(graph.Mul(graph.Offset(graph.Mul(graph.Offset(graph.Scale(r, 0.001308), 0.189269), r), 1.432788), r), 1)
		m := graph.Sub(r, graph.Div(top, bottom))
		for range 2 {
			log := logMills(b, m)
			off := graph.Sub(graph.Sub(log, graph.Offset(graph.Scale(graph.Square(m), 0.5), log2Pi2)), v)
			m = graph.Add(m, graph.Mul(off, graph.Exp(log)))
		}
		return []graph.Value{graph.Max(m, b.Scalar(0))}
	}
	return graph.Custom("Φ⁻¹", []graph.Value{v}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		slope := graph.Exp(logMills(b, c.Out[0])) // Φ/φ at −m
		return []graph.Value{graph.Neg(graph.Mul(c.Grad[0], slope))}, nil
	})[0]
}
