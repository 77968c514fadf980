package cpu

import "diffeo/graph"

// reach is the units of values of a body that units of its results depend on, with those that are computed together with them.
type reach struct {
	depth   int
	sources func(o *op, k int, f func(v *value, j int))
	outside func(v *value, k int) // is called for units of arguments and of outer values
	seen    map[*value][]bool
}

// reach finds what some elements of a body's results need.
func (i *incremental[T]) reach(b *body, elements []int, outside func(v *value, k int)) *reach {
	r := &reach{depth: b.args[0].inside, sources: i.sources, outside: outside, seen: map[*value][]bool{}}
	for _, v := range b.outs {
		for _, k := range elements {
			r.from(v, k)
		}
	}
	return r
}

// from adds a unit and what it depends on.
func (r *reach) from(v *value, k int) {
	if v.inside < r.depth || v.def == nil {
		r.outside(v, k)
		if v.inside < r.depth {
			return
		}
	}
	s := r.seen[v]
	if s == nil {
		s = make([]bool, v.Shape.Size())
		r.seen[v] = s
	}
	if s[k] {
		return
	}
	s[k] = true
	if v.def == nil {
		return
	}
	switch o := v.def; o.kind {
	case graph.OpMatMul: // a column, with all of its rows
		m, inner, n := o.in[0].Shape[0], o.in[0].Shape[1], o.in[1].Shape[1]
		for i := range m {
			s[i*n+k%n] = true
		}
		for j := range inner {
			r.from(o.in[1], j*n+k%n)
		}
		for j := range m * inner {
			if o.in[0].Rows == 0 && o.in[0].inside < r.depth { // weights
				break
			}
			r.from(o.in[0], j)
		}
	case graph.OpCumSum: // a line
		axis := o.attr.(graph.Cumulation).Axis
		n, inner := v.Shape[axis], v.Shape[axis+1:].Size()
		for j := range n {
			at := (k/(inner*n)*n+j)*inner + k%inner
			s[at] = true
			r.from(o.in[0], at)
		}
	case graph.OpComposite: // a column of all results
		d := o.in[0].Shape.Size()
		for _, w := range o.out {
			for j := k % d; j < w.Shape.Size(); j += d {
				r.from(w, j)
			}
		}
		r.sources(o, k, r.from)
	default:
		r.sources(o, k, r.from)
	}
}
