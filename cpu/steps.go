package cpu

import (
	"diffeo/graph"
)

// same reports whether carry c stays what it was.
func (i *incremental[T]) same(c int) bool { return i.next[c] == i.carry[c] }

func supported(p *op) bool {
	switch p.kind {
	case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake,
		graph.OpSelect, graph.OpSum, graph.OpMaxOver, graph.OpPut, graph.OpCumSum:
		return true
	case graph.OpMatMul:
		return p.in[0].Rows == 0 && p.in[1].Rows > 0
	case graph.OpWhile:
		return byElement(p)
	case graph.OpComposite:
		return mapsColumns(p.attr.(graph.Composed))
	}
	_, unary := graph.Unary[p.kind]
	_, binary := graph.Binary[p.kind]
	return unary || binary
}

// of is the step of unit k of v.
func (i *incremental[T]) of(v *value, k int) int32 {
	if v.inside < i.carry[0].inside || !i.ok {
		return 0
	}
	if v.def != nil && (v.def.kind == graph.OpWhile || v.def.kind == graph.OpMatMul && v.Shape[1] > 1) {
		v = v.def.out[0] // results of a While belong to one step
		if v.def.kind == graph.OpMatMul {
			k = 0 // and so does all of a product of several columns
		}
	}
	s := i.step[v]
	if s == nil {
		s = make([]int32, v.Shape.Size())
		for j := range s {
			s[j] = unknown
		}
		i.step[v] = s
	}
	switch s[k] {
	case unknown:
	case pending: // it depends on itself
		i.ok = false
		return 0
	default:
		return s[k]
	}
	s[k] = pending
	r := int32(0)
	if v.def == nil {
		r = i.ofCarry(v, k)
	} else {
		i.sources(v.def, k, func(u *value, j int) { r = max(r, i.of(u, j)) })
	}
	s[k] = r
	return r
}

func (i *incremental[T]) ofCarry(v *value, k int) int32 {
	for c, a := range i.carry {
		if a != v {
			continue
		}
		if i.same(c) {
			return 0
		}
		return i.of(i.next[c], k) + 1
	}
	i.ok = false // the counter
	return 0
}

// combined is that of the op, found out once; nil for ops that combine nothing.
func (i *incremental[T]) combined(o *op) [][]int {
	switch o.kind {
	case graph.OpSum, graph.OpMaxOver, graph.OpPut:
	default:
		return nil
	}
	lists, ok := i.terms[o]
	if !ok {
		lists = combined(o)
		i.terms[o] = lists
	}
	return lists
}

// sources calls f for every unit that unit k of o's result is computed from.
func (i *incremental[T]) sources(o *op, k int, f func(v *value, j int)) {
	in := o.in
	switch o.kind {
	case graph.OpMatMul:
		if in[1].Shape[1] > 1 {
			for j := range in[1].Shape.Size() {
				f(in[1], j)
			}
			return
		}
		n := in[0].Shape[1]
		mask, ok := i.wide[in[0]]
		if !ok {
			mask = maskOf(in[0])
			i.wide[in[0]] = mask
		}
		for j := range n {
			if mask == nil || mask.data[k*n+j] != 0 {
				f(in[1], j)
			}
		}
	case graph.OpSum, graph.OpMaxOver, graph.OpPut:
		for _, j := range i.combined(o)[k] {
			f(in[0], j)
		}
	case graph.OpWhile:
		each, ok := i.each[o]
		if !ok {
			each = byElement(o)
			i.each[o] = each
		}
		if !each {
			i.ok = false
			return
		}
		i.reached(o, k, f)
	case graph.OpCumSum:
		c, s := o.attr.(graph.Cumulation), in[0].Shape
		n, inner := s[c.Axis], s[c.Axis+1:].Size()
		at := k / inner % n
		for j := range n {
			before := j < at
			if c.Reverse {
				before = j > at
			}
			if before || j == at && !c.Exclusive {
				f(in[0], k+(j-at)*inner)
			}
		}
	case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake:
		if v, j := source(o)(k); v >= 0 {
			f(in[v], j)
		}
	case graph.OpComposite: // column by column
		d := in[0].Shape.Size()
		for _, v := range in {
			for j := k % d; j < v.Shape.Size(); j += d {
				f(v, j)
			}
		}
	default:
		if !supported(o) {
			i.ok = false
			return
		}
		for _, v := range in {
			if v.Shape.Size() == 1 {
				f(v, 0)
			} else {
				f(v, k)
			}
		}
	}
}
