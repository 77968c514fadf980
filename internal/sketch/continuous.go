package sketch

import g "diffeo/graph"

// A field is a velocity f(t, z) of points. It may use outer values.
type field func(t, z g.Value) g.Value

// A trace makes a function that returns the divergence of f at z, exactly or estimated.
type trace func(b *g.Builder, d int) func(f, z g.Value) g.Value

// continuous is a continuous normalizing flow (Chen et al., "Neural ordinary differential equations", 2018): dz/dt = f(t, z) from data
// at t = 0 to base at t = 1, the log-determinant being ∫ tr ∂f/∂z. Gradients come from the adjoint equation. With sharedSums
// weights stay shared and their gradient is one sum over rows; otherwise each row integrates a gradient of its own.
func continuous(tr trace, sharedSums bool) func(b *g.Builder) error {
	return func(b *g.Builder) error {
		const d, hidden = 3, 5
		x := b.Input("x", d)
		params := []g.Value{
			b.Param("w0", hidden, d), b.Param("b0", hidden), b.Param("time", hidden), b.Param("w1", d, hidden), b.Param("b1", d),
		}
		p := append([]g.Value(nil), params...)
		if !sharedSums {
			for i := range p {
				p[i] = g.OnRows(p[i], 1)
			}
		}
		f := func(t, z g.Value) g.Value {
			h := g.Tanh(g.Add(g.Linear(p[0], z), g.Add(p[1], g.Mul(p[2], g.Reshape(t, 1)))))
			return g.Add(g.Linear(p[3], h), p[4])
		}
		m := flowOf(b, f, tr(b, d), d)
		u, logDet := m.transport(x, false)
		b.Output("inverse", u)
		b.Output("inverse log-det", logDet)
		b.Output("steps", m.steps(x))
		back, _ := m.transport(u, true)
		b.Output("round trip", back)
		y, l := m.transport(b.Input("u", d), true)
		b.Output("forward", y)
		b.Output("forward log-det", l)
		minimize(b, g.Neg(g.MeanRows(g.Add(logNormal(u), logDet))), append(params, x)...)
		return nil
	}
}

type moving struct {
	b         *g.Builder
	f         field
	tr        func(f, z g.Value) g.Value
	tolerance g.Value
}

func flowOf(b *g.Builder, f field, tr func(f, z g.Value) g.Value, d int) moving {
	return moving{b, f, tr, b.SharedInput("tolerance", g.Float)}
}

// velocity is (dz/dt, d log-det/dt) at time t, run backwards from t = 1 if backwards.
func (m moving) velocity(t, z g.Value, backwards bool) []g.Value {
	if backwards {
		t = g.Sub(m.b.Scalar(1), t)
	}
	f := m.f(t, z)
	v := []g.Value{f, m.tr(f, z)}
	if backwards {
		v[0], v[1] = g.Neg(v[0]), g.Neg(v[1])
	}
	return v
}

func (m moving) solver(backwards bool) ode {
	rate := func(t g.Value, y []g.Value) []g.Value { return m.velocity(t, y[0], backwards) }
	return ode{rate: rate, span: 1, tolerance: m.tolerance, mostSteps: 1000}
}

func (m moving) start(z g.Value) []g.Value {
	return []g.Value{z, g.OnRows(m.b.Scalar(0), z.Type().Rows)}
}

func (m moving) steps(z g.Value) g.Value {
	_, _, n := m.solver(false).solve(m.b, m.start(z), nil)
	return n
}

// transport moves z along the field for unit time and returns where it arrives and the log-determinant.
func (m moving) transport(z g.Value, backwards bool) (end, logDet g.Value) {
	forward := func(in []g.Value) []g.Value {
		y, _, _ := m.solver(backwards).solve(m.b, m.start(in[0]), nil)
		return y
	}
	// The adjoint: with s = 1 − t, da/ds = ∂(a·f + γ·tr)/∂z, where γ, the gradient of the log-determinant, stays what it is, and the
	// gradient of an outer value w is ∫ ∂(a·f + γ·tr)/∂w ds. The points are integrated back along with it.
	adjoint := func(c g.CustomCall) (in, captured []g.Value) {
		pull := func(t g.Value, y []g.Value, weight g.Value, wrt ...g.Value) []g.Value {
			z := g.StopGradient(y[0]) // points of later stages depend on outer values by way of earlier ones: hold them fixed
			v := m.velocity(g.Sub(m.b.Scalar(1), t), z, backwards)
			gs := []g.Value{y[1], c.Grad[1]}
			if weight.Valid() {
				gs = []g.Value{g.Mul(y[1], spread(weight, y[1])), g.Mul(c.Grad[1], weight)}
			}
			return append(v[:1:1], g.VJP(v, gs, append(wrt[:len(wrt):len(wrt)], z))...)
		}
		o := m.solver(backwards)
		o.rate = func(t g.Value, y []g.Value) []g.Value {
			r := pull(t, y, g.Value{})
			return []g.Value{g.Neg(r[0]), r[1]}
		}
		var outer []g.Value // captured values whose gradient is asked for
		for i, v := range c.Captured {
			if c.NeedCaptured[i] {
				outer = append(outer, v)
			}
		}
		o.sums = func(t g.Value, y []g.Value, weight g.Value) []g.Value {
			return pull(t, y, weight, outer...)[1:][:len(outer)]
		}
		sums := make([]g.Value, len(outer))
		for i, v := range outer {
			sums[i] = g.ZerosLike(v)
		}
		end, sums, _ := o.solve(m.b, []g.Value{c.Out[0], c.Grad[0]}, sums)
		captured = make([]g.Value, len(c.Captured))
		for i, need := range c.NeedCaptured {
			if need {
				captured[i], sums = sums[0], sums[1:]
			}
		}
		return []g.Value{end[1]}, captured
	}
	y := g.Custom("transport", []g.Value{z}, forward, adjoint)
	return y[0], y[1]
}

// exactTrace takes a vector–Jacobian product for each dimension.
func exactTrace(b *g.Builder, d int) func(f, z g.Value) g.Value {
	return func(f, z g.Value) g.Value {
		sum := b.Scalar(0)
		for i := range d {
			e := make([]float64, d)
			e[i] = 1
			row := g.VJP([]g.Value{f}, []g.Value{g.OnRows(b.Const(e, d), f.Type().Rows)}, []g.Value{z})[0]
			sum = g.Add(sum, g.Reshape(g.Slice(row, 0, i, i+1)))
		}
		return sum
	}
}

// hutchinson estimates the trace by εᵀJε with a vector of signs that stays the same along the way (Grathwohl et al., "FFJORD", 2019).
func hutchinson(noise func(b *g.Builder, d int) g.Value) trace {
	return func(b *g.Builder, d int) func(f, z g.Value) g.Value {
		e := noise(b, d)
		return func(f, z g.Value) g.Value {
			return g.Sum(g.Mul(e, g.VJP([]g.Value{f}, []g.Value{e}, []g.Value{z})[0]))
		}
	}
}

func drawnSigns(b *g.Builder, d int) g.Value {
	return g.Random(b.SharedInput("key", g.Uint32, 2), g.Rademacher, "signs", 1, d)
}

// givenSigns lets a test choose them.
func givenSigns(b *g.Builder, d int) g.Value { return b.Input("signs", d) }
