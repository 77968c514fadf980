package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// Embed shows a map its condition through a learned network: T(u; e(c)). All maps inside share the network, whose weights are called embedding.…;
// the names of the map's own stay as they are.
type Embed struct {
	Net       nn.Embedder
	Transform Bijection
}

// Bind implements Bijection. Errors: no map, no condition, those of the network and of the map.
func (m Embed) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	if m.Net == nil || m.Transform == nil {
		return nil, fmt.Errorf("%w: an embedding needs a network and a map", fault.ErrConfig)
	}
	net, shape, err := m.Net.Bind(s.Sub("embedding"), cond)
	if err != nil {
		return nil, err
	}
	inner, err := m.Transform.Bind(s, base, shape)
	if err != nil {
		return nil, err
	}
	return embed{inner, net}, nil
}

type embed struct {
	Bound
	net nn.Net
}

func (m embed) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return m.Bound.Forward(b, u, m.net.Apply(b, graph.Value{}, cond))
}

func (m embed) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	return m.Bound.Inverse(b, x, m.net.Apply(b, graph.Value{}, cond))
}
