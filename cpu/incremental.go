package cpu

import (
	"slices"

	"diffeo/graph"
	"diffeo/matrix"
)

// A Repeat whose body is triangular need not be repeated. Autoregressive sampling, x ← F(x) for D trips, is the case: element x_d is
// final once the elements before it are. The compiler follows every unit of the body back to the carried elements that it depends on,
// through masks of zeros too. Where that ends, and within the number of trips, each unit belongs to a step: the number of carried elements one
// after the other behind it. Then every unit is computed once, step by step, for about the cost of one trip. This is the
// incremental inverse of ARCHITECTURE section 4; it knows nothing of particular networks or transformers.
type incremental[T matrix.Float] struct {
	e     *emitter[T]
	o     *op
	body  *body
	carry []*value // arguments
	next  []*value // results of the body
	step  map[*value][]int32
	wide  map[*value]*mask // masks of products
	ok    bool
}

const (
	unknown int32 = -1
	pending int32 = -2
)

// incremental writes a Repeat step by step, or reports that its body is not of the kind.
func (e *emitter[T]) incremental(o *op) bool {
	trips := o.attr.(graph.Trips)
	count, known := e.known(o.in[0].loc.start)
	if !known || int(count) < 1 || int(count) > trips.Max {
		return false
	}
	for _, v := range o.out[trips.Carries:] {
		if len(v.users) > 0 || v.output {
			return false
		}
	}
	b := o.body[0]
	i := &incremental[T]{e: e, o: o, body: b, carry: b.args[1:], next: b.outs, step: map[*value][]int32{}, wide: map[*value]*mask{}, ok: true}
	last := int32(0)
	for c, v := range i.next {
		for k := range v.Shape.Size() {
			if i.same(c) {
				continue
			}
			last = max(last, i.of(i.carry[c], k))
		}
	}
	if !i.ok || int(last) > int(count) {
		return false
	}
	for _, p := range b.ops { // units that no result depends on are computed too: they must have a step
		for _, v := range p.out {
			for k := range v.Shape.Size() {
				i.of(v, k)
			}
		}
		if !i.ok || !supported(p) {
			return false
		}
		if p.kind == graph.OpMatMul {
			if _, _, _, ok := matrixOf(p.in[0].loc, p.in[0].Shape[0], p.in[0].Shape[1]); !ok {
				return false
			}
		}
	}
	i.emit(int(last), trips.Carries)
	return true
}

// emit gives every value of the body a place and writes the units step by step.
func (i *incremental[T]) emit(last, carries int) {
	e := i.e
	places := make([]loc, carries)
	var held []*block
	hold := func(l loc) {
		for _, b := range l.blocks {
			b.refs++
			held = append(held, b)
		}
	}
	// Places start as zeros: a product reads whole ranges of rows, and what the mask makes zero there must not be NaN.
	clean := func(unit int, l loc) { e.copyTo(unit, l, loc{start: e.zero(), n: l.n}) }
	for c, v := range i.o.out[:carries] {
		places[c] = e.fresh(v)
		hold(places[c])
		if i.same(c) {
			e.copyTo(e.unit(v), places[c], i.o.in[1+c].loc)
		} else {
			clean(e.unit(v), places[c])
		}
		i.carry[c].loc = loc{start: places[c].start, step: places[c].step, n: places[c].n}
	}
	type part struct {
		o *op // whose result's units it computes
		g *gemm[T]
	}
	var parts []part
	for _, o := range i.body.ops {
		o.stage = e.stage
	}
	for _, v := range outerReads([]*body{i.body}, i.carry[0].inside) {
		v.left += 1 << 30 // uses of outer values are counted where the loop stands
		defer func() { v.left -= 1 << 30 }()
	}
	for _, o := range i.body.ops {
		for _, v := range o.out {
			v.left = 1 << 30
		}
	}
	var viewed []*value
	place := func(v *value) {
		l := e.fresh(v)
		hold(l)
		clean(e.unit(v), l)
		v.loc = l
	}
	for _, o := range i.body.ops {
		if o.done {
			continue
		}
		o.done = true
		v := o.out[0]
		switch o.kind {
		case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake:
			e.view(o)
			viewed = append(viewed, v)
		case graph.OpMatMul:
			g, last, absorbed := i.product(o)
			for _, p := range absorbed {
				p.done = true
			}
			place(last.out[0])
			g.c = e.operand(last.out[0].loc.start)
			parts = append(parts, part{last, g})
		case graph.OpAdd:
			if l, ok := e.disjoint(o.in[0].loc, o.in[1].loc); ok {
				v.loc = l
				continue
			}
			place(v)
			parts = append(parts, part{o, nil})
		case graph.OpComposite:
			for _, v := range o.out {
				v.loc = e.likeTheta(v, o.in[1])
				hold(v.loc)
				clean(e.unit(v), v.loc)
			}
			parts = append(parts, part{o, nil})
		default:
			place(v)
			parts = append(parts, part{o, nil})
		}
	}
	for s := range last + 1 {
		for _, p := range parts {
			var units []int
			for k, step := range i.step[p.o.out[0]] {
				if int(step) == s {
					units = append(units, k)
				}
			}
			if len(units) == 0 {
				continue
			}
			if p.g != nil {
				i.rows(p.g, units)
			} else {
				i.elements(p.o, units)
			}
		}
		for c, v := range i.next { // what this step found becomes known to the next
			if i.same(c) {
				continue
			}
			var units []int
			for k := range v.Shape.Size() {
				if int(i.of(v, k)) == s {
					units = append(units, k)
				}
			}
			at := func(l loc) loc { return pick(len(units), nil, func(k int) cell { return l.at(units[k]) }) }
			if len(units) > 0 {
				e.copyTo(e.unit(i.o.out[c]), at(places[c]), at(v.loc))
			}
		}
	}
	for c, v := range i.o.out[:carries] {
		e.bind(v, places[c])
	}
	for _, v := range viewed {
		e.drop(v)
	}
	for _, b := range held {
		if b.refs--; b.refs == 0 {
			e.arena.release(b)
		}
	}
}

// product prepares a masked product with what follows it.
func (i *incremental[T]) product(o *op) (*gemm[T], *op, []*op) {
	e := i.e
	m, k := o.in[0].Shape[0], o.in[0].Shape[1]
	a, aRow, aCol, ok := matrixOf(o.in[0].loc, m, k)
	if !ok {
		i.ok = false
	}
	unit := e.unit(o.out[0])
	g := &gemm[T]{f: e.k.Gemm, a: a, aRow: aRow, aCol: aCol, aLen: (m-1)*aRow + (k-1)*aCol + 1, m: m, k: k, unit: unit}
	last, absorbed := e.epilogue(o, g)
	g.from = o
	return g, last, absorbed
}

// rows adds the rows of a product that belong to a step.
func (i *incremental[T]) rows(g *gemm[T], units []int) {
	e, o := i.e, g.from
	b := o.in[1]
	l, free := e.rowsOf(b, g.k, 1)
	mask := i.wide[o.in[0]]
	part := *g
	part.b, part.ldb, part.panels = e.operand(l.start), int(l.step), nil
	if g.k == 1 {
		part.ldb = g.unit
	}
	for from := 0; from < len(units); {
		p := panel{row: units[from], span: i.sees(mask, g.k, units[from])}
		for from < len(units) && units[from] == p.row+p.rows && i.sees(mask, g.k, units[from]) == p.span {
			p.rows++
			from++
		}
		part.panels = append(part.panels, p)
	}
	e.add(&part)
	free()
}

// sees is the range of columns that a row of a product reads.
func (i *incremental[T]) sees(m *mask, k, row int) span {
	if m == nil {
		return span{0, k}
	}
	return rangeOf(m.data[row*k : (row+1)*k])
}

// elements adds the units of another op that belong to a step.
func (i *incremental[T]) elements(o *op, units []int) {
	e, v := i.e, o.out[0]
	unit := e.unit(v)
	at := func(l loc) loc {
		if l.n == 1 && v.Shape.Size() != 1 {
			return loc{start: l.start, n: len(units)}
		}
		return pick(len(units), nil, func(k int) cell { return l.at(units[k]) })
	}
	dst := at(v.loc)
	switch o.kind {
	case graph.OpComposite:
		var columns []int
		for _, k := range units {
			if k %= o.in[0].Shape.Size(); !slices.Contains(columns, k) {
				columns = append(columns, k)
			}
		}
		outs := make([]loc, len(o.out))
		for k, v := range o.out {
			outs[k] = v.loc
		}
		e.splineColumns(o, columns, outs)
		return
	case graph.OpSum, graph.OpMaxOver, graph.OpPut:
		kind := graph.OpAdd
		if o.kind == graph.OpMaxOver {
			kind = graph.OpMax
		}
		lists := combined(o)
		for n, k := range units {
			cells := make([]cell, len(lists[k]))
			for j, u := range lists[k] {
				cells[j] = o.in[0].loc.at(u)
			}
			e.combine(kind, unit, dst.at(n), cells)
		}
		return
	case graph.OpCumSum:
		e.running(o.attr.(graph.Cumulation), v, v.loc, o.in[0].loc, units)
		return
	}
	in := make([]loc, len(o.in))
	var frees []func()
	for k, u := range o.in {
		in[k] = at(u.loc)
		all := len(o.in) != 2
		if len(o.in) == 2 && k == 0 {
			other := at(o.in[1].loc)
			for j := range in[0].n {
				all = all || in[0].at(j).shared() && other.at(j).shared()
			}
		}
		if all { // a kernel needs units here
			l, free := e.units(v, in[k])
			in[k], frees = l, append(frees, free)
		}
	}
	switch len(in) {
	case 1:
		f := e.unaryKernel(o.kind)
		e.add(&elementwise1[T]{f, e.runs(unit, dst, in[0])})
	case 2:
		f, right, left := e.binaryKernels(o.kind)
		e.add(&elementwise2[T]{f, right, left, e.runs(unit, dst, in[0], in[1])})
	default:
		e.add(&elementwise3[T]{e.k.Select, e.runs(unit, dst, in[0], in[1], in[2])})
	}
	for _, free := range frees {
		free()
	}
}
