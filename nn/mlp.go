package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// MLP is a multilayer perceptron: dense layers with an activation between them.
//
//	h₀ = x,  hᵢ₊₁ = act(Wᵢ·hᵢ + bᵢ + Vᵢ·c),  y = Wₙ·hₙ + bₙ + Vₙ·c
//
// Weights are called layers.i.weight [out,in], layers.i.bias [out] and layers.i.context [out,C]. A network with neither inputs nor a
// condition is a constant, and has a bias only. Inputs beyond ±10¹² count as ±10¹².
type MLP struct {
	Hidden     []int   // units of each hidden layer; nil: 128, 128; empty: none
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
	Dropout    float64 // probability with which a hidden unit is left out in training, below 1; 0: none is
	Norm       string  // of Norms, of hidden layers; "": none
	Start      Start   // the first weights
}

// Bind implements Conditioner.
func (m MLP) Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error) {
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	hidden, err := widths(m.Hidden)
	if err != nil {
		return nil, err
	}
	if in < 0 || out < 1 {
		return nil, fmt.Errorf("%w: a network from %d to %d columns", fault.ErrShape, in, out)
	}
	if in == 0 && c == 0 {
		hidden = nil
	}
	p := plan{context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start, shape: []int{out}}
	p.sizes = append(append([]int{in}, hidden...), out)
	return p.bind(s)
}
