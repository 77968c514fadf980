package bijection

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// GivenAffine is an affine map that is known and not learned, such as the mean and the covariance L·Lᵀ of a first guess:
//
//	x = L·u + m,  log |det| = Σ log L_dd
//
// Forward takes a product, Inverse a triangular solve. Precision falls with the condition of L. Coordinates beyond ±10³⁰ of the mean count as ±10³⁰.
type GivenAffine struct {
	Mean   []float64 // m [D]
	Factor []float64 // L [D,D], row by row, lower-triangular with a positive diagonal; nil: the identity
}

// Bind implements Bijection. Errors: sizes that do not fit the shape, numbers that are not finite, a factor that is not lower-triangular or whose
// diagonal is not positive.
func (m GivenAffine) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a given affine map", base)
	if err != nil {
		return nil, err
	}
	factor := slices.Clone(m.Factor)
	if factor == nil {
		factor = identityMatrix(d)
	}
	if len(m.Mean) != d || len(factor) != d*d {
		return nil, fmt.Errorf("%w: a given affine map of %d columns with a mean of %d numbers and a factor of %d", fault.ErrShape, d, len(m.Mean), len(factor))
	}
	log := 0.0
	for i, x := range factor {
		switch row, column := i/d, i%d; {
		case x-x != 0 || m.Mean[row]-m.Mean[row] != 0:
			return nil, fmt.Errorf("%w: a given affine map with the factor %g in row %d, column %d, and the mean %g", fault.ErrConfig, x, row, column, m.Mean[row])
		case row < column && x != 0:
			return nil, fmt.Errorf("%w: a given affine map whose factor has %g above its diagonal, in row %d, column %d", fault.ErrConfig, x, row, column)
		case row == column && !(x > 0):
			return nil, fmt.Errorf("%w: a given affine map whose factor has %g on its diagonal, in row %d: it must be positive", fault.ErrConfig, x, row)
		case row == column:
			log += math.Log(x)
		}
	}
	return givenAffine{slices.Clone(m.Mean), factor, log}, nil
}

type givenAffine struct {
	mean, factor []float64
	log          float64
}

func (m givenAffine) DataShape() graph.Shape { return graph.Shape{len(m.mean)} }

func (m givenAffine) constants(b *graph.Builder) (factor, mean graph.Value) {
	d := len(m.mean)
	return b.Const(m.factor, d, d), b.Const(m.mean, d)
}

func (m givenAffine) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	factor, mean := m.constants(b)
	return graph.Add(graph.Linear(factor, graph.Clamp(u, -reach, reach)), mean), b.Scalar(m.log)
}

func (m givenAffine) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	factor, mean := m.constants(b)
	return graph.TriangularSolve(graph.Triangle{}, factor, graph.Clamp(graph.Sub(x, mean), -reach, reach)), b.Scalar(-m.log)
}
