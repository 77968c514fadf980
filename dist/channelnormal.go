package dist

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// ChannelNormal is the learned top of Glow (arXiv 1807.03039, and its code): a normal of images, one after the other in a vector as the latents of
// bijection.Multiscale are, in which all pixels of a channel k have one mean and one deviation:
//
//	log p(x|c) = Σ_k Σ_ij log N(x_kij; m_k, e^2s_k),  m = loc·e^(3·loc_gain) + V·c,  s = log_scale·e^(3·log_scale_gain) + W·c
//
// for the N channels of all images together. The parameters are loc, loc_gain, log_scale and log_scale_gain [N] and, under a condition, loc_context and
// log_scale_context [N,C], V and W: for a class as C zeros and ones they are its embedding. All begin at 0, the standard normal. The gains change nothing of what
// can be learned, but a product that has grown changes faster. The log-deviation is held within ±60.
type ChannelNormal struct {
	Images []graph.Shape // [C,H,W] of each, at least one
}

// Bind implements Distribution. Errors: no images, one that has no numbers, a condition that is no vector.
func (n ChannelNormal) Bind(s *param.Scope, cond graph.Shape) (Bound, error) {
	if len(n.Images) == 0 {
		return nil, fmt.Errorf("%w: a normal of no images: give the shape of one at least", fault.ErrConfig)
	}
	if cond != nil && (len(cond) != 1 || cond[0] < 1) {
		return nil, fmt.Errorf("%w: a normal of images under a condition of shape %v, which must be a vector", fault.ErrShape, cond)
	}
	m := channels{images: n.Images}
	dim, all := 0, 0
	for i, image := range n.Images {
		if len(image) != 3 || image[0] < 1 || image[1] < 1 || image[2] < 1 {
			return nil, fmt.Errorf("%w: image %d of a normal has the shape %v and must be [channels, height, width]", fault.ErrShape, i, image)
		}
		dim += image.Size()
		all += image[0]
	}
	m.standard = unscaled(dim, s)
	m.loc, m.log = bindGained(s, "loc", all, cond), bindGained(s, "log_scale", all, cond)
	return m, nil
}

// gainRate is the factor in the exponent of a gain, 3 in Glow.
const gainRate = 3

// gained is one number a channel, v·e^(3·gain) + V·c.
type gained struct {
	value, gain, context param.Ref
	conditional          bool
}

func bindGained(s *param.Scope, name string, n int, cond graph.Shape) gained {
	zero := param.Constant(0)
	g := gained{value: s.Param(name, zero, n), gain: s.Param(name+"_gain", zero, n), conditional: cond != nil}
	if g.conditional {
		g.context = s.Param(name+"_context", zero, n, cond[0])
	}
	return g
}

func (g gained) at(b *graph.Builder, cond graph.Value) graph.Value {
	gain, _ := scalar.PlainExp{}.Factor(graph.Scale(g.gain.Value(b), gainRate))
	v := graph.Mul(g.value.Value(b), gain)
	if g.conditional {
		v = graph.Add(v, graph.Linear(g.context.Value(b), cond))
	}
	return v
}

type channels struct {
	standard
	images   []graph.Shape
	loc, log gained
}

// logScale is the log-deviation of the channels.
func (n channels) logScale(b *graph.Builder, cond graph.Value) graph.Value {
	return graph.Clamp(n.log.at(b, cond), -60, 60)
}

// each gives the pixels of every image [C,H·W] with the means and log-deviations of its channels [C,1] to f, and joins what it returns.
func (n channels) each(x, loc, log graph.Value, f func(x, loc, log graph.Value) graph.Value) graph.Value {
	parts := make([]graph.Value, len(n.images))
	at, channel := 0, 0
	for i, image := range n.images {
		c, pixels := image[0], image[1]*image[2]
		column := func(v graph.Value) graph.Value { return graph.Reshape(graph.Slice(v, 0, channel, channel+c), c, 1) }
		parts[i] = graph.Flatten(f(graph.Reshape(graph.Slice(x, 0, at, at+c*pixels), c, pixels), column(loc), column(log)))
		at += c * pixels
		channel += c
	}
	return graph.Concat(0, parts...)
}

func (n channels) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	log := n.logScale(b, cond)
	z := n.each(x, n.loc.at(b, cond), log, func(x, loc, log graph.Value) graph.Value {
		return graph.Mul(graph.Sub(x, loc), graph.Exp(graph.Neg(log)))
	})
	var pixels []float64 // of each channel
	for _, image := range n.images {
		for range image[0] {
			pixels = append(pixels, float64(image[1]*image[2]))
		}
	}
	return graph.Sub(n.standard.LogProb(b, z, cond), graph.Sum(graph.Mul(log, b.Const(pixels, len(pixels)))))
}

func (n channels) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	z := n.standard.Sample(b, key, lanes, cond)
	return n.each(z, n.loc.at(b, cond), n.logScale(b, cond), func(z, loc, log graph.Value) graph.Value {
		return graph.Add(graph.Mul(z, graph.Exp(log)), loc)
	})
}

// Scaled implements Scaler.
func (n channels) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
