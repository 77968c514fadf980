package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// fold is dst = in[0] ∘ in[1] ∘ …, from the left: a sum or a maximum over the elements of a row.
type fold[T matrix.Float] struct {
	kind graph.Op // OpAdd or OpMax
	f    func(dst, a, b []T)
	unit int
	dst  operand
	in   []operand // two or more, on the tile
}

func (i *fold[T]) run(t *tile[T]) {
	n := i.unit * t.lanes
	dst := t.span(i.dst, i.unit)
	if n > 1 {
		i.f(dst, t.span(i.in[0], i.unit), t.span(i.in[1], i.unit))
		for _, a := range i.in[2:] {
			i.f(dst, dst, t.span(a, i.unit))
		}
		return
	}
	s := t.mem[i.in[0].off]
	if i.kind == graph.OpAdd {
		for _, a := range i.in[1:] {
			s += t.mem[a.off]
		}
	} else {
		for _, a := range i.in[1:] {
			s = max(s, t.mem[a.off])
		}
	}
	dst[0] = s
}
