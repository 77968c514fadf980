package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// groups writes the ops between a row and its group of n lanes: lane r·n+j belongs to lane r.
func (e *emitter[T]) groups(o *op) {
	v, x := o.out[0], o.in[0]
	if !e.row {
		e.p.unsupported(o, "groups of shared values")
		return
	}
	n := int(o.attr.(graph.Axis))
	l, free := e.units(x, x.loc)
	dst := e.fresh(v)
	g := &groups[T]{kind: o.kind, n: n, from: e.unit(x), to: e.unit(v)}
	for i := range dst.n {
		g.dst = append(g.dst, e.operand(dst.at(i)))
		g.in = append(g.in, e.operand(l.at(i)))
	}
	e.add(g)
	e.bind(v, dst)
	free()
}

type groups[T matrix.Float] struct {
	kind     graph.Op
	n        int // lanes of a group
	from, to int // units of an element
	in, dst  []operand
}

func (i *groups[T]) run(t *tile[T]) {
	for k := range i.dst {
		in, dst := t.span(i.in[k], i.from), t.span(i.dst[k], i.to)
		switch i.kind {
		case graph.OpSpreadRows:
			for l := range dst {
				dst[l] = in[l/i.n]
			}
		case graph.OpGroupSum:
			for l := range dst {
				s := in[l*i.n]
				for _, x := range in[l*i.n+1 : (l+1)*i.n] {
					s += x
				}
				dst[l] = s
			}
		case graph.OpGroupMax:
			for l := range dst {
				s := in[l*i.n]
				for _, x := range in[l*i.n+1 : (l+1)*i.n] {
					s = max(s, x)
				}
				dst[l] = s
			}
		}
	}
}

func (e *emitter[T]) random(o *op) {
	v := o.out[0]
	key, ok := e.p.keys[o.in[0]]
	if !ok {
		e.p.unsupported(o, "a key that is no input")
	}
	dst := e.fresh(v)
	draw := o.attr.(graph.Draw)
	f := e.k.PhiloxUniform
	switch draw.Kind {
	case graph.Normal:
		f = e.k.PhiloxNormal
	case graph.Rademacher:
		f = e.k.PhiloxSign
	}
	e.add(&random[T]{f: f, stream: draw.Stream, key: key, dst: e.operand(dst.start), n: dst.n, unit: e.unit(v), shared: !e.row})
	e.bind(v, dst)
}

// random fills units with the numbers of a draw. A draw that all rows share is that of row 2⁶⁴ − 1.
type random[T matrix.Float] struct {
	f      func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int)
	stream uint32
	key    int // the input that holds it
	dst    operand
	n      int
	unit   int
	shared bool
}

func (i *random[T]) run(t *tile[T]) {
	bits := t.args.In[i.key].Bits
	row := t.args.FirstRow*uint64(i.unit) + uint64(t.row0*i.unit)
	if i.shared {
		row = 1<<64 - 1
	}
	lanes := t.lanes * i.unit
	i.f(t.span(i.dst, i.n*i.unit), [2]uint32{bits[0], bits[1]}, i.stream, row, lanes, i.n, lanes)
}
