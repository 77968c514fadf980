package flow

import "diffeo/graph"

// StartGraph is the pass that gives maps their first values from data (bijection.ActNorm), in the order from the data to the base, each
// normalised by the ones before it. It reads a batch "x", and the condition "cond" where there is one; run it once before training, on some
// thousand rows, and store its updates in the parameters. A graph without updates means that nothing asks for it. A map that has
// started keeps its values, so running it again, or after loading a model, does no harm.
func (f *Bound) StartGraph() (*graph.Graph, error) {
	return graph.Build(graph.Start, func(b *graph.Builder) error {
		var cond graph.Value
		if f.Cond != nil {
			cond = b.Input("cond", f.Cond...)
		}
		f.Transform.Inverse(b, b.Input("x", f.Transform.DataShape()...), cond)
		return nil
	})
}
