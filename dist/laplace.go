package dist

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Laplace has a learned location and scale in every column, z = (x − loc)/scale, on ℝ^D:
//
//	log p(x) = −Σ |z| − Σ log scale − D·log 2
//
// The parameters are loc [D] and log_scale [D], held within ±60; with another Scale, raw_scale [D] in place of log_scale. At z = 0 the
// derivative in x is 0. Draws are reparametrised in all of them, by the inverse of the distribution function; they lie within 17 scales.
type Laplace struct {
	Dim      int
	Loc      []float64    // first values of loc; nil: 0
	LogScale []float64    // first values of log_scale or raw_scale; nil: 0
	Scale    scalar.Scale // nil: scalar.PlainExp{}
}

// Bind implements Distribution. Errors: no columns, first values that do not fit, a scale with a field out of its domain.
func (n Laplace) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	l, err := locate("Laplace density", s, n.Dim, n.Loc, n.LogScale, n.Scale)
	if err != nil {
		return nil, err
	}
	return laplace{l}, nil
}

type laplace struct{ located }

func (n laplace) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	z, log := n.standardized(b, x)
	return graph.Offset(graph.Neg(graph.Sum(graph.Add(graph.Abs(z), log))), -math.Ln2*float64(n.dim))
}

// Sample: with u < ½ the quantile is log 2u, and −log 2(1−u) on the other side; 1 − u is exact and never 0.
func (n laplace) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	u := n.uniform(key, lanes)
	tail := graph.Min(u, graph.Sub(b.Scalar(1), u))
	side := graph.Sign(graph.Offset(u, -0.5))
	return n.placed(b, graph.Mul(graph.Neg(side), graph.Log(graph.Scale(tail, 2))))
}

// Scaled implements Scaler.
func (n laplace) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
