package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// ResidualMADE is a masked network with residual blocks (the conditioner of arXiv 1906.04032):
//
//	h = W·x + b + V·c,  then in each block  h += W₁·act(W₀·act(h) + b₀ + V₀·c) + b₁,  then  y = W·h + b + V·c
//
// with all W masked as in MADE. All hidden layers have the same degrees, so that h keeps them. With Context FirstLayer only the first
// layer reads c; with Activated the first layer adds act(V·c + a), blocks add V₀·c and the last layer nothing, as in nflows; with
// Gated the first layer adds V·c, and each block is multiplied by σ(V·c + a), as in normflows.
// Names: layers.0 and layers.1 are the first and the last layer, blocks.i.0 and blocks.i.1 those of a block, entry that of Activated,
// blocks.i.gate that of Gated.
type ResidualMADE struct {
	Hidden     int     // units of every hidden layer; 0: 128
	Blocks     int     // 0: 2
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
	Dropout    float64 // probability with which a unit inside a block is left out in training, below 1; 0: none is
	Norm       string  // of Norms, twice in each block; "": none
	Start      Start   // the first weights
	Degrees    []int   // of the hidden units, within 0…D; nil: spread evenly, ascending
}

// BindMasked implements Masked.
func (m ResidualMADE) BindMasked(s *param.Scope, order []int, cond graph.Shape, outs int) (Net, error) {
	if m.Hidden == 0 {
		m.Hidden = 128
	}
	if m.Blocks == 0 {
		m.Blocks = 2
	}
	if m.Hidden < 0 || m.Blocks < 0 || outs < 1 {
		return nil, fmt.Errorf("%w: a residual network of %d units, %d blocks and %d parameters a column", fault.ErrConfig, m.Hidden, m.Blocks, outs)
	}
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	if err := positions(order); err != nil {
		return nil, err
	}
	d := len(order)
	if d == 1 && c == 0 {
		return MADE{Hidden: []int{}, Activation: m.Activation, Start: m.Start}.BindMasked(s, order, cond, outs)
	}
	var given [][]int
	if m.Degrees != nil {
		given = [][]int{m.Degrees}
	}
	hidden, err := hiddenDegrees(given, []int{m.Hidden}, d, c)
	if err != nil {
		return nil, err
	}
	return residualPlan{hidden: m.Hidden, blocks: m.Blocks, context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start, in: d, out: outs * d,
		first: degreeMask(s, hidden[0], inputDegrees(order)), inner: degreeMask(s, hidden[0], hidden[0]),
		last: degreeMask(s, outputDegrees(order, outs), hidden[0]), shape: []int{d, outs}, masked: true}.bind(s)
}
