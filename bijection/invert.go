package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Invert exchanges the directions of a map: its Forward is the other's Inverse. An IAF is an inverted MAF. The
// parameters keep their names. The map must not change shapes.
type Invert struct{ Bijection Bijection }

// Bind implements Bijection.
func (i Invert) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	if i.Bijection == nil {
		return nil, fmt.Errorf("%w: Invert has no map to invert", fault.ErrConfig)
	}
	m, err := i.Bijection.Bind(s, base, cond)
	if err != nil {
		return nil, fmt.Errorf("inverted: %w", err)
	}
	if !m.DataShape().Equal(base) {
		return nil, fmt.Errorf("%w: Invert needs a map that keeps shapes, this one goes from %v to %v", fault.ErrShape, base, m.DataShape())
	}
	return inverted{m}, nil
}

type inverted struct{ m Bound }

func (i inverted) DataShape() graph.Shape { return i.m.DataShape() }

func (i inverted) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return i.m.Inverse(b, u, cond)
}

func (i inverted) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	return i.m.Forward(b, x, cond)
}
