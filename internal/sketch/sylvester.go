package sketch

import g "diffeo/graph"

// sylvester is x = u + Q·R·tanh(S·Qᵀu + t) (van den Berg et al., "Sylvester normalizing flows for variational inference", 2018) whose
// matrices come from a condition, other ones in every row: Q [D,M] has orthonormal columns from Householder reflections, R and S are
// upper triangular with |Rᵢᵢ Sᵢᵢ| < 1. As Qᵀ·Q = 1, the determinant is that of the triangular 1 + diag(tanh′)·S·R.
func sylvester(b *g.Builder) error {
	const d, m, reflections = 4, 3, 2
	u, cond := b.Input("u", d), b.Input("context", 2)
	width := reflections*d + 2*m*m + m
	theta, at := mlp(b, "net", cond, 5, width), 0
	next := func(n int) g.Value { at += n; return g.Slice(theta, 0, at-n, at) }
	q := columns(b, g.Reshape(next(reflections*d), reflections, d), m)
	r := triangular(b, g.Reshape(next(m*m), m, m))
	s := triangular(b, g.Reshape(next(m*m), m, m))
	t := next(m)

	forward := func(u g.Value) (x, logDet g.Value) {
		h := g.Tanh(g.Add(g.Linear(s, g.Linear(g.Transpose(q), u)), t))
		slope := g.Sub(b.Scalar(1), g.Square(h))
		x = g.Add(u, g.Linear(q, g.Linear(r, h)))
		return x, g.Sum(g.Log(g.Offset(g.Mul(slope, g.Mul(diagonal(r), diagonal(s))), 1)))
	}
	inverse := func(x g.Value) (u, logDet g.Value) {
		w := backSubstitute(b, r, s, t, g.Linear(g.Transpose(q), x))
		h := g.Tanh(g.Add(g.Linear(s, w), t))
		u = g.Sub(x, g.Linear(q, g.Linear(r, h)))
		_, l := forward(u)
		return u, g.Neg(l)
	}
	x, logDet := forward(u)
	b.Output("forward", x)
	b.Output("forward log-det", logDet)
	back, _ := inverse(x)
	b.Output("round trip", back)
	v, l := inverse(b.Input("x", d))
	b.Output("inverse", v)
	b.Output("inverse log-det", l)
	b.Output("gram", g.MatMul(g.Transpose(q), q))
	loss := g.MeanRows(g.Sub(g.Sum(g.Square(g.Sub(x, b.Const([]float64{1, -1, 0.5, 2}, d)))), logDet))
	minimize(b, loss, append(mlpParams(b, "net", 2, 5, width), u, cond)...)
	return nil
}

// columns is the first m columns of the product of Householder reflections 1 − 2vvᵀ/vᵀv along the rows of vs.
func columns(b *g.Builder, vs g.Value, m int) g.Value {
	k, d := vs.Shape()[0], vs.Shape()[1]
	eye := make([]float64, d*m)
	for i := range m {
		eye[i*m+i] = 1
	}
	q := b.Const(eye, d, m)
	for i := range k {
		v := g.Slice(vs, 0, i, i+1)
		v = g.Div(v, g.Sqrt(g.Offset(g.Sum(g.Square(v)), 1e-12)))
		q = g.Sub(q, g.Scale(g.MatMul(g.Transpose(v), g.MatMul(v, q)), 2))
	}
	return q
}

// triangular keeps the part above the diagonal, and the diagonal within (−1, 1).
func triangular(b *g.Builder, x g.Value) g.Value {
	m := x.Shape()[0]
	above, diag := make([]float64, m*m), make([]float64, m*m)
	for i := range m {
		diag[i*m+i] = 1
		for j := i + 1; j < m; j++ {
			above[i*m+j] = 1
		}
	}
	return g.Add(g.Mul(x, b.Const(above, m, m)), g.Mul(g.Tanh(x), b.Const(diag, m, m)))
}

// diagonal of a square matrix.
func diagonal(x g.Value) g.Value {
	m := x.Shape()[0]
	index := make([]int, m)
	for i := range index {
		index[i] = i * (m + 1)
	}
	return g.Take(g.Flatten(x), 0, index)
}

// backSubstitute solves w + R·tanh(S·w + t) = y from the last element to the first: each is one monotone equation, as |Rᵢᵢ Sᵢᵢ| < 1.
func backSubstitute(b *g.Builder, r, s, t, y g.Value) g.Value {
	m := y.Shape()[0]
	cell := func(x g.Value, i, from, to int) g.Value {
		return g.Reshape(g.Slice(g.Slice(x, 0, i, i+1), 1, from, to), to-from)
	}
	f := func(w g.Value, p []g.Value) (y, slope g.Value) {
		h := g.Tanh(g.Add(g.Mul(p[1], w), p[2]))
		rs := g.Mul(p[0], p[1])
		return g.Add(w, g.Mul(p[0], h)), g.Offset(g.Mul(rs, g.Sub(b.Scalar(1), g.Square(h))), 1)
	}
	var w, h g.Value // elements i+1 … m−1 of the solution and of tanh(S·w + t)
	for i := m - 1; i >= 0; i-- {
		rest, known := g.Slice(t, 0, i, i+1), g.Slice(y, 0, i, i+1)
		if i < m-1 {
			dot := func(a, b g.Value) g.Value { return g.Reshape(g.Sum(g.Mul(a, b)), 1) }
			rest = g.Add(rest, dot(cell(s, i, i+1, m), w))
			known = g.Sub(known, dot(cell(r, i, i+1, m), h))
		}
		ri, si := cell(r, i, i, i+1), cell(s, i, i, i+1)
		width := g.Abs(ri)
		wi := invert(b, f, known, g.Sub(known, width), g.Add(known, width), ri, si, rest)
		hi := g.Tanh(g.Add(g.Mul(si, wi), rest))
		if i < m-1 {
			wi, hi = g.Concat(0, wi, w), g.Concat(0, hi, h)
		}
		w, h = wi, hi
	}
	return w
}
