package bijection

import (
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// SVDLinear is a learned linear map given by its singular values and two orthogonal matrices (nflows):
//
//	u = Aᵀ·S·Bᵀ·x + bias,  A and B products H_1⋯H_K,  log |det ∂u/∂x| = Σ log S_dd
//
// Both directions are products, and cost the same. left.vectors [K,D] are the reflections of A, right.vectors those of B (see Householder), diagonal [D]
// the raw numbers from which the Diagonal scale makes S, bias is [D]. It begins as the identity, where K is even. The condition of the matrix, by
// which precision falls, is the ratio of the extreme singular values. Coordinates beyond ±10³⁰ count as ±10³⁰.
type SVDLinear struct {
	Reflections int          // K, of each orthogonal matrix; 0: D, rounded up to an even number
	Diagonal    scalar.Scale // from raw numbers to the singular values; nil: scalar.UnitSoftplus(1e-3)
	NoBias      bool         // leaves the bias out
	OnBase      bool         // x = Aᵀ·S·Bᵀ·u + bias
}

// Bind implements Bijection. Errors: a shape that is no vector, a negative number of reflections, a Diagonal out of its domain.
func (m SVDLinear) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if m.Diagonal, err = diagonalScale(m.Diagonal); err != nil {
		return nil, err
	}
	left, err := bindReflections(s.Sub("left"), m.Reflections, d, false)
	if err != nil {
		return nil, err
	}
	right, err := bindReflections(s.Sub("right"), m.Reflections, d, false)
	if err != nil {
		return nil, err
	}
	w := product{turned{left}, stretch{d, m.Diagonal, s.Param("diagonal", param.Constant(0), d)}, turned{right}}
	return bindLinear(s, d, w, m.OnBase, m.NoBias), nil
}

// stretch is a diagonal matrix.
type stretch struct {
	d     int
	scale scalar.Scale
	raw   param.Ref
}

func (m stretch) factor(b *graph.Builder) graph.Value {
	s, _ := m.scale.Factor(m.raw.Value(b))
	return graph.Reshape(s, m.d, 1)
}

func (m stretch) times(b *graph.Builder, v graph.Value) graph.Value {
	return graph.Mul(v, m.factor(b))
}
func (m stretch) solve(b *graph.Builder, v graph.Value) graph.Value {
	return graph.Div(v, m.factor(b))
}

func (m stretch) logDet(b *graph.Builder) graph.Value {
	_, log := m.scale.Factor(m.raw.Value(b))
	return graph.Sum(log)
}
