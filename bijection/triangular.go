package bijection

import (
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Triangular is a learned linear map with a triangular matrix T of positive diagonal (flowjax's TriangularAffine):
//
//	u = T·x + bias,  log |det ∂u/∂x| = Σ log T_dd
//
// Inverse takes a product, Forward a triangular solve; OnBase exchanges them. triangle [D,D] holds the elements of T, and on its diagonal the raw
// numbers from which the Diagonal scale makes T's; the other half is not used. bias is [D]. Both begin at 0, the identity, but for a Start. With Normalized each row
// of T is divided by its length and multiplied by a learned factor (weight normalisation, arXiv 1602.07868), the Diagonal scale of
// factor [D], which begins at Factor. Precision falls with the condition of T. Coordinates beyond ±10³⁰ count as ±10³⁰.
type Triangular struct {
	Diagonal   scalar.Scale // from raw numbers to the diagonal of T and to the lengths of rows; nil: scalar.UnitSoftplus(1e-3)
	Upper      bool         // T has its elements above the diagonal, not below it
	Normalized bool         // rows of learned length
	Factor     float64      // first raw number of the rows' lengths; 0 is length 1 with the usual Diagonal
	NoBias     bool         // leaves the bias out
	OnBase     bool         // x = T·u + bias
	Start      float64      // elements beside the diagonal begin at random between 0 and Start, so that columns of a symmetric density can begin to mix
}

// Bind implements Bijection. Errors: a shape that is no vector, a Diagonal, Start or Factor out of its domain.
func (m Triangular) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a linear map", base)
	if err != nil {
		return nil, err
	}
	if m.Diagonal, err = diagonalScale(m.Diagonal); err != nil {
		return nil, err
	}
	if !(math.Abs(m.Start) <= 1e3) {
		return nil, fmt.Errorf("%w: a triangular map that begins with elements up to %g; choose a number within ±1000", fault.ErrConfig, m.Start)
	}
	if !(math.Abs(m.Factor) <= 1e3) || m.Factor != 0 && !m.Normalized {
		return nil, fmt.Errorf("%w: a triangular map whose rows begin with the raw length %g; choose a number within ±1000, and only where rows are normalized", fault.ErrConfig, m.Factor)
	}
	w := triangular{Triangular: m, d: d, triangle: s.Param("triangle", mixing(d, m.Start), d, d)}
	if m.Normalized {
		w.factor = s.Param("factor", param.Constant(m.Factor), d)
	}
	return bindLinear(s, d, w, m.OnBase, m.NoBias), nil
}

// mixing draws the elements of a square matrix between 0 and bound, and leaves its diagonal 0.
func mixing(d int, bound float64) param.Init {
	return func(rng *rand.Rand, data []float64) {
		for i := range data {
			if i/d != i%d {
				data[i] = bound * rng.Float64()
			}
		}
	}
}

// triangular is the matrix T.
type triangular struct {
	Triangular
	d                int
	triangle, factor param.Ref
}

// parts is T without its diagonal, the diagonal as a column, and the logarithms of the diagonal.
func (m triangular) parts(b *graph.Builder) (off, diagonal, log graph.Value) {
	w, half := m.triangle.Value(b), below
	if m.Upper {
		half = above
	}
	off = triangle(b, w, m.d, half)
	diagonal, log = m.Diagonal.Factor(diagonalOf(w, m.d))
	diagonal = graph.Reshape(diagonal, m.d, 1)
	if m.Normalized {
		factor, logFactor := m.Diagonal.Factor(m.factor.Value(b))
		squares := graph.Add(graph.Sum(graph.Square(off), 1), graph.Reshape(graph.Square(diagonal), m.d))
		scale := graph.Reshape(graph.Div(factor, graph.Sqrt(squares)), m.d, 1)
		off, diagonal = graph.Mul(off, scale), graph.Mul(diagonal, scale)
		log = graph.Sub(graph.Add(log, logFactor), graph.Scale(graph.Log(squares), 0.5))
	}
	return off, diagonal, log
}

func (m triangular) logDet(b *graph.Builder) graph.Value {
	_, _, log := m.parts(b)
	return graph.Sum(log)
}

func (m triangular) times(b *graph.Builder, v graph.Value) graph.Value {
	off, diagonal, _ := m.parts(b)
	return graph.Add(graph.MatMul(off, v), graph.Mul(diagonal, v))
}

func (m triangular) solve(b *graph.Builder, v graph.Value) graph.Value {
	off, diagonal, _ := m.parts(b)
	t := graph.Add(off, onDiagonal(b, graph.Reshape(diagonal, m.d), m.d))
	return graph.TriangularSolve(graph.Triangle{Upper: m.Upper}, t, v)
}
