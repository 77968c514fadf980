package nn

import (
	"diffeo/graph"
	"diffeo/param"
)

// Convolution is one convolution by itself, the network of Glow's prior of a scale (arXiv 1807.03039, and its code): an image keeps its height and
// width, and pixels outside count as 0.
//
//	y = e^(3·gain)·(W ∗ x + b + V·c)
//
// The weights are called weight [out,in,window,window], bias [out], gain [out] and context [out,C]. All begin at 0. Inputs beyond ±10¹² count as ±10¹².
type Convolution struct {
	Window int // height and width of the filters, odd; 0: 3
}

// BindImage implements ImageConditioner. Errors: a shape that is no image, an even window.
func (m Convolution) BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error) {
	p, r, err := images("a convolution", in, cond, out, m.Window)
	if err != nil {
		return nil, err
	}
	return convolution{p.bindLast(s, true), r}, nil
}

type convolution struct {
	layer convLayer
	reader
}

// Apply implements Net: x is [C,H,W].
func (n convolution) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	x, cond = n.read(x, cond)
	return n.layer.apply(b, x, cond)
}
