package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Householder is an orthogonal map, the product of reflections (arXiv 1611.09630):
//
//	x = H_1·H_2⋯H_K·u,  H_k = I − 2·v_k·v_kᵀ/|v_k|²,  log |det| = 0
//
// Both directions are one product with the matrix, which is put together once for all rows, as I − WᵀU⁻¹W with the rows v_k/|v_k| of W and
// U = ½·I + the part of W·Wᵀ above the diagonal. vectors [K,D] begin in pairs of equal ones, whose reflections undo each other: the identity for an
// even K, one coordinate reflected for an odd one. A vector of length 0 reflects nothing. Any D reflections give every orthogonal matrix of
// determinant (−1)^D. Coordinates beyond ±10³⁰ count as ±10³⁰.
type Householder struct {
	Reflections int // K; 0: D, rounded up to an even number
}

// Bind implements Bijection. Errors: a shape that is no vector, a negative number of reflections.
func (m Householder) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	q, err := bindReflections(s, m.Reflections, d, false)
	if err != nil {
		return nil, err
	}
	return bindLinear(s, d, q, true, true), nil
}

// reflections is the orthogonal matrix Q = H_1⋯H_K.
type reflections struct {
	k, d    int
	vectors param.Ref
}

// bindReflections declares k vectors, which begin in pairs of equal unit vectors, or as normal numbers: directions without preference.
func bindReflections(s *param.Scope, k, d int, random bool) (reflections, error) {
	if k < 0 {
		return reflections{}, fmt.Errorf("%w: %d reflections", fault.ErrConfig, k)
	}
	if k == 0 {
		k = d + d%2
	}
	first := make([]float64, k*d)
	for i := range k {
		first[i*d+i/2%d] = 1
	}
	init := param.Values(first...)
	if random {
		init = param.Gaussian(1)
	}
	return reflections{k, d, s.Param("vectors", init, k, d)}, nil
}

// shortest is the length, in the largest norm, under which a vector counts as 0.
const shortest = 1e-30

// unit is the rows of v divided by their lengths; rows of length 0 stay. Dividing by the largest element first keeps squares from overflowing;
// the result does not depend on that number, which therefore needs no derivative.
func unit(v graph.Value) graph.Value {
	n := v.Shape()[0]
	largest := graph.StopGradient(graph.Reshape(graph.MaxOver(graph.Abs(v), 1), n, 1))
	zero := graph.Less(largest, graph.Offset(graph.ZerosLike(largest), shortest))
	one := graph.Offset(graph.ZerosLike(largest), 1)
	v = graph.Div(v, graph.Select(zero, one, largest))
	squares := graph.Select(zero, one, graph.Reshape(graph.Sum(graph.Square(v), 1), n, 1))
	return graph.Select(zero, graph.ZerosLike(v), graph.Div(v, graph.Sqrt(squares)))
}

// matrix is Q [D,D].
func (m reflections) matrix(b *graph.Builder) graph.Value {
	w := unit(m.vectors.Value(b))
	half := make([]float64, m.k*m.k)
	for i := range m.k {
		half[i*(m.k+1)] = 0.5
	}
	u := graph.Add(triangle(b, graph.MatMul(w, graph.Transpose(w)), m.k, above), b.Const(half, m.k, m.k))
	u = graph.TriangularSolve(graph.Triangle{Upper: true}, u, w)
	return graph.Sub(b.Const(identityMatrix(m.d), m.d, m.d), graph.MatMul(graph.Transpose(w), u))
}

func (m reflections) times(b *graph.Builder, v graph.Value) graph.Value {
	return graph.MatMul(m.matrix(b), v)
}

func (m reflections) solve(b *graph.Builder, v graph.Value) graph.Value {
	return graph.MatMul(graph.Transpose(m.matrix(b)), v)
}

func (m reflections) logDet(b *graph.Builder) graph.Value { return b.Scalar(0) }
