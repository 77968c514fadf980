package sketch

import g "diffeo/graph"

// monotone is an increasing function of each element of x, given parameters: its values, and its slopes, which are positive.
type monotone func(x g.Value, theta []g.Value) (y, slope g.Value)

// invert solves f(x) = y for x within [low, high], each element by itself, by Newton's method kept inside a shrinking bracket. The
// derivative is that of the implicit function theorem, dx = (dy − ∂f/∂θ dθ)/slope, and as it is graph code it has derivatives too.
func invert(b *g.Builder, f monotone, y, low, high g.Value, theta ...g.Value) g.Value {
	const tolerance, most = 1e-13, 100
	in := append([]g.Value{y, g.StopGradient(low), g.StopGradient(high)}, theta...)
	forward := func(in []g.Value) []g.Value {
		y, low, high, theta := in[0], in[1], in[2], in[3:]
		middle := g.Scale(g.Add(low, high), 0.5)
		cond := func(c []g.Value) g.Value {
			moved := g.MaxOver(g.Div(g.Abs(c[3]), g.Offset(g.Abs(c[0]), 1)), 0)
			return g.And(g.Greater(moved, b.Scalar(tolerance)), g.Less(c[4], b.Scalar(most)))
		}
		step := func(c []g.Value) []g.Value {
			x, low, high := c[0], c[1], c[2]
			v, slope := f(x, theta)
			above := g.Less(y, v) // the root lies below x
			low, high = g.Select(above, low, x), g.Select(above, x, high)
			next := g.Sub(x, g.Div(g.Sub(v, y), slope))
			inside := g.And(g.LessEq(low, next), g.LessEq(next, high))
			next = g.Select(inside, next, g.Scale(g.Add(low, high), 0.5))
			return []g.Value{next, low, high, g.Sub(next, x), g.Offset(c[4], 1)}
		}
		first := []g.Value{middle, low, high, g.Add(g.ZerosLike(y), b.Scalar(1)), b.Scalar(0)}
		return g.While(first, cond, step)[:1]
	}
	implicit := func(c g.CustomCall) (in, captured []g.Value) {
		v, slope := f(c.Out[0], c.In[3:])
		l := g.Div(c.Grad[0], slope)
		dTheta := g.VJP([]g.Value{v}, []g.Value{g.Neg(l)}, c.In[3:])
		return append([]g.Value{l, {}, {}}, dTheta...), nil
	}
	return g.Custom("inverse", in, forward, implicit)[0]
}

// newtonInverse is a flow u = f⁻¹(x) with f(u) = e^s·u + k·tanh(u + t), k > 0, whose parameters depend on a condition. The
// output "curvature" depends on first derivatives of the loss, and its gradients on second ones.
func newtonInverse(b *g.Builder) error {
	const d = 2
	x, cond := b.Input("x", d), b.Input("context", 2)
	params := mlpParams(b, "net", 2, 4, 3*d)
	theta := mlp(b, "net", cond, 4, 3*d)
	part := func(i int) g.Value { return g.Slice(theta, 0, i*d, (i+1)*d) }
	s, k, t := bounded(part(0)), g.Softplus(part(1)), part(2)
	f := func(u g.Value, theta []g.Value) (y, slope g.Value) {
		scale, h := g.Exp(theta[0]), g.Tanh(g.Add(u, theta[2]))
		y = g.Add(g.Mul(scale, u), g.Mul(theta[1], h))
		return y, g.Add(scale, g.Mul(theta[1], g.Sub(b.Scalar(1), g.Square(h))))
	}
	low := g.Mul(g.Sub(x, k), g.Exp(g.Neg(s))) // as |tanh| ≤ 1
	high := g.Mul(g.Add(x, k), g.Exp(g.Neg(s)))
	u := invert(b, f, x, low, high, s, k, t)
	back, slope := f(u, []g.Value{s, k, t})
	logDet := g.Neg(g.Sum(g.Log(slope)))
	b.Output("inverse", u)
	b.Output("inverse log-det", logDet)
	b.Output("round trip", back)
	y, slope := f(b.Input("u", d), []g.Value{s, k, t})
	b.Output("forward", y)
	b.Output("forward log-det", g.Sum(g.Log(slope)))

	loss := g.Neg(g.MeanRows(g.Add(logNormal(u), logDet)))
	wrt := append(params, x, cond)
	minimize(b, loss, wrt...)
	curvature := b.Scalar(0)
	for _, v := range g.Gradient(loss, wrt...) {
		v = g.Sum(g.Square(v))
		if v.PerRow() {
			v = g.SumRows(v)
		}
		curvature = g.Add(curvature, v)
	}
	b.Output("curvature", curvature)
	for i, v := range g.Gradient(curvature, wrt...) {
		b.Output("curvature grad "+string(wrt[i].Node().Attr.(g.Name)), v)
	}
	return nil
}
