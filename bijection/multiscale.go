package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Multiscale lets parts of an image leave the flow early (RealNVP, arXiv 1605.08803, section 3.6). The base is a vector, the latents z_0, …, z_{L−1} one after the
// other, and Forward takes them in that order, the coarsest first:
//
//	x_0 = T_0(z_0),  x_l = T_l([x_{l−1}; z_l]),  the data are x_{L−1}
//
// where [;] joins channels. Each level T_l maps [4C,H/2,W/2] to [C,H,W], with a Squeeze or a Haar at its data side, so that of the 4C channels 2C come
// from the level before and 2C are new. The log-determinants add. The parameters of Levels[l] are called levels.l.
type Multiscale struct {
	Shape  graph.Shape // of the data, [C,H,W]; H and W are multiples of 2^L
	Levels []Bijection // from the base to the data, at least one
}

// Bind implements Bijection. Errors: sides that cannot be halved so often, a base of another size, a level that does not map as above.
func (m Multiscale) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	if err := image("a multiscale flow", m.Shape); err != nil {
		return nil, err
	}
	d, err := vector("a multiscale flow", base)
	if err != nil {
		return nil, err
	}
	if d != m.Shape.Size() || len(m.Levels) == 0 {
		return nil, fmt.Errorf("%w: a multiscale flow of %d levels from %d numbers to an image of %v", fault.ErrShape, len(m.Levels), d, m.Shape)
	}
	bound := multiscale{shape: m.Shape, bases: make([]graph.Shape, len(m.Levels)), levels: make([]Bound, len(m.Levels))}
	data := m.Shape
	for l := len(m.Levels) - 1; l >= 0; l-- {
		shape, ok := squeezed(data)
		if !ok {
			return nil, fmt.Errorf("%w: an image of %d×%d pixels cannot be halved %d times: resize it, or use fewer levels", fault.ErrShape, m.Shape[1], m.Shape[2], len(m.Levels))
		}
		if m.Levels[l] == nil {
			return nil, fmt.Errorf("%w: level %d of a multiscale flow is missing", fault.ErrConfig, l)
		}
		if bound.levels[l], err = m.Levels[l].Bind(s.At("levels", l), shape, cond); err != nil {
			return nil, fmt.Errorf("level %d: %w", l, err)
		}
		if got := bound.levels[l].DataShape(); !got.Equal(data) {
			return nil, fmt.Errorf("%w: level %d of a multiscale flow maps %v to %v, not to %v: end it with a Squeeze", fault.ErrShape, l, shape, got, data)
		}
		bound.bases[l] = shape
		data = graph.Shape{shape[0] / 2, shape[1], shape[2]}
	}
	return bound, nil
}

type multiscale struct {
	shape  graph.Shape
	bases  []graph.Shape // of the levels
	levels []Bound
}

func (m multiscale) DataShape() graph.Shape { return m.shape }

func (m multiscale) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	logDet = b.Scalar(0)
	at := 0
	for l, level := range m.levels {
		s := m.bases[l]
		if l > 0 {
			s = graph.Shape{s[0] / 2, s[1], s[2]}
		}
		z := graph.Reshape(graph.Slice(u, 0, at, at+s.Size()), s...)
		at += s.Size()
		if l > 0 {
			z = graph.Concat(0, x, z)
		}
		var d graph.Value
		x, d = level.Forward(b, z, cond)
		logDet = graph.Add(logDet, d)
	}
	return x, logDet
}

func (m multiscale) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	logDet = b.Scalar(0)
	latents := make([]graph.Value, len(m.levels))
	for l := len(m.levels) - 1; l >= 0; l-- {
		z, d := m.levels[l].Inverse(b, x, cond)
		logDet = graph.Add(logDet, d)
		if l > 0 {
			half := m.bases[l][0] / 2
			x, z = graph.Slice(z, 0, 0, half), graph.Slice(z, 0, half, 2*half)
		}
		latents[l] = graph.Flatten(z)
	}
	return graph.Concat(0, latents...), logDet
}
