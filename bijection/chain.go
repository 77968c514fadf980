package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Chain composes maps, listed in the order in which Forward applies them: x = T_K(… T_2(T_1(u))). The log-determinants add.
// The parameters of Transforms[i] are called transforms.i; an empty chain is the identity.
type Chain struct {
	Transforms []Bijection
	// Recompute keeps for a gradient only what goes into each map, which then is computed once more: the memory of training grows by a row
	// a map, and not with the networks in them, for a third more time (graph.Recompute). Not for maps that update what they know in training (BatchNorm, and
	// networks with it).
	Recompute bool
}

// Bind implements Bijection.
func (c Chain) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	bound := chain{shape: base, recompute: c.Recompute}
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
	maps      []Bound
	shape     graph.Shape
	recompute bool
}

func (c chain) DataShape() graph.Shape { return c.shape }

func (c chain) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	x, logDet = u, b.Scalar(0)
	for _, m := range c.maps {
		var l graph.Value
		x, l = c.apply(b, m.Forward, x, cond)
		logDet = graph.Add(logDet, l)
	}
	return x, logDet
}

func (c chain) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, logDet = x, b.Scalar(0)
	for i := len(c.maps) - 1; i >= 0; i-- {
		var l graph.Value
		u, l = c.apply(b, c.maps[i].Inverse, u, cond)
		logDet = graph.Add(logDet, l)
	}
	return u, logDet
}

// apply is f(v, cond), computed again for the gradient where the chain says so. Graphs of the first batch, whose maps make updates, have no gradients.
func (c chain) apply(b *graph.Builder, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value), v, cond graph.Value) (w, logDet graph.Value) {
	if !c.recompute || b.Starting() {
		return f(b, v, cond)
	}
	in := []graph.Value{v}
	if cond.Valid() {
		in = append(in, cond)
	}
	out := graph.Recompute("map of a chain", in, func(in []graph.Value) []graph.Value {
		cond := graph.Value{}
		if len(in) > 1 {
			cond = in[1]
		}
		w, l := f(b, in[0], cond)
		return []graph.Value{w, l}
	})
	return out[0], out[1]
}
