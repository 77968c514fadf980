package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Chain composes maps, listed in the order in which Forward applies them: x = T_K(… T_2(T_1(u))). The log-determinants add.
// The parameters of Transforms[i] are called transforms.i; an empty chain is the identity.
type Chain struct{ Transforms []Bijection }

// Bind implements Bijection.
func (c Chain) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	bound := chain{shape: base}
	for i, t := range c.Transforms {
		if t == nil {
			return nil, fmt.Errorf("%w: transform %d of a chain is missing", fault.ErrConfig, i)
		}
		next, err := t.Bind(s.At("transforms", i), bound.shape, cond)
		if err != nil {
			return nil, fmt.Errorf("transform %d: %w", i, err)
		}
		bound.maps, bound.shape = append(bound.maps, next), next.DataShape()
	}
	return bound, nil
}

type chain struct {
	maps  []Bound
	shape graph.Shape
}

func (c chain) DataShape() graph.Shape { return c.shape }

func (c chain) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	x, logDet = u, b.Scalar(0)
	for _, m := range c.maps {
		var l graph.Value
		x, l = m.Forward(b, x, cond)
		logDet = graph.Add(logDet, l)
	}
	return x, logDet
}

func (c chain) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, logDet = x, b.Scalar(0)
	for i := len(c.maps) - 1; i >= 0; i-- {
		var l graph.Value
		u, l = c.maps[i].Inverse(b, u, cond)
		logDet = graph.Add(logDet, l)
	}
	return u, logDet
}
