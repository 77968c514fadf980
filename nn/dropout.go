package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// dropout leaves hidden units out while a graph is for training (Srivastava et al., JMLR 15, 2014): each is 0 with probability p and is divided by
// 1 − p otherwise, so that its mean stays. Which ones is a function of the graph's key (graph.Builder.Key), the row and the place in the
// network. Every other graph leaves nothing out.
type dropout struct {
	p      float64
	stream string
}

func bindDropout(s *param.Scope, p float64) (dropout, error) {
	if !(p >= 0 && p < 1) { // also NaN
		return dropout{}, fmt.Errorf("%w: units are left out with probability %g, outside 0 … 1", fault.ErrConfig, p)
	}
	return dropout{p, s.Path() + ".dropout"}, nil
}

// apply leaves units of hidden layer i out.
func (d dropout) apply(b *graph.Builder, h graph.Value, i int) graph.Value {
	if d.p == 0 || !b.Training() {
		return h
	}
	u := graph.Random(b.Key(), graph.Uniform01, fmt.Sprint(d.stream, ".", i), h.Type().Rows, h.Shape()...)
	kept := graph.Less(u, b.Scalar(1-d.p))
	return graph.Mul(h, graph.Scale(graph.ToFloat(kept), 1/(1-d.p)))
}
