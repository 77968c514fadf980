package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// ImageCoupling is a coupling of images [C,H,W]: one part passes, and the other is mapped number by number with parameters that a convolutional network
// computes from the first part and the condition (RealNVP, arXiv 1605.08803; Glow, 1807.03039):
//
//	x_A = u_A,  x_B = f(u_B; θ),  θ = net(u_A, c),  log |det| = Σ_B log |f′|
//
// Its parts are the channels of the first half, rounded up, and the rest, or, as a checkerboard, the pixels with i + j even, and the others. The
// network of a checkerboard sees 0 at the pixels that are mapped. Of its output channels those from c·P on, P = the parameters of f, are
// for channel c. Both directions cost one pass. The network's weights are called conditioner.….
type ImageCoupling struct {
	Map          scalar.Map          // nil: scalar.Affine{}
	Net          nn.ImageConditioner // nil: nn.ConvNet{}
	Checkerboard bool                // parts are pixels instead of channels
	Swap         bool                // the second part passes
}

// Bind implements Bijection. Errors: a shape that is no image, one channel without a checkerboard.
func (m ImageCoupling) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	if err := image("an image coupling", base); err != nil {
		return nil, err
	}
	if m.Net == nil {
		m.Net = nn.ConvNet{}
	}
	c := imageCoupling{shape: base, swap: m.Swap, seen: base, mapped: base[0]}
	if m.Checkerboard {
		c.board = make([]float64, base[1]*base[2])
		for i := range c.board {
			if (i/base[2]+i%base[2])%2 == 1 != m.Swap {
				c.board[i] = 1 // mapped
			}
		}
	} else {
		if base[0] < 2 {
			return nil, fmt.Errorf("%w: a coupling of channels needs two at least: squeeze the image first, or couple it as a checkerboard", fault.ErrShape)
		}
		c.half = (base[0] + 1) / 2
		passed := c.half
		if m.Swap {
			passed = base[0] - c.half
		}
		c.seen, c.mapped = graph.Shape{passed, base[1], base[2]}, base[0]-passed
	}
	var err error
	if c.f, err = bindMap(s, m.Map, c.mapped*base[1]*base[2]); err != nil {
		return nil, err
	}
	if c.f.Params() == 0 {
		return nil, fmt.Errorf("%w: an image coupling needs a map with parameters", fault.ErrConfig)
	}
	if c.net, err = m.Net.BindImage(s.Sub("conditioner"), c.seen, cond, c.f.Params()*c.mapped); err != nil {
		return nil, fmt.Errorf("conditioner: %w", err)
	}
	return c, nil
}

type imageCoupling struct {
	shape, seen graph.Shape
	half        int       // channels of the first part
	board       []float64 // of a checkerboard: 1 at the pixels that are mapped
	swap        bool
	mapped      int // channels of f
	f           scalar.Bound
	net         nn.Net
}

func (c imageCoupling) DataShape() graph.Shape { return c.shape }

func (c imageCoupling) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return c.through(b, u, cond, c.f.Forward)
}

func (c imageCoupling) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	return c.through(b, x, cond, c.f.Inverse)
}

// through applies the scalar map in either direction: the part that passes, and so θ, is the same on both sides.
func (c imageCoupling) through(b *graph.Builder, v, cond graph.Value, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	if c.board != nil {
		mapped := graph.Greater(b.Const(c.board, c.shape[1], c.shape[2]), b.Scalar(0.5))
		w, l := c.apply(b, v, graph.Select(mapped, b.Scalar(0), v), cond, f) // also of pixels that are infinite
		return graph.Select(mapped, w, v), total(graph.Select(mapped, l, b.Scalar(0)))
	}
	first, second := graph.Slice(v, 0, 0, c.half), graph.Slice(v, 0, c.half, c.shape[0])
	if c.swap {
		w, l := c.apply(b, first, second, cond, f)
		return graph.Concat(0, w, second), total(l)
	}
	w, l := c.apply(b, second, first, cond, f)
	return graph.Concat(0, first, w), total(l)
}

// apply maps the numbers of v with what the network computes from seen; the log-derivatives have v's shape.
func (c imageCoupling) apply(b *graph.Builder, v, seen, cond graph.Value, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)) (w, logDets graph.Value) {
	p, pixels := c.f.Params(), c.shape[1]*c.shape[2]
	theta := graph.Reshape(c.net.Apply(b, seen, cond), c.mapped, p, pixels)
	w, logDets = f(b, graph.Flatten(v), graph.Reshape(graph.Transpose(theta, 1, 0, 2), p, c.mapped*pixels))
	return graph.Reshape(w, v.Shape()...), graph.Reshape(logDets, v.Shape()...)
}
