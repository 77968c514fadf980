package nn

import (
	"fmt"

	"diffeo/fault"
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
	p, err := images("a convolution", in, cond, out, m.Window)
	if err != nil {
		return nil, err
	}
	return convolution{p.bindLast(s, true)}, nil
}

type convolution struct{ layer convLayer }

// Apply implements Net: x is [C,H,W].
func (n convolution) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	return n.layer.apply(b, tame(x), tame(cond))
}

// images checks what a convolutional network is bound to, and is the plan of one layer with all of it.
func images(what string, in, cond graph.Shape, out, window int) (convPlan, error) {
	if window == 0 {
		window = 3
	}
	switch {
	case len(in) != 3 || in.Size() < 1:
		return convPlan{}, fmt.Errorf("%w: %s reads images [channels, height, width], not values of shape %v", fault.ErrShape, what, in)
	case out < 1:
		return convPlan{}, fmt.Errorf("%w: %s to %d channels", fault.ErrConfig, what, out)
	case window < 0 || window%2 == 0:
		return convPlan{}, fmt.Errorf("%w: %s with a window of %d pixels, which must be odd", fault.ErrConfig, what, window)
	}
	c, err := columns(cond)
	return convPlan{in[0], out, window, c}, err
}
