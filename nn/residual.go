package nn

import (
	"errors"
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Residual is a network with residual blocks, the conditioner of couplings in arXiv 1906.04032:
//
//	h = W·x + b + V·c,  then in each block  h += W₁·act(W₀·act(h) + b₀ + V₀·c) + b₁,  then  y = W·h + b + V·c
//
// With Context FirstLayer only the first layer reads c. With Gated the first layer adds V·c, and each block adds its result times
// σ(V·c + a), as in nflows and normflows. Names: layers.0 and layers.1 are the first and the last layer, blocks.i.0 and blocks.i.1
// those of a block, blocks.i.gate that of Gated. A network with neither inputs nor a condition is a constant.
type Residual struct {
	Hidden     int     // units of every hidden layer; 0: 128
	Blocks     int     // 0: 2
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
	Dropout    float64 // probability with which a unit inside a block is left out in training, below 1; 0: none is
	Norm       string  // of Norms, twice in each block; "": none
	Start      Start   // the first weights
}

// Bind implements Conditioner.
func (m Residual) Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error) {
	if m.Hidden == 0 {
		m.Hidden = 128
	}
	if m.Blocks == 0 {
		m.Blocks = 2
	}
	if m.Hidden < 0 || m.Blocks < 0 || in < 0 || out < 1 {
		return nil, fmt.Errorf("%w: a residual network of %d units and %d blocks from %d to %d columns", fault.ErrConfig, m.Hidden, m.Blocks, in, out)
	}
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	if in == 0 && c == 0 {
		return MLP{Hidden: []int{}, Activation: m.Activation, Start: m.Start}.Bind(s, in, cond, out)
	}
	return residualPlan{hidden: m.Hidden, blocks: m.Blocks, context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start,
		in: in, out: out, shape: []int{out}}.bind(s)
}

// residualPlan is what a residual network is made of; the masks are nil for all ones.
type residualPlan struct {
	hidden, blocks, context int
	mode                    Context
	activation              string
	dropout                 float64
	norm                    string
	start                   Start
	in, out                 int
	first, inner, last      []float64
	shape                   []int
	masked                  bool // as in plan
}

func (p residualPlan) bind(s *param.Scope) (Net, error) {
	act, err := activation(p.activation)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.mode.check(), p.start.check()); err != nil {
		return nil, err
	}
	c, h := p.context, p.hidden
	first, inner, end := c, c, c // columns of the condition that each kind of layer reads
	switch p.mode {
	case FirstLayer, Gated:
		inner, end = 0, 0
	case Activated:
		first, end = 0, 0
	}
	n := &residual{act: act, shape: p.shape, masked: p.masked}
	if n.drop, err = bindDropout(s, p.dropout); err != nil {
		return nil, err
	}
	n.first = layer(s.At("layers", 0), p.in, h, first, p.first, firstLayer, p.start)
	if p.mode == Activated && c > 0 {
		e := layer(s.Sub("entry"), c, h, 0, nil, firstLayer, p.start)
		n.entry = &e
	}
	for i := range p.blocks {
		at := s.At("blocks", i)
		b := residualBlock{enter: layer(at.Sub("0"), h, h, inner, p.inner, hiddenLayer, p.start), leave: layer(at.Sub("1"), h, h, 0, p.inner, joiningLayer, p.start)}
		for k := range b.norms {
			if b.norms[k], err = bindNorm(at.At("norms", k), p.norm, h, p.masked); err != nil {
				return nil, err
			}
		}
		if p.mode == Gated && c > 0 {
			g := layer(at.Sub("gate"), c, h, 0, nil, firstLayer, p.start)
			b.gate = &g
		}
		n.blocks = append(n.blocks, b)
	}
	n.last = layer(s.At("layers", 1), h, p.out, end, p.last, lastLayer, p.start)
	return n, nil
}

type residual struct {
	first, last dense
	entry       *dense
	blocks      []residualBlock
	act         func(graph.Value) graph.Value
	drop        dropout
	shape       []int
	masked      bool
}

type residualBlock struct {
	enter, leave dense
	norms        [2]norm
	gate         *dense
}

// Apply implements Net.
func (n *residual) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	x, cond = tame(x), tame(cond)
	h := n.first.apply(b, x, cond)
	if n.entry != nil {
		h = graph.Add(h, n.act(n.entry.apply(b, cond, graph.Value{})))
	}
	for i, block := range n.blocks {
		inner := block.enter.apply(b, n.act(block.norms[0].apply(b, h)), cond)
		inner = n.drop.apply(b, n.act(block.norms[1].apply(b, inner)), i)
		change := block.leave.apply(b, inner, graph.Value{})
		if block.gate != nil {
			change = graph.Mul(change, graph.Sigmoid(block.gate.apply(b, cond, graph.Value{})))
		}
		h = graph.Add(h, change)
	}
	return arranged(n.last.apply(b, h, cond), n.shape, n.masked)
}
