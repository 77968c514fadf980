package nn

import (
	"fmt"
	"math"

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
// layers.i.context [out,C]. The last layer begins with small numbers, its bias with 0. Inputs beyond ±10¹² count as ±10¹².
type ConvNet struct {
	Hidden     int    // channels between the convolutions; 0: 128
	Window     int    // height and width of the outer filters, odd; 0: 3
	Activation string // of Activations; "": "relu"
}

// BindImage implements ImageConditioner. Errors: a shape that is no image, an even window, an unknown activation.
func (m ConvNet) BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error) {
	if m.Hidden == 0 {
		m.Hidden = 128
	}
	if m.Window == 0 {
		m.Window = 3
	}
	switch {
	case len(in) != 3 || in.Size() < 1:
		return nil, fmt.Errorf("%w: a convolutional network reads images [channels, height, width], not values of shape %v", fault.ErrShape, in)
	case m.Hidden < 0 || out < 1:
		return nil, fmt.Errorf("%w: a convolutional network of %d hidden channels to %d", fault.ErrConfig, m.Hidden, out)
	case m.Window < 0 || m.Window%2 == 0:
		return nil, fmt.Errorf("%w: a window of %d pixels, which must be odd", fault.ErrConfig, m.Window)
	}
	act, err := activation(m.Activation)
	if err != nil {
		return nil, err
	}
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	n := convNet{act: act}
	for i, l := range [3]struct{ in, out, window int }{{in[0], m.Hidden, m.Window}, {m.Hidden, m.Hidden, 1}, {m.Hidden, out, m.Window}} {
		n.layers[i] = convolution(s.At("layers", i), l.in, l.out, l.window, c, i == 2)
	}
	return n, nil
}

type convNet struct {
	layers [3]convLayer
	act    func(graph.Value) graph.Value
}

// Apply implements Net: x is [C,H,W].
func (n convNet) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	h, cond := tame(x), tame(cond)
	for i, l := range n.layers {
		if h = l.apply(b, h, cond); i < len(n.layers)-1 {
			h = n.act(h)
		}
	}
	return h
}

// convLayer is y = W ∗ x + b + V·c.
type convLayer struct {
	weight, bias, context param.Ref
	out                   int
	hasContext            bool
}

// convolution declares a layer; its first values are those of dense layers, with the numbers that a filter reads as inputs.
func convolution(s *param.Scope, in, out, window, context int, last bool) convLayer {
	fan := in*window*window + context
	bound := 1 / math.Sqrt(float64(fan))
	bias := param.Uniform(bound)
	if last {
		bound, bias = bound*quiet, param.Constant(0)
	}
	l := convLayer{out: out, hasContext: context > 0, weight: s.Param("weight", param.Uniform(bound), out, in, window, window), bias: s.Param("bias", bias, out)}
	if l.hasContext {
		l.context = s.Param("context", param.Uniform(bound), out, context)
	}
	return l
}

func (l convLayer) apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	y := graph.Add(graph.Conv(l.weight.Value(b), x), graph.Reshape(l.bias.Value(b), l.out, 1, 1))
	if l.hasContext {
		y = graph.Add(y, graph.Reshape(graph.Linear(l.context.Value(b), cond), l.out, 1, 1))
	}
	return y
}
