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
	Free     bool         // instead, the raw numbers themselves, of any sign and begun at 1, are the diagonal of L, and U has ones (zuko)
	NoBias   bool         // leaves the bias out
	OnBase   bool         // x = L·U·u + bias
}

// reach is the largest magnitude of a coordinate that is multiplied; larger ones count as this. It keeps a point at infinity, or one on its
// way there, from becoming ∞ − ∞: its density is 0, not NaN.
const reach = 1e30

// freeFloor is the least magnitude of a free diagonal element: the matrix stays invertible.
const freeFloor = 1e-6

// Bind implements Bijection. Errors: a shape that is no vector, a Diagonal out of its domain or beside Free.
func (m LULinear) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if m.Free && m.Diagonal != nil {
		return nil, fmt.Errorf("%w: a free diagonal is not scaled: leave out Diagonal or Free", fault.ErrConfig)
	}
	if m.Diagonal == nil {
		m.Diagonal = scalar.UnitSoftplus(1e-3)
	}
	if err := m.Diagonal.Check(); err != nil {
		return nil, fmt.Errorf("diagonal of a linear map: %w", err)
	}
	first := make([]float64, d*d)
	for i := range d {
		if m.Free {
			first[i*d+i] = 1
		}
	}
	b := lu{LULinear: m, d: d, lu: s.Param("lu", param.Values(first...), d, d)}
	if !m.NoBias {
		b.bias = s.Param("bias", param.Constant(0), d)
	}
	return b, nil
}

type lu struct {
	LULinear
	d        int
	lu, bias param.Ref
}

func (m lu) DataShape() graph.Shape { return graph.Shape{m.d} }

func (m lu) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	if m.OnBase {
		return m.times(b, u)
	}
	return m.solve(b, u)
}

func (m lu) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	if m.OnBase {
		return m.solve(b, x)
	}
	return m.times(b, x)
}

// diagonal is the learned diagonal and the logarithms of its magnitudes.
func (m lu) diagonal(w graph.Value) (d, log graph.Value) {
	at := make([]int, m.d)
	for i := range at {
		at[i] = i * (m.d + 1)
	}
	raw := graph.Take(graph.Flatten(w), 0, at)
	if !m.Free {
		return m.Diagonal.Factor(raw)
	}
	floor := graph.Offset(graph.ZerosLike(raw), freeFloor)
	d = graph.Select(graph.Less(raw, graph.ZerosLike(raw)), graph.Min(raw, graph.Neg(floor)), graph.Max(raw, floor))
	return d, graph.Log(graph.Abs(d))
}

// part is the elements of w below (−1) or above (1) the diagonal, with zeros elsewhere, or all off it (0).
func (m lu) part(b *graph.Builder, w graph.Value, side int) graph.Value {
	mask := make([]float64, m.d*m.d)
	for i := range m.d {
		for j := range m.d {
			if i != j && (side == 0 || (j > i) == (side > 0)) {
				mask[i*m.d+j] = 1
			}
		}
	}
	return graph.Mul(w, b.Const(mask, m.d, m.d))
}

// times is L·(U·v) + bias. The diagonals are products of elements, so the matrices hold zeros that need not be multiplied.
func (m lu) times(b *graph.Builder, v graph.Value) (y, logDet graph.Value) {
	w := m.lu.Value(b)
	d, log := m.diagonal(w)
	logDet = graph.Sum(log)
	y = graph.Clamp(v, -reach, reach)
	if m.Free {
		y = graph.Add(graph.Linear(m.part(b, w, 1), y), y)
		y = graph.Add(graph.Linear(m.part(b, w, -1), y), graph.Mul(d, y))
	} else {
		y = graph.Add(graph.Linear(m.part(b, w, 1), y), graph.Mul(d, y))
		y = graph.Add(graph.Linear(m.part(b, w, -1), y), y)
	}
	if !m.NoBias {
		y = graph.Add(y, m.bias.Value(b))
	}
	return y, logDet
}

// solve is U⁻¹·L⁻¹·(v − bias).
func (m lu) solve(b *graph.Builder, v graph.Value) (y, logDet graph.Value) {
	w := m.lu.Value(b)
	d, log := m.diagonal(w)
	one := make([]float64, m.d*m.d)
	for i := range m.d {
		one[i*(m.d+1)] = 1
	}
	v = graph.Clamp(v, -reach, reach)
	w = graph.Add(m.part(b, w, 0), graph.Mul(b.Const(one, m.d, m.d), graph.Reshape(d, m.d, 1)))
	if !m.NoBias {
		v = graph.Sub(v, m.bias.Value(b))
	}
	y = graph.TriangularSolve(graph.Triangle{Unit: !m.Free}, w, v)
	y = graph.TriangularSolve(graph.Triangle{Upper: true, Unit: m.Free}, w, y)
	return y, graph.Neg(graph.Sum(log))
}
