package bijection

import (
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// QRLinear is a learned linear map whose matrix is the product of an orthogonal and an upper triangular one with a positive diagonal
// (arXiv 1901.11137, nflows):
//
//	u = Qᵀ·R·x + bias,  Q = H_1⋯H_K,  log |det ∂u/∂x| = Σ log R_dd
//
// Inverse takes two products, Forward a product and a triangular solve; OnBase exchanges them. orthogonal.vectors [K,D] are the reflections of
// Householder, upper [D,D] holds R and on its diagonal the raw numbers from which the Diagonal scale makes R's (the half below is not used), bias is [D].
// It begins as the identity, where K is even, or with Random as a random orthogonal matrix. Precision falls with the condition of R. Coordinates beyond ±10³⁰ count as ±10³⁰.
type QRLinear struct {
	Reflections int          // K; 0: D, rounded up to an even number
	Diagonal    scalar.Scale // from raw numbers to the diagonal of R; nil: scalar.UnitSoftplus(1e-3)
	Random      bool         // reflections begin at random
	NoBias      bool         // leaves the bias out
	OnBase      bool         // x = Qᵀ·R·u + bias
}

// Bind implements Bijection. Errors: a shape that is no vector, a negative number of reflections, a Diagonal out of its domain.
func (m QRLinear) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if m.Diagonal, err = diagonalScale(m.Diagonal); err != nil {
		return nil, err
	}
	q, err := bindReflections(s.Sub("orthogonal"), m.Reflections, d, m.Random)
	if err != nil {
		return nil, err
	}
	r := triangular{Triangular: Triangular{Diagonal: m.Diagonal, Upper: true}, d: d, triangle: s.Param("upper", param.Constant(0), d, d)}
	return bindLinear(s, d, product{turned{q}, r}, m.OnBase, m.NoBias), nil
}

// product is the matrix A_1·A_2⋯.
type product []factored

func (p product) times(b *graph.Builder, v graph.Value) graph.Value {
	for i := len(p) - 1; i >= 0; i-- {
		v = p[i].times(b, v)
	}
	return v
}

func (p product) solve(b *graph.Builder, v graph.Value) graph.Value {
	for _, a := range p {
		v = a.solve(b, v)
	}
	return v
}

func (p product) logDet(b *graph.Builder) graph.Value {
	sum := b.Scalar(0)
	for _, a := range p {
		sum = graph.Add(sum, a.logDet(b))
	}
	return sum
}

// turned is the inverse matrix, and so the transpose of an orthogonal one.
type turned struct{ factored }

func (m turned) times(b *graph.Builder, v graph.Value) graph.Value { return m.factored.solve(b, v) }
func (m turned) solve(b *graph.Builder, v graph.Value) graph.Value { return m.factored.times(b, v) }
func (m turned) logDet(b *graph.Builder) graph.Value               { return graph.Neg(m.factored.logDet(b)) }
