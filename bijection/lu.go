package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// LULinear is a learned linear map whose matrix is the product of a unit lower and an upper triangular one with a positive diagonal (the
// linear layer of arXiv 1906.04032, after Glow, 1807.03039, without its permutation):
//
//	u = L·U·x + bias,  log |det ∂u/∂x| = Σ log diag
//
// Inverse takes two products, Forward two triangular solves; OnBase exchanges them. lu [D,D] holds L below its diagonal, U above it, and the raw
// numbers of the diagonal on it; bias is [D]. Both begin at 0, the identity. Precision falls with the condition of the matrix. Coordinates
// beyond ±10³⁰ count as ±10³⁰.
type LULinear struct {
	Diagonal scalar.Scale // from raw numbers to the diagonal of U; nil: scalar.UnitSoftplus(1e-3)
	Negative []bool       // elements of that diagonal which are negative, as in Glow, where signs are those of the first matrix; nil: none
	Free     bool         // instead, the raw numbers themselves, of any sign and begun at 1, are the diagonal of L, and U has ones (zuko)
	NoBias   bool         // leaves the bias out
	OnBase   bool         // x = L·U·u + bias
}

// freeFloor is the least magnitude of a free diagonal element: the matrix stays invertible.
const freeFloor = 1e-6

// Bind implements Bijection. Errors: a shape that is no vector, a Diagonal out of its domain or beside Free, signs of other columns.
func (m LULinear) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if m.Free && (m.Diagonal != nil || m.Negative != nil) {
		return nil, fmt.Errorf("%w: a free diagonal is neither scaled nor given signs: leave out Diagonal and Negative, or Free", fault.ErrConfig)
	}
	if m.Negative != nil && len(m.Negative) != d {
		return nil, fmt.Errorf("%w: signs of %d diagonal elements for %d columns", fault.ErrShape, len(m.Negative), d)
	}
	if m.Diagonal, err = diagonalScale(m.Diagonal); err != nil {
		return nil, err
	}
	first := make([]float64, d*d)
	for i := range d {
		if m.Free {
			first[i*d+i] = 1
		}
	}
	w := lu{LULinear: m, d: d, lu: s.Param("lu", param.Values(first...), d, d)}
	return bindLinear(s, d, w, m.OnBase, m.NoBias), nil
}

// diagonalScale checks the scale of a matrix's diagonal, and has a default.
func diagonalScale(s scalar.Scale) (scalar.Scale, error) {
	if s == nil {
		s = scalar.UnitSoftplus(1e-3)
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("diagonal of a linear map: %w", err)
	}
	return s, nil
}

// lu is the matrix L·U.
type lu struct {
	LULinear
	d  int
	lu param.Ref
}

// diagonal is the learned diagonal and the logarithms of its magnitudes.
func (m lu) diagonal(b *graph.Builder) (d, log graph.Value) {
	raw := diagonalOf(m.lu.Value(b), m.d)
	if !m.Free {
		d, log = m.Diagonal.Factor(raw)
		if m.Negative != nil {
			signs := make([]float64, m.d)
			for i, negative := range m.Negative {
				signs[i] = 1
				if negative {
					signs[i] = -1
				}
			}
			d = graph.Mul(d, b.Const(signs, m.d))
		}
		return d, log
	}
	floor := graph.Offset(graph.ZerosLike(raw), freeFloor)
	d = graph.Select(graph.Less(raw, graph.ZerosLike(raw)), graph.Min(raw, graph.Neg(floor)), graph.Max(raw, floor))
	return d, graph.Log(graph.Abs(d))
}

func (m lu) logDet(b *graph.Builder) graph.Value {
	_, log := m.diagonal(b)
	return graph.Sum(log)
}

// times is L·(U·v). The diagonals are products of elements, so the matrices hold zeros that need not be multiplied.
func (m lu) times(b *graph.Builder, v graph.Value) graph.Value {
	w := m.lu.Value(b)
	d, _ := m.diagonal(b)
	d = graph.Reshape(d, m.d, 1)
	upper, lower := triangle(b, w, m.d, above), triangle(b, w, m.d, below)
	if m.Free {
		v = graph.Add(graph.MatMul(upper, v), v)
		return graph.Add(graph.MatMul(lower, v), graph.Mul(d, v))
	}
	v = graph.Add(graph.MatMul(upper, v), graph.Mul(d, v))
	return graph.Add(graph.MatMul(lower, v), v)
}

// solve is U⁻¹·L⁻¹·v.
func (m lu) solve(b *graph.Builder, v graph.Value) graph.Value {
	d, _ := m.diagonal(b)
	w := graph.Add(triangle(b, m.lu.Value(b), m.d, beside), onDiagonal(b, d, m.d))
	v = graph.TriangularSolve(graph.Triangle{Unit: !m.Free}, w, v)
	return graph.TriangularSolve(graph.Triangle{Upper: true, Unit: m.Free}, w, v)
}
