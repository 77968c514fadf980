package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// ConvNet is the convolutional network of Glow (arXiv 1807.03039, appendix B): three convolutions, the middle one of single pixels, with
// an activation between them; an image keeps its height and width, and pixels outside count as 0.
//
//	h₁ = act(W₀ ∗ x + b₀ + V₀·c),  h₂ = act(W₁ ∗ h₁ + b₁ + V₁·c),  y = W₂ ∗ h₂ + b₂ + V₂·c
//
// where what a condition c adds is the same at every pixel. Weights are called layers.i.weight [out,in,height,width], layers.i.bias [out] and
// layers.i.context [out,C]; what a norm has is under layers.i.norm. The last layer begins with small numbers, its bias with 0. With Zeros it begins as 0 and y
// is multiplied by e^(3·gain), with layers.2.gain [out], as in Glow's code. Inputs beyond ±10¹² count as ±10¹².
type ConvNet struct {
	Hidden     int    // channels between the convolutions; 0: 128
	Window     int    // height and width of the outer filters, odd; 0: 3
	Activation string // of Activations; "": "relu"
	Norm       string // of ImageNorms, before the activations; "": none
	Zeros      bool   // the last layer begins at 0 and has gains
}

// BindImage implements ImageConditioner. Errors: a shape that is no image, an even window, an unknown activation or norm.
func (m ConvNet) BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error) {
	if m.Hidden == 0 {
		m.Hidden = 128
	}
	p, r, err := images("a convolutional network", in, cond, out, m.Window)
	if err != nil {
		return nil, err
	}
	if m.Hidden < 0 {
		return nil, fmt.Errorf("%w: a convolutional network of %d hidden channels", fault.ErrConfig, m.Hidden)
	}
	n := convNet{reader: r}
	if n.act, err = activation(m.Activation); err != nil {
		return nil, err
	}
	n.layers[0] = convPlan{p.in, m.Hidden, p.window, p.context}.bind(s.At("layers", 0))
	n.layers[1] = convPlan{m.Hidden, m.Hidden, 1, p.context}.bind(s.At("layers", 1))
	n.layers[2] = convPlan{m.Hidden, p.out, p.window, p.context}.bindLast(s.At("layers", 2), m.Zeros)
	for i := range n.norms {
		if n.norms[i], err = bindConvNorm(s.At("layers", i).Sub("norm"), m.Norm, m.Hidden); err != nil {
			return nil, err
		}
	}
	return n, nil
}

type convNet struct {
	reader
	layers [3]convLayer
	norms  [2]convNorm
	act    func(graph.Value) graph.Value
}

// Apply implements Net: x is [C,H,W].
func (n convNet) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	h, cond := n.read(x, cond)
	for i, norm := range n.norms {
		h = n.act(norm.apply(b, n.layers[i].apply(b, h, cond)))
	}
	return n.layers[2].apply(b, h, cond)
}
