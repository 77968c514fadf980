package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// ResidualConv is a convolutional network with residual blocks, the conditioner of RealNVP's couplings of images (arXiv 1605.08803): an image keeps its height
// and width, and pixels outside count as 0.
//
//	h = W ∗ x + b + V·c,  then in each block  h += W₁ ∗ act(norm(W₀ ∗ act(norm(h)) + b₀ + V₀·c)) + b₁ + V₁·c,  then  y = W ∗ act(norm(h)) + b + V·c
//
// with filters of Window pixels, but the last, which are of single pixels. Norms are those of ImageNorms: the paper's batch norm would make rows depend on
// each other. Names: layers.0 and layers.1 are the first and the last layer, blocks.i.0 and blocks.i.1 those of a block, each with weight, bias and context as in
// ConvNet; what a norm has is under blocks.i.norms.k and layers.1.norm. The second layer of a block and the last layer begin with small numbers, the
// last with 0 and gains where Zeros is set. Inputs beyond ±10¹² count as ±10¹².
type ResidualConv struct {
	Hidden     int    // channels of every hidden layer; 0: 64
	Blocks     int    // 0: 2
	Window     int    // height and width of the filters, odd; 0: 3
	Activation string // of Activations; "": "relu"
	Norm       string // of ImageNorms; "": none
	Zeros      bool   // the last layer begins at 0 and has gains, as in ConvNet
}

// BindImage implements ImageConditioner. Errors: a shape that is no image, an even window, negative sizes, an unknown activation or norm.
func (m ResidualConv) BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error) {
	if m.Hidden == 0 {
		m.Hidden = 64
	}
	if m.Blocks == 0 {
		m.Blocks = 2
	}
	p, r, err := images("a residual convolutional network", in, cond, out, m.Window)
	if err != nil {
		return nil, err
	}
	if m.Hidden < 0 || m.Blocks < 0 {
		return nil, fmt.Errorf("%w: a residual convolutional network of %d channels and %d blocks", fault.ErrConfig, m.Hidden, m.Blocks)
	}
	n := residualConv{reader: r}
	if n.act, err = activation(m.Activation); err != nil {
		return nil, err
	}
	h := m.Hidden
	n.first = convPlan{p.in, h, p.window, p.context}.bind(s.At("layers", 0))
	inner := convPlan{h, h, p.window, p.context}
	for i := range m.Blocks {
		at := s.At("blocks", i)
		block := convBlock{enter: inner.bind(at.Sub("0")), leave: inner.bindLast(at.Sub("1"), false)}
		for k := range block.norms {
			if block.norms[k], err = bindConvNorm(at.At("norms", k), m.Norm, h); err != nil {
				return nil, err
			}
		}
		n.blocks = append(n.blocks, block)
	}
	n.last = convPlan{h, p.out, 1, p.context}.bindLast(s.At("layers", 1), m.Zeros)
	n.norm, err = bindConvNorm(s.At("layers", 1).Sub("norm"), m.Norm, h)
	return n, err
}

type residualConv struct {
	reader
	first, last convLayer
	blocks      []convBlock
	norm        convNorm // before the last layer
	act         func(graph.Value) graph.Value
}

type convBlock struct {
	enter, leave convLayer
	norms        [2]convNorm
}

// Apply implements Net: x is [C,H,W].
func (n residualConv) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	x, cond = n.read(x, cond)
	h := n.first.apply(b, x, cond)
	for _, block := range n.blocks {
		inner := block.enter.apply(b, n.act(block.norms[0].apply(b, h)), cond)
		h = graph.Add(h, block.leave.apply(b, n.act(block.norms[1].apply(b, inner)), cond))
	}
	return n.last.apply(b, n.act(n.norm.apply(b, h)), cond)
}
