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
// layer reads c; with Activated the first layer adds act(V·c + a), blocks add V₀·c and the last layer nothing, as in nflows.
// Names: layers.0 and layers.1 are the first and the last layer, blocks.i.0 and blocks.i.1 those of a block, entry that of Activated.
type ResidualMADE struct {
	Hidden     int     // units of every hidden layer; 0: 128
	Blocks     int     // 0: 2
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
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
		return MADE{Hidden: []int{}, Activation: m.Activation}.BindMasked(s, order, cond, outs)
	}
	var given [][]int
	if m.Degrees != nil {
		given = [][]int{m.Degrees}
	}
	hidden, err := hiddenDegrees(given, []int{m.Hidden}, d, c)
	if err != nil {
		return nil, err
	}
	act, err := activation(m.Activation)
	if err != nil {
		return nil, err
	}
	if err := m.Context.check(); err != nil {
		return nil, err
	}
	first, inner, end := c, c, c // columns of the condition that each kind of layer reads
	switch m.Context {
	case FirstLayer:
		inner, end = 0, 0
	case Activated:
		first, end = 0, 0
	}
	h, same := m.Hidden, degreeMask(hidden[0], hidden[0])
	n := &residualMADE{act: act, shape: []int{outs, d}}
	n.first = layer(s.At("layers", 0), d, h, first, degreeMask(hidden[0], inputDegrees(order)), false)
	if m.Context == Activated && c > 0 {
		e := layer(s.Sub("entry"), c, h, 0, nil, false)
		n.entry = &e
	}
	for i := range m.Blocks {
		at := s.At("blocks", i)
		n.blocks = append(n.blocks, [2]dense{layer(at.Sub("0"), h, h, inner, same, false), layer(at.Sub("1"), h, h, 0, same, true)})
	}
	n.last = layer(s.At("layers", 1), h, outs*d, end, degreeMask(outputDegrees(order, outs), hidden[0]), true)
	return n, nil
}

type residualMADE struct {
	first, last dense
	entry       *dense
	blocks      [][2]dense
	act         func(graph.Value) graph.Value
	shape       []int
}

// Apply implements Net.
func (n *residualMADE) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	x, cond = tame(x), tame(cond)
	h := n.first.apply(b, x, cond)
	if n.entry != nil {
		h = graph.Add(h, n.act(n.entry.apply(b, cond, graph.Value{})))
	}
	for _, block := range n.blocks {
		inner := n.act(block[0].apply(b, n.act(h), cond))
		h = graph.Add(h, block[1].apply(b, inner, graph.Value{}))
	}
	return graph.Reshape(n.last.apply(b, h, cond), n.shape...)
}
