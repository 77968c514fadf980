package sketch

import g "diffeo/graph"

const (
	stopping  = 0.4 // probability that the number of terms ends at each term
	mostTerms = 40
	lipschitz = 0.7 // of each layer, so that of the branch is half
)

// residualBlock is u = x + h(x), h a network with Lipschitz constant < 1 (Chen et al., "Residual flows for invertible generative
// modeling", 2019). log det(1 + J) = Σ (−1)ᵏ⁺¹ tr(Jᵏ)/k is estimated from the first N terms, each divided by the probability
// that N reaches it, and Hutchinson's trace. N is the input "terms", P(N ≥ k) = (1 − stopping)ᵏ⁻¹.
func residualBlock(noise func(b *g.Builder, d int) g.Value) func(b *g.Builder) error {
	return func(b *g.Builder) error {
		const d = 3
		x, n := b.Input("x", d), b.SharedInput("terms", g.Float)
		h, params := branch(b, d)
		e := noise(b, d)
		u := g.Add(x, h(x))
		b.Output("inverse", u)
		b.Output("round trip", fixedPoint(b, u, h))
		series := powerSeries(b, h, x, e, n)
		b.Output("inverse log-det estimate", series)
		neumann := neumannSeries(b, h, x, e, n)
		wrt := append(params, x)
		for i, v := range g.Gradient(g.SumRows(neumann), wrt...) {
			b.Output("neumann grad "+string(wrt[i].Node().Attr.(g.Name)), v)
		}
		minimize(b, g.Neg(g.MeanRows(g.Add(logNormal(u), series))), wrt...)
		return nil
	}
}

// branch is h and its parameters.
func branch(b *g.Builder, d int) (h func(x g.Value) g.Value, params []g.Value) {
	const hidden = 5
	w0, w1 := b.Param("w0", hidden, d), b.Param("w1", d, hidden)
	b0, b1 := b.Param("b0", hidden), b.Param("b1", d)
	s0, s1 := spectral(b, "w0", w0), spectral(b, "w1", w1)
	return func(x g.Value) g.Value {
		return g.Add(g.Linear(s1, g.Tanh(g.Add(g.Linear(s0, x), b0))), b1)
	}, []g.Value{w0, w1, b0, b1}
}

// spectral scales w down to a spectral norm of at most lipschitz. The norm σ = uᵀWv comes from one step of power iteration, which
// the next run continues (Miyato et al., "Spectral normalization for generative adversarial networks", 2018). Gradients flow through σ, not through u, v.
func spectral(b *g.Builder, name string, w g.Value) g.Value {
	n, k := w.Shape()[0], w.Shape()[1]
	u := b.Param(name+".left", n)
	column := func(x g.Value) g.Value { return g.Reshape(x, x.Shape()[0], 1) }
	unit := func(x g.Value) g.Value { return g.Div(x, g.Sqrt(g.Offset(g.Sum(g.Square(x)), 1e-24))) }
	v := unit(g.Reshape(g.MatMul(g.Transpose(w), column(u)), k))
	u2 := unit(g.Reshape(g.MatMul(w, column(v)), n))
	u2, v = g.StopGradient(u2), g.StopGradient(v)
	if b.Training() {
		b.Update(u, u2)
	}
	sigma := g.Sum(g.Mul(u2, g.Reshape(g.MatMul(w, column(v)), n)))
	return g.Div(w, g.Max(b.Scalar(1), g.Scale(sigma, 1/lipschitz)))
}

// powerSeries is Σ_{k≤n} (−1)ᵏ⁺¹ εᵀJᵏε / (k·P(N ≥ k)).
func powerSeries(b *g.Builder, h func(g.Value) g.Value, x, e, n g.Value) g.Value {
	zero := g.OnRows(b.Scalar(0), x.Type().Rows)
	out := g.Repeat(n, mostTerms, []g.Value{e, zero}, func(i g.Value, c []g.Value) []g.Value {
		v := g.VJP([]g.Value{h(x)}, c[:1], []g.Value{x})[0]
		weight := g.Div(alternating(i), g.Mul(g.Offset(i, 1), reached(b, i)))
		return []g.Value{v, g.Add(c[1], g.Mul(weight, g.Sum(g.Mul(v, e))))}
	})
	return out[1]
}

// neumannSeries has the gradient Σ_{k≤n} (−1)ᵏ εᵀJᵏ(∂J)ε / P(N > k), whose memory does not grow with n; its value means nothing.
func neumannSeries(b *g.Builder, h func(g.Value) g.Value, x, e, n g.Value) g.Value {
	out := g.Repeat(n, mostTerms, []g.Value{e, g.ZerosLike(e)}, func(i g.Value, c []g.Value) []g.Value {
		sum := g.Add(c[1], g.Mul(g.Div(alternating(i), reached(b, i)), c[0]))
		return []g.Value{g.VJP([]g.Value{h(x)}, c[:1], []g.Value{x})[0], sum}
	})
	pulled := g.VJP([]g.Value{h(x)}, []g.Value{g.StopGradient(out[1])}, []g.Value{x})[0]
	return g.Sum(g.Mul(pulled, e))
}

// alternating is (−1)ⁱ.
func alternating(i g.Value) g.Value {
	half := g.Scale(i, 0.5)
	odd := g.Scale(g.Sub(half, g.Floor(half)), 2)
	return g.Offset(g.Scale(odd, -2), 1)
}

// reached is P(N > i).
func reached(b *g.Builder, i g.Value) g.Value { return g.Pow(b.Scalar(1-stopping), i) }

// fixedPoint is the x with x + h(x) = u, found by x ← u − h(x), which contracts.
func fixedPoint(b *g.Builder, u g.Value, h func(g.Value) g.Value) g.Value {
	cond := func(c []g.Value) g.Value {
		moved := g.MaxOver(g.Abs(g.Sub(c[0], c[1])), 0)
		return g.And(g.Greater(moved, b.Scalar(1e-13)), g.Less(c[2], b.Scalar(200)))
	}
	step := func(c []g.Value) []g.Value {
		return []g.Value{g.Sub(u, h(c[0])), c[0], g.Offset(c[2], 1)}
	}
	return g.While([]g.Value{u, g.Offset(u, 1), b.Scalar(0)}, cond, step)[0]
}
