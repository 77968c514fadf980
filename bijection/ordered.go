package bijection

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// Ordered makes columns ascend (Stan Reference Manual, "Ordered vector"):
//
//	x_1 = u_1,  x_k = x_{k−1} + e^{u_k},  log |det| = Σ_{k≥2} u_k
//
// It maps ℝ^D onto x_1 < x_2 < … < x_D and has no parameters. Inverse subtracts neighbours, so that a gap keeps the digits that it has beside its columns; where
// columns do not ascend logDet is −Inf, the density 0. Exponents are held within ±80.
type Ordered struct{}

// heldGap bounds the exponents of gaps: e^±80 are normal numbers in float32.
const heldGap = 80

// Bind implements Bijection. Errors: a shape that is no vector.
func (Ordered) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("columns in order", base)
	if err != nil {
		return nil, err
	}
	return ordered{d}, nil
}

type ordered struct{ dim int }

func (m ordered) DataShape() graph.Shape { return graph.Shape{m.dim} }

func (m ordered) Forward(_ *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	logs := graph.Clamp(graph.Slice(u, 0, 1, m.dim), -heldGap, heldGap)
	x = graph.Concat(0, graph.Slice(u, 0, 0, 1), graph.Exp(logs))
	return graph.CumSum(x, graph.Cumulation{}), graph.Sum(logs)
}

func (m ordered) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	gaps := graph.Sub(graph.Slice(x, 0, 1, m.dim), graph.Slice(x, 0, 0, m.dim-1))
	inside := graph.Greater(gaps, b.Scalar(0))
	logs := graph.Log(graph.Select(inside, gaps, b.Scalar(1))) // the argument is safe before the logarithm is taken
	outside := graph.Select(inside, graph.Neg(logs), b.Scalar(math.Inf(-1)))
	return graph.Concat(0, graph.Slice(x, 0, 0, 1), logs), graph.Sum(outside)
}
