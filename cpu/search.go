package cpu

import "diffeo/graph"

// A While whose elements stop by themselves can stand in a triangular loop: a map whose inverse is searched for. A step runs it for the
// elements that belong to the step, as a While of its own, whose bodies compute of each value what these elements need.

// byElement reports whether a While runs every element by itself, in ops of which parts can be computed.
func byElement(o *op) bool {
	stops := o.body[0].outs[0].Shape
	for _, v := range o.out {
		if !v.Shape.Equal(stops) {
			return false
		}
	}
	for _, b := range o.body {
		for _, p := range b.ops {
			if p.kind == graph.OpWhile || !supported(p) {
				return false
			}
		}
	}
	return true
}

// search adds a While for some of its elements, whose results go to their places.
func (i *incremental[T]) search(o *op, elements []int) {
	e := i.e
	part := &op{kind: o.kind, attr: o.attr, node: o.node, guard: o.guard, stage: o.stage}
	for c, v := range o.out {
		part.in = append(part.in, &value{Type: v.Type, inside: v.inside, loc: i.some(o.in[c].loc, elements)})
		own := some(v, elements)
		own.left = 1
		part.out = append(part.out, own)
	}
	for _, b := range o.body {
		part.body = append(part.body, i.cut(b, elements))
	}
	e.loop(part)
	for c, v := range o.out {
		if v.loc.n > 0 {
			e.copyTo(e.unit(v), i.some(v.loc, elements), part.out[c].loc)
		}
		e.used(part.out[c])
	}
}

// some is a value of so many elements, otherwise like v.
func some(v *value, elements []int) *value {
	return &value{Type: graph.Type{DType: v.DType, Shape: graph.Shape{len(elements)}, Rows: v.Rows}, inside: v.inside}
}

// reached calls f for all units that element k of the results of a While is computed from.
func (i *incremental[T]) reached(o *op, k int, f func(v *value, j int)) {
	for c := range o.out {
		f(o.in[c], k)
	}
	for _, b := range o.body {
		depth := b.args[0].inside
		i.reach(b, []int{k}, func(v *value, j int) {
			switch {
			case v.inside < depth:
				f(v, j)
			case j != k: // it depends on another element as it was a round before
				i.ok = false
			}
		})
	}
}
