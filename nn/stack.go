package nn

import (
	"errors"
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// stack is a chain of dense layers with an activation between them: what MLP, Sparse and MADE become.
type stack struct {
	layers []dense
	norms  []norm // of the hidden ones
	drop   dropout
	act    func(graph.Value) graph.Value
	entry  *dense // Activated: the layer that reads the condition
	shape  []int  // of the result
	masked bool   // the shape is that of the transpose
}

// plan is what a stack is made of.
type plan struct {
	sizes      []int       // columns in, hidden units, columns out
	masks      [][]float64 // nil, or one mask (out×in) a layer
	context    int
	mode       Context
	activation string
	dropout    float64
	norm       string
	start      Start
	shape      []int
	masked     bool // the outputs are [D,P], column by column, and the result is their transpose [P,D]
}

func (p plan) bind(s *param.Scope) (Net, error) {
	act, err := activation(p.activation)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.mode.check(), p.start.check()); err != nil {
		return nil, err
	}
	if p.mode == Gated {
		return nil, fmt.Errorf("%w: a gated condition needs residual blocks: use Residual or ResidualMADE", fault.ErrConfig)
	}
	n := &stack{act: act, shape: p.shape, masked: p.masked}
	if n.drop, err = bindDropout(s, p.dropout); err != nil {
		return nil, err
	}
	last := len(p.sizes) - 2
	at := func(i int) place {
		switch i {
		case last:
			return lastLayer
		case 0:
			return firstLayer
		}
		return hiddenLayer
	}
	for i := range last + 1 {
		var mask []float64
		if p.masks != nil {
			mask = p.masks[i]
		}
		context := p.context
		if p.mode != EveryLayer && i > 0 || p.mode == Activated {
			context = 0
		}
		n.layers = append(n.layers, layer(s.At("layers", i), p.sizes[i], p.sizes[i+1], context, mask, at(i), p.start))
		if i < last {
			norm, err := bindNorm(s.At("layers", i).Sub("norm"), p.norm, p.sizes[i+1], p.masks != nil)
			if err != nil {
				return nil, err
			}
			n.norms = append(n.norms, norm)
		}
	}
	if p.mode == Activated && p.context > 0 {
		e := layer(s.Sub("entry"), p.context, p.sizes[1], 0, nil, at(0), p.start)
		n.entry = &e
	}
	return n, nil
}

// Apply implements Net.
func (n *stack) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	h, cond := tame(x), tame(cond)
	for i, l := range n.layers {
		h = l.apply(b, h, cond)
		if i == 0 && n.entry != nil {
			h = graph.Add(h, n.act(n.entry.apply(b, cond, graph.Value{})))
		}
		if i < len(n.layers)-1 {
			h = n.drop.apply(b, n.act(n.norms[i].apply(b, h)), i)
		}
	}
	return arranged(h, n.shape, n.masked)
}

// arranged gives a network's outputs their shape; those of a masked network, which come column by column, are transposed.
func arranged(h graph.Value, shape []int, masked bool) graph.Value {
	h = graph.Reshape(h, shape...)
	if masked {
		h = graph.Transpose(h)
	}
	return h
}
