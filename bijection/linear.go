package bijection

import (
	"diffeo/graph"
	"diffeo/param"
)

// factored is a square matrix W in a form that is cheap to apply and to undo. It works on the columns of v [D,N].
type factored interface {
	times(b *graph.Builder, v graph.Value) graph.Value // W·v
	solve(b *graph.Builder, v graph.Value) graph.Value // W⁻¹·v
	logDet(b *graph.Builder) graph.Value               // log |det W|, of shape []
}

// reach is the largest magnitude of a coordinate that is multiplied; larger ones count as this. It keeps a point at infinity, or one on its
// way there, from becoming ∞ − ∞: its density is 0, not NaN.
const reach = 1e30

// linear is u = W·x + bias, or x = W·u + bias with onBase.
type linear struct {
	d            int
	w            factored
	onBase, bare bool // bare: without bias
	bias         param.Ref
}

func bindLinear(s *param.Scope, d int, w factored, onBase, bare bool) linear {
	m := linear{d: d, w: w, onBase: onBase, bare: bare}
	if !bare {
		m.bias = s.Param("bias", param.Constant(0), d)
	}
	return m
}

func (m linear) DataShape() graph.Shape { return graph.Shape{m.d} }

func (m linear) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return vectorwise(b, u, m.d, m.forwardColumns)
}

func (m linear) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return vectorwise(b, x, m.d, m.inverseColumns)
}

// columnwise is a bound map of vectors that can map the columns of a matrix [D,N] at once, all with the same log-determinant.
type columnwise interface {
	forwardColumns(b *graph.Builder, u graph.Value) (x, logDet graph.Value)
	inverseColumns(b *graph.Builder, x graph.Value) (u, logDet graph.Value)
}

// vectorwise applies a map of columns to the only column v [D].
func vectorwise(b *graph.Builder, v graph.Value, d int, f func(*graph.Builder, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	w, logDet = f(b, graph.Reshape(v, d, 1))
	return graph.Reshape(w, d), logDet
}

func (m linear) forwardColumns(b *graph.Builder, u graph.Value) (x, logDet graph.Value) {
	if m.onBase {
		return m.times(b, u)
	}
	return m.solve(b, u)
}

func (m linear) inverseColumns(b *graph.Builder, x graph.Value) (u, logDet graph.Value) {
	if m.onBase {
		return m.solve(b, x)
	}
	return m.times(b, x)
}

func (m linear) times(b *graph.Builder, v graph.Value) (w, logDet graph.Value) {
	w = m.apply(b, m.w.times, graph.Clamp(v, -reach, reach))
	if !m.bare {
		w = graph.Add(w, graph.Reshape(m.bias.Value(b), m.d, 1))
	}
	return w, m.w.logDet(b)
}

func (m linear) solve(b *graph.Builder, v graph.Value) (w, logDet graph.Value) {
	v = graph.Clamp(v, -reach, reach)
	if !m.bare {
		v = graph.Sub(v, graph.Reshape(m.bias.Value(b), m.d, 1))
	}
	return m.apply(b, m.w.solve, v), graph.Neg(m.w.logDet(b))
}

// apply is f(v). For more columns than the matrix has, the pixels of an image, the matrix of f is computed first, once for all rows.
func (m linear) apply(b *graph.Builder, f func(*graph.Builder, graph.Value) graph.Value, v graph.Value) graph.Value {
	if v.Shape()[1] <= m.d {
		return f(b, v)
	}
	return graph.MatMul(f(b, b.Const(identityMatrix(m.d), m.d, m.d)), v)
}
