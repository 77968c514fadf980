package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/param"
)

// nflows calls x→u its forward. Its MADE has residual blocks, gives for each column its parameters one after the other, and adds
// act(W·c + b) at the first layer, W·c + b in the blocks.

func permutationNflows(c *goldenCase) built {
	p := bijection.Permute{Order: c.ints("param/_permutation")} // u_i = x_{p_i} there
	return twin(c, bijection.Invert{Bijection: p}, nil, newWeights(c))
}

// residualMADE describes nflows' network at a place in the file and takes its weights; outs lists which of theirs is our parameter p.
func residualMADE(w *weights, ours, theirs string, outs ...int) nn.ResidualMADE {
	c := w.c
	shape := c.shape("param/" + theirs + "initial_layer.weight")
	h, d := shape[0], shape[1]
	m := nn.ResidualMADE{Hidden: h, Activation: "relu", Context: nn.Activated, Degrees: c.ints("param/" + theirs + "initial_layer.degrees")}
	take := func(to, from string, in, rows int, row func(int) int) {
		transfer.Linear{Ours: ours + to, Weight: theirs + from + ".weight", Bias: theirs + from + ".bias", In: in, Out: rows, Row: row}.Take(w.Weights)
	}
	take("layers.0", "initial_layer", d, h, nil)
	n := c.context()
	if n > 0 {
		take("entry", "context_layer", n, h, nil)
	}
	for m.Blocks = 0; c.has(fmt.Sprintf("param/%sblocks.%d.linear_layers.0.weight", theirs, m.Blocks)); m.Blocks++ {
		block := fmt.Sprintf("blocks.%d.", m.Blocks)
		take(block+"0", block+"linear_layers.0", h, h, nil)
		take(block+"1", block+"linear_layers.1", h, h, nil)
		if n > 0 { // W·x + b + (V·c + a) there, W·x + (a+b) + V·c here
			w.whole(ours+block+"0.context", theirs+block+"context_layer.weight", h*n, 0)
			w.whole(ours+block+"0.bias", theirs+block+"context_layer.bias", h, 0)
		}
	}
	take("layers.1", "final_layer", h, d*len(outs), transfer.Swapped(outs...))
	return m
}

func madeNflows(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	outs := c.shape("param/final_layer.bias")[0] / d
	net := residualMADE(w, "", "", transfer.Ascending(outs)...)
	m := netTwin(c, w, func(s *param.Scope, cond graph.Shape) (nn.Net, error) {
		return net.BindMasked(s, transfer.Ascending(d), cond, outs)
	})
	for i := range d * outs { // theirs is column-major
		m.outputs = append(m.outputs, i%outs*d+i/outs)
	}
	return m
}
