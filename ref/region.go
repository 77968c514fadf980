package ref

import (
	"slices"

	"diffeo/graph"
)

// region computes an op that holds nested graphs.
func (m *machine) region(n *graph.Node, in []array) []array {
	switch n.Op {
	case graph.OpIf:
		split := 1 + len(n.Body[0].Inputs)
		if in[0].data[0] != 0 {
			return m.body(n.Body[0], in[1:split])
		}
		return m.body(n.Body[1], in[split:])
	case graph.OpRepeat:
		return m.repeat(n, in)
	case graph.OpWhile:
		return m.while(n, in)
	}
	return m.body(n.Body[0], in) // custom and composite
}

func (m *machine) repeat(n *graph.Node, in []array) []array {
	t := n.Attr.(graph.Trips)
	carry, captured := in[1:1+t.Carries], in[1+t.Carries:]
	stacks := make([]array, t.Carries)
	for c := range stacks {
		stacks[c] = m.array(n.Out[t.Carries+c])
	}
	trips := position(in[0].data[0], t.Max+1)
	for i := range trips {
		for c, a := range carry {
			for l := range a.lanes {
				copy(stacks[c].lane(l)[i*a.Shape.Size():], a.lane(l))
			}
		}
		counter := array{graph.Type{}, 1, []float64{float64(i)}}
		carry = m.body(n.Body[0], slices.Concat([]array{counter}, carry, captured))
		if m.err != nil {
			break
		}
	}
	return slices.Concat(carry, stacks)
}

// while steps all rows together; a row, or an element, whose condition is false keeps its values.
func (m *machine) while(n *graph.Node, in []array) []array {
	cond, step := n.Body[0], n.Body[1]
	carry := in[:len(n.Out)]
	split := len(cond.Inputs)
	forCond, forStep := in[len(n.Out):split], in[split:]
	for rounds := 0; m.err == nil && m.ctx.Err() == nil; rounds++ {
		going := m.body(cond, slices.Concat(carry, forCond))[0]
		if !slices.Contains(going.data, 1) {
			if m.call.Looped != nil {
				m.call.Looped(rounds)
			}
			return carry
		}
		next := m.body(step, slices.Concat(carry, forStep))
		kept := make([]array, len(carry))
		for c, t := range n.Out {
			kept[c] = m.array(t)
			for l := range kept[c].lanes {
				to, goes := kept[c].lane(l), going.lane(l)
				copy(to, carry[c].lane(l))
				for i, x := range next[c].lane(l) {
					if goes[min(i, len(goes)-1)] != 0 {
						to[i] = x
					}
				}
			}
		}
		carry = kept
	}
	if m.err == nil {
		m.err = m.ctx.Err()
	}
	return carry
}
