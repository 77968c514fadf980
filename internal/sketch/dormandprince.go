package sketch

import g "diffeo/graph"

// The tableau of Dormand and Prince, "A family of embedded Runge–Kutta formulae", 1980: order 5, with an error estimate of order 4.
var (
	dpNodes  = []float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
	dpStages = [][]float64{
		{},
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84}, // the step itself
	}
	dpError = []float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// ode is dy/dt = rate(t, y) from t = 0 to span, y being several per-row values. Each row has its own t and step.
type ode struct {
	rate func(t g.Value, y []g.Value) []g.Value
	// sums gives integrands that feed nothing back, times a weight that differs between rows; they are added up along the accepted
	// steps. One that is shared has been summed over rows, with weight 0 for rows that are done. May be nil.
	sums      func(t g.Value, y []g.Value, weight g.Value) []g.Value
	span      float64
	tolerance g.Value // relative and absolute, per step
	mostSteps int
}

// solve returns y at span, the sums, and the number of steps that each row took, accepted or not.
func (o ode) solve(b *g.Builder, y, sums []g.Value) (final, totals []g.Value, steps g.Value) {
	one := b.Scalar(1)
	going := func(t, n g.Value) g.Value {
		return g.And(g.Less(t, b.Scalar(o.span)), g.Less(n, b.Scalar(float64(o.mostSteps))))
	}
	shared := false
	for _, s := range sums {
		shared = shared || !s.PerRow()
	}
	cond := func(carry []g.Value) g.Value {
		c := going(carry[0], carry[2])
		if shared { // all rows step together, those that are done by 0
			c = g.Greater(g.SumRows(g.ToFloat(c)), b.Scalar(0))
		}
		return c
	}
	step := func(carry []g.Value) []g.Value {
		t, h, n, y, sums := carry[0], carry[1], carry[2], carry[3:3+len(y)], carry[3+len(y):]
		on := going(t, n)
		left := g.Sub(b.Scalar(o.span), t)
		last := g.LessEq(left, h)
		dt := g.Select(on, g.Select(last, left, h), b.Scalar(0))
		var ks, ys [][]g.Value
		for s, row := range dpStages {
			ys = append(ys, combine(y, dt, row, ks))
			ks = append(ks, o.rate(g.Add(t, g.Scale(dt, dpNodes[s])), ys[s]))
		}
		next := ys[len(ys)-1]
		size := o.errorNorm(b, y, next, combine(nil, dt, dpError, ks))
		accept := g.LessEq(size, one)
		factor := g.Clamp(g.Scale(g.Pow(g.Max(size, b.Scalar(1e-8)), b.Scalar(-0.2)), 0.9), 0.2, 5)
		out := []g.Value{
			g.Select(accept, g.Select(last, b.Scalar(o.span), g.Add(t, dt)), t),
			g.Select(on, g.Mul(dt, factor), h),
			g.Add(n, g.ToFloat(on)),
		}
		for i := range y {
			out = append(out, g.Select(accept, next[i], y[i]))
		}
		if o.sums != nil {
			taken := g.Select(accept, dt, b.Scalar(0))
			for s, weight := range dpStages[6] {
				if weight == 0 {
					continue
				}
				for i, v := range o.sums(g.Add(t, g.Scale(dt, dpNodes[s])), ys[s], g.Scale(taken, weight)) {
					sums[i] = g.Add(sums[i], v)
				}
			}
		}
		return append(out, sums...)
	}
	zero := g.OnRows(b.Scalar(0), y[0].Type().Rows)
	init := append([]g.Value{zero, g.Offset(zero, o.span/8), zero}, y...)
	out := g.While(append(init, sums...), cond, step)
	return out[3 : 3+len(y)], out[3+len(y):], out[2]
}

// errorNorm is the root mean square of the error of a step, in units of the tolerance.
func (o ode) errorNorm(b *g.Builder, y, next, err []g.Value) g.Value {
	sum, count := b.Scalar(0), 0
	for i := range y {
		size := g.Max(g.Abs(y[i]), g.Abs(next[i]))
		sum = g.Add(sum, g.Sum(g.Square(g.Div(err[i], g.Mul(o.tolerance, g.Offset(size, 1))))))
		count += y[i].Shape().Size()
	}
	return g.Sqrt(g.Scale(sum, 1/float64(count)))
}

// combine is y + h·Σ aₛ·kₛ for each part of y, without the y if it is nil.
func combine(y []g.Value, h g.Value, a []float64, ks [][]g.Value) []g.Value {
	out := append([]g.Value(nil), y...)
	for s, k := range ks {
		if s >= len(a) || a[s] == 0 {
			continue
		}
		for i := range k {
			term := g.Mul(spread(h, k[i]), g.Scale(k[i], a[s]))
			if i < len(out) {
				term = g.Add(out[i], term)
				out[i] = term
			} else {
				out = append(out, term)
			}
		}
	}
	return out
}

// spread gives a scalar as many axes as like has, so that the two broadcast.
func spread(x, like g.Value) g.Value {
	s := make([]int, len(like.Shape()))
	for i := range s {
		s[i] = 1
	}
	return g.Reshape(x, s...)
}
