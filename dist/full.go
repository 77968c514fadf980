package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// FullNormal is the normal density with a learned mean and a learned full covariance L·Lᵀ, on ℝ^D. With z = L⁻¹·(x − loc):
//
//	log p(x) = −½ Σ z² − Σ log L_ii − (D/2)·log 2π
//
// The parameters are loc [D] and cholesky [D,D]: below the diagonal it holds L, on it the logarithms of L_ii − Floor, held within ±60, and
// what is above does not matter. Both begin at 0, the standard normal, unless given. Draws are reparametrised in both. The condition number
// of L multiplies the rounding of x; a point counts as at most 10³⁰ away from loc in every column, and where z² overflows the density is 0.
type FullNormal struct {
	Dim      int
	Loc      []float64 // first values of loc; nil: 0
	Cholesky []float64 // first values of cholesky, row by row; nil: 0
	Floor    float64   // ≥ 0, added to the diagonal of L (zuko: 10⁻⁶)
}

// Bind implements Distribution. Errors: no columns, first values that do not fit, a floor that is negative or not finite.
func (n FullNormal) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	d := n.Dim
	if d < 1 {
		return nil, fmt.Errorf("%w: a normal of %d columns", fault.ErrConfig, d)
	}
	if !(n.Floor >= 0) || math.IsInf(n.Floor, 1) { // also NaN
		return nil, fmt.Errorf("%w: a floor of %g under a normal's deviations", fault.ErrConfig, n.Floor)
	}
	loc, err := start("loc", n.Loc, d)
	if err != nil {
		return nil, err
	}
	cholesky, err := start("cholesky", n.Cholesky, d*d)
	if err != nil {
		return nil, err
	}
	f := full{standard: unscaled(d, s), floor: n.Floor, loc: s.Param("loc", loc, d), cholesky: s.Param("cholesky", cholesky, d, d)}
	f.below, f.one = make([]float64, d*d), make([]float64, d*d)
	for i := range d {
		f.diagonal, f.one[i*d+i] = append(f.diagonal, i*d+i), 1
		for j := range i {
			f.below[i*d+j] = 1
		}
	}
	return f, nil
}

type full struct {
	standard
	floor         float64
	loc, cholesky param.Ref
	below, one    []float64 // masks [D,D] of what is below the diagonal, and of the diagonal
	diagonal      []int     // its places in cholesky
}

// factor is L, and log L_ii.
func (n full) factor(b *graph.Builder) (l, log graph.Value) {
	d, raw := n.dim, n.cholesky.Value(b)
	log = graph.Clamp(graph.Take(graph.Flatten(raw), 0, n.diagonal), -60, 60)
	scale := graph.Exp(log)
	if n.floor > 0 {
		scale = graph.Offset(scale, n.floor)
		log = graph.Log(scale)
	}
	l = graph.Mul(raw, b.Const(n.below, d, d))
	return graph.Add(l, graph.Mul(b.Const(n.one, d, d), graph.Reshape(scale, d, 1))), log
}

// far is how far from the mean a point may be: beyond, numbers overflow while the triangle is solved, and infinities of both signs meet.
const far = 1e30

func (n full) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	l, log := n.factor(b)
	z := graph.TriangularSolve(graph.Triangle{}, l, graph.Clamp(graph.Sub(x, n.loc.Value(b)), -far, far))
	square := graph.Sum(graph.Square(graph.Scale(z, 1/n.t)))
	square = graph.Select(graph.Finite(square), square, b.Scalar(math.Inf(1)))
	return graph.Offset(graph.Neg(graph.Add(graph.Scale(square, 0.5), graph.Sum(log))), -(0.5*logTwoPi+math.Log(n.t))*float64(n.dim))
}

func (n full) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	l, _ := n.factor(b)
	return graph.Add(graph.Linear(l, n.standard.Sample(b, key, lanes, cond)), n.loc.Value(b))
}

// Scaled implements Scaler.
func (n full) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
