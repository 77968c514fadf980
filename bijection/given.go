package bijection

import (
	"fmt"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// given is the parameters of a map of whole vectors: learned numbers, to which under a condition a network adds what it reads there.
type given struct {
	sizes []int
	own   []param.Ref
	net   nn.Net // nil: no condition
}

// part is one of them: its name, its first values and its size.
type part struct {
	name string
	init param.Init
	size int
}

// bindGiven declares the parts in s, and under a condition the network's weights as conditioner.…; net may be nil, for nn.MLP{}.
func bindGiven(s *param.Scope, net nn.Conditioner, cond graph.Shape, parts ...part) (given, error) {
	g, n := given{}, 0
	for _, p := range parts {
		g.sizes = append(g.sizes, p.size)
		g.own = append(g.own, s.Param(p.name, p.init, p.size))
		n += p.size
	}
	if cond == nil {
		return g, nil
	}
	if net == nil {
		net = nn.MLP{}
	}
	var err error
	if g.net, err = net.Bind(s.Sub("conditioner"), 0, cond, n); err != nil {
		return g, fmt.Errorf("conditioner: %w", err)
	}
	return g, nil
}

// values are the parts, each of shape [size].
func (g given) values(b *graph.Builder, cond graph.Value) []graph.Value {
	out := make([]graph.Value, len(g.own))
	var added graph.Value
	if g.net != nil {
		added = g.net.Apply(b, graph.Value{}, cond)
	}
	at := 0
	for i, r := range g.own {
		out[i] = r.Value(b)
		if added.Valid() {
			out[i] = graph.Add(out[i], graph.Slice(added, 0, at, at+g.sizes[i]))
		}
		at += g.sizes[i]
	}
	return out
}
