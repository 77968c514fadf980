package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
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
		linear{ours: ours + to, weight: theirs + from + ".weight", bias: theirs + from + ".bias", in: in, rows: rows, row: row}.take(w)
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
	take("layers.1", "final_layer", h, d*len(outs), swapped(outs...))
	return m
}

func madeNflows(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	outs := c.shape("param/final_layer.bias")[0] / d
	net := residualMADE(w, "", "", ascending(outs)...)
	m := netTwin(c, w, func(s *param.Scope, cond graph.Shape) (nn.Net, error) {
		return net.BindMasked(s, ascending(d), cond, outs)
	})
	for i := range d * outs { // theirs is column-major
		m.outputs = append(m.outputs, i%outs*d+i/outs)
	}
	return m
}

// mafNflows: pairs of a reversal and a masked affine map, u = softplus(s)·x + t, parameters (s, t).
func mafNflows(c *goldenCase) built {
	w := newWeights(c)
	var chain bijection.Chain
	last := 0
	for c.has(fmt.Sprintf("param/_transform._transforms.%d.autoregressive_net.initial_layer.weight", last+3)) {
		last += 2
	}
	for i := last; i >= 0; i -= 2 {
		n := len(chain.Transforms)
		net := residualMADE(w, fmt.Sprintf("transforms.%d.conditioner.", n),
			fmt.Sprintf("_transform._transforms.%d.autoregressive_net.", i+1), 1, 0)
		order := c.ints(fmt.Sprintf("param/_transform._transforms.%d._permutation", i))
		chain.Transforms = append(chain.Transforms,
			bijection.Autoregressive{Net: net, Map: scalar.Affine{Scale: scalar.Softplus{Floor: 1e-3}, Form: scalar.ScaleData}},
			bijection.Invert{Bijection: bijection.Permute{Order: order}})
	}
	return twin(c, chain, dist.StandardNormal{Dim: c.dim()}, w)
}

func ascending(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
