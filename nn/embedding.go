package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Embedder describes a network through which a whole flow sees its condition.
type Embedder interface {
	// Bind declares the weights of a network from a condition and tells the shape of what it gives. The network reads no other input.
	Bind(s *param.Scope, cond graph.Shape) (Net, graph.Shape, error)
}

// Embedding is a learned network through which a whole flow sees its condition (the embedding_net of nflows and sbi): dense layers, each with its
// activation, so that what comes out is what a hidden layer is. Weights are called layers.i.weight [out,in] and layers.i.bias [out], and begin as
// those of an MLP. Conditions beyond ±10¹² count as ±10¹².
type Embedding struct {
	Layers     []int  // units of each layer; the last one is what the flow sees
	Activation string // of Activations; "": "relu"
}

// Bind implements Embedder. Errors: a condition that is no vector, no condition, no layers, one without units, an unknown activation.
func (m Embedding) Bind(s *param.Scope, cond graph.Shape) (Net, graph.Shape, error) {
	c, err := columns(cond)
	if err != nil {
		return nil, nil, err
	}
	if c == 0 || len(m.Layers) == 0 {
		return nil, nil, fmt.Errorf("%w: an embedding of a condition of %d columns by %d layers needs one of each at least", fault.ErrConfig, c, len(m.Layers))
	}
	sizes, err := widths(m.Layers)
	if err != nil {
		return nil, nil, fmt.Errorf("embedding: %w", err)
	}
	var e embedding
	if e.act, err = activation(m.Activation); err != nil {
		return nil, nil, err
	}
	for i, n := range sizes {
		e.layers = append(e.layers, layer(s.At("layers", i), c, n, 0, nil, hiddenLayer, NearStart))
		c = n
	}
	return e, graph.Shape{c}, nil
}

type embedding struct {
	layers []dense
	act    func(graph.Value) graph.Value
}

// Apply implements Net.
func (e embedding) Apply(b *graph.Builder, _, cond graph.Value) graph.Value {
	h := tame(cond)
	for _, l := range e.layers {
		h = e.act(l.apply(b, h, graph.Value{}))
	}
	return h
}
