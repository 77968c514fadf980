package dist

import (
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Logistic has a learned location and scale in every column, z = (x − loc)/scale, on ℝ^D; its distribution function is 1/(1+e^−z):
//
//	log p(x) = −Σ (log(1+e^z) + log(1+e^−z)) − Σ log scale
//
// The parameters are loc [D] and log_scale [D], held within ±60; with another Scale, raw_scale [D] in place of log_scale. Draws are
// reparametrised in all of them, z = log u − log(1−u); they lie within 17 scales.
type Logistic struct {
	Dim      int
	Loc      []float64    // first values of loc; nil: 0
	LogScale []float64    // first values of log_scale or raw_scale; nil: 0
	Scale    scalar.Scale // nil: scalar.PlainExp{}
}

// Bind implements Distribution. Errors: no columns, first values that do not fit, a scale with a field out of its domain.
func (n Logistic) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	l, err := locate("logistic density", s, n.Dim, n.Loc, n.LogScale, n.Scale)
	if err != nil {
		return nil, err
	}
	return logistic{l}, nil
}

type logistic struct{ located }

func (n logistic) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	z, log := n.standardized(b, x)
	both := graph.Add(graph.Softplus(z), graph.Softplus(graph.Neg(z))) // of one sign: nothing cancels
	return graph.Neg(graph.Sum(graph.Add(both, log)))
}

func (n logistic) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	u := n.uniform(key, lanes)
	return n.placed(b, graph.Sub(graph.Log(u), graph.Log(graph.Sub(b.Scalar(1), u))))
}

// Scaled implements Scaler.
func (n logistic) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
