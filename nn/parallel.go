package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Parallel is networks side by side that read the same and share the outputs evenly: y = [net₀(x, c), net₁(x, c), …]. RealNVP has one for
// the shifts and one for the scales (arXiv 1605.08803), as in normflows. The weights of net i are called nets.i.….
type Parallel struct{ Nets []Conditioner }

// Bind implements Conditioner. Errors: no networks, a missing one, outputs that they cannot share evenly.
func (m Parallel) Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error) {
	if len(m.Nets) == 0 || out%len(m.Nets) != 0 {
		return nil, fmt.Errorf("%w: %d networks side by side for %d outputs", fault.ErrConfig, len(m.Nets), out)
	}
	var p parallel
	for i, c := range m.Nets {
		if c == nil {
			return nil, fmt.Errorf("%w: network %d of those side by side is missing", fault.ErrConfig, i)
		}
		n, err := c.Bind(s.At("nets", i), in, cond, out/len(m.Nets))
		if err != nil {
			return nil, fmt.Errorf("network %d: %w", i, err)
		}
		p = append(p, n)
	}
	return p, nil
}

type parallel []Net

// Apply implements Net.
func (p parallel) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	y := make([]graph.Value, len(p))
	for i, n := range p {
		y[i] = n.Apply(b, x, cond)
	}
	return graph.Concat(0, y...)
}
