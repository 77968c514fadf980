package bijection

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Rotation is an orthogonal map of determinant 1, the exponential of a skew-symmetric matrix (zuko; arXiv 1901.08428):
//
//	u = R·x,  R = exp(A − Aᵀ),  log |det| = 0
//
// Forward multiplies by Rᵀ. generator [D,D] is A and begins at 0, the identity, or at random; its elements count within ±1000. R is put together once for all
// rows, by scaling and squaring: its error, and so that of a round trip, is about the rounding error times the norm of A − Aᵀ, an angle.
// Coordinates beyond ±10³⁰ count as ±10³⁰.
type Rotation struct {
	Start float64 // deviation of the first elements of A; 0: the identity
}

// Bind implements Bijection. Errors: a shape that is no vector, a negative or infinite deviation.
func (m Rotation) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if !(m.Start >= 0 && m.Start <= widest) {
		return nil, fmt.Errorf("%w: a rotation that begins with deviation %g", fault.ErrConfig, m.Start)
	}
	return bindLinear(s, d, rotation{d, s.Param("generator", param.Gaussian(m.Start), d, d)}, false, true), nil
}

// rotation is the matrix R.
type rotation struct {
	d         int
	generator param.Ref
}

const (
	widest     = 1e3 // the largest element of A
	taylor     = 14  // the last power of the series: ½¹⁵/15! = 2⁻⁵⁵
	mostHalves = 32  // of a matrix of 2²⁰ columns
)

func (m rotation) matrix(b *graph.Builder) graph.Value {
	a := graph.Clamp(m.generator.Value(b), -widest, widest)
	return exponential(b, graph.Sub(a, graph.Transpose(a)), m.d)
}

// exponential is e^A = (e^(A/2ˢ))^(2ˢ) for a skew-symmetric A [D,D], with the s that brings the norm under ½.
func exponential(b *graph.Builder, a graph.Value, d int) graph.Value {
	norm := graph.StopGradient(graph.MaxOver(graph.Sum(graph.Abs(a), 1), 0))
	s := graph.Floor(graph.Scale(graph.Log(graph.Max(norm, b.Scalar(0.25))), 1/math.Ln2))
	s = graph.Offset(s, 2)
	a = graph.Mul(a, graph.Exp(graph.Scale(s, -math.Ln2)))
	one := b.Const(identityMatrix(d), d, d)
	e := one
	for k := taylor; k >= 1; k-- { // I + A/1·(I + A/2·(I + …))
		e = graph.Add(one, graph.Scale(graph.MatMul(a, e), 1/float64(k)))
	}
	return graph.Repeat(s, mostHalves, []graph.Value{e}, func(_ graph.Value, carry []graph.Value) []graph.Value {
		return []graph.Value{graph.MatMul(carry[0], carry[0])}
	})[0]
}

func (m rotation) times(b *graph.Builder, v graph.Value) graph.Value {
	return graph.MatMul(m.matrix(b), v)
}

func (m rotation) solve(b *graph.Builder, v graph.Value) graph.Value {
	return graph.MatMul(graph.Transpose(m.matrix(b)), v)
}

func (m rotation) logDet(b *graph.Builder) graph.Value { return b.Scalar(0) }
