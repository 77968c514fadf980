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
	clean map[*value]bool  // values that begin as zeros
	held  []*block
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

// part is what computes units of a value, step by step: an op, a product with what follows it, or a copy that a product reads.
type part[T matrix.Float] struct {
	of   *value // whose units
	o    *op
	g    *gemm[T]
	copy loc // where from, to the product's operand in one piece

	steps [][]int // the units by step
}

// emit gives every value of the body a place and writes the units step by step.
func (i *incremental[T]) emit(last, carries int) {
	e := i.e
	places := make([]loc, carries)
	for c, v := range i.o.out[:carries] {
		places[c] = e.fresh(v)
		i.hold(places[c])
		if i.same(c) {
			e.copyTo(e.unit(v), places[c], i.o.in[1+c].loc)
		}
		i.carry[c].loc = places[c]
	}
	i.clean = i.readEarly()
	for c, v := range i.carry {
		if i.clean[v] && !i.same(c) {
			i.clear(i.o.out[c], places[c])
		}
	}
	for _, o := range i.body.ops {
		o.stage = e.stage
		for _, v := range o.out {
			v.left = 1 << 30
		}
	}
	for _, v := range outerReads([]*body{i.body}, i.carry[0].inside) {
		v.left += 1 << 30 // uses of outer values are counted where the loop stands
		defer func() { v.left -= 1 << 30 }()
	}
	place := func(v *value) loc { // a result of the loop lies where it is carried
		for c, next := range i.next {
			if next == v && !i.same(c) {
				return places[c]
			}
		}
		l := e.fresh(v)
		i.hold(l)
		return l
	}
	var parts []part[T]
	var viewed []*value
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
			continue
		case graph.OpMatMul:
			p := i.product(o)
			if p.copy.n > 0 {
				parts = append(parts, part[T]{of: o.in[1], o: o, copy: p.copy, g: p.g})
			}
			v = p.of
			v.loc = place(v)
			p.g.c = e.operand(v.loc.start)
			parts = append(parts, part[T]{of: v, o: p.o, g: p.g})
		case graph.OpAdd:
			if l, ok := e.disjoint(o.in[0].loc, o.in[1].loc); ok {
				v.loc = l
				continue
			}
			v.loc = place(v)
			parts = append(parts, part[T]{of: v, o: o})
		case graph.OpComposite:
			for _, v := range o.out {
				if len(v.Shape) == 1 {
					v.loc = place(v)
					continue
				}
				v.loc = e.likeTheta(v, o.in[1])
				i.hold(v.loc)
			}
			for _, v := range o.out[1:] {
				if i.clean[v] {
					i.clear(v, v.loc)
				}
			}
			parts = append(parts, part[T]{of: v, o: o})
		default:
			v.loc = place(v)
			parts = append(parts, part[T]{of: v, o: o})
		}
		if i.clean[v] {
			i.clear(v, v.loc)
		}
	}
	for k := range parts {
		parts[k].steps = i.schedule(parts[k].of, last)
	}
	found := make([][][]int, carries)
	for c, v := range i.next {
		if !i.same(c) && !sameCells(v.loc, places[c]) {
			found[c] = i.schedule(v, last)
		}
	}
	for s := range last + 1 {
		for _, p := range parts {
			units := p.steps[s]
			switch {
			case len(units) == 0:
			case p.copy.n > 0:
				e.copyTo(e.unit(p.of), i.some(p.g.place, units), i.some(p.copy, units))
			case p.g != nil:
				i.rows(p.g, units)
			default:
				i.elements(p.o, units)
			}
		}
		for c, v := range i.next { // what this step found becomes known to the next
			if found[c] == nil {
				continue
			}
			if units := found[c][s]; len(units) > 0 {
				e.copyTo(e.unit(i.o.out[c]), i.some(places[c], units), i.some(v.loc, units))
			}
		}
	}
	for c, v := range i.o.out[:carries] {
		e.bind(v, places[c])
	}
	i.settle(carries)
	for _, v := range viewed {
		e.drop(v)
	}
	for _, b := range i.held {
		if b.refs--; b.refs == 0 {
			e.arena.release(b)
		}
	}
}

// hold keeps memory until the loop is written.
func (i *incremental[T]) hold(l loc) {
	for _, b := range l.blocks {
		b.refs++
		i.held = append(i.held, b)
	}
}

// clear makes the units of v zeros.
func (i *incremental[T]) clear(v *value, l loc) {
	i.e.copyTo(i.e.unit(v), l, loc{start: i.e.zero(), n: l.n})
}

// schedule lists the units of v by their step.
func (i *incremental[T]) schedule(v *value, last int) [][]int {
	steps := make([][]int, last+1)
	for k := range v.Shape.Size() {
		s := i.of(v, k)
		steps[s] = append(steps[s], k)
	}
	return steps
}

// some is the cells of some units of l.
func (i *incremental[T]) some(l loc, units []int) loc {
	return pick(len(units), nil, func(k int) cell { return l.at(units[k]) })
}

// readEarly finds the values whose units products read before they are known, times zeros of their weights: they begin as zeros, because
// what lay there before may be NaN. A product with a mask of whole ranges reads nothing early.
func (i *incremental[T]) readEarly() map[*value]bool {
	early := map[*value]bool{}
	var mark func(v *value)
	mark = func(v *value) {
		early[v] = true
		if v.def == nil || v.inside < i.carry[0].inside {
			return
		}
		switch v.def.kind {
		case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake, graph.OpAdd:
			for _, u := range v.def.in {
				mark(u)
			}
		}
	}
	for _, o := range i.body.ops {
		if o.kind != graph.OpMatMul {
			continue
		}
		n, k := o.in[0].Shape[0], o.in[0].Shape[1]
		if mask := i.wide[o.in[0]]; mask != nil && !exact(mask.data, k, equalRanges(mask.data, n, k)) {
			mark(o.in[1])
		}
	}
	return early
}

// product prepares a masked product with what follows it. An operand that does not lie in one piece is copied into one, unit by unit.
func (i *incremental[T]) product(o *op) part[T] {
	e := i.e
	b := o.in[1]
	m, k := o.in[0].Shape[0], o.in[0].Shape[1]
	a, aRow, aCol, _ := matrixOf(o.in[0].loc, m, k) // incremental has tried it
	g := &gemm[T]{f: e.k.Gemm, a: a, aRow: aRow, aCol: aCol, aLen: (m-1)*aRow + (k-1)*aCol + 1, m: m, k: k, unit: e.unit(o.out[0]), place: b.loc}
	p := part[T]{g: g}
	if !regularRows(b.loc) {
		p.copy = b.loc
		g.place = e.fresh(b)
		i.hold(g.place)
		if i.clean[b] {
			i.clear(b, g.place)
		}
	}
	g.b, g.ldb = e.operand(g.place.start), int(g.place.step)
	if k == 1 {
		g.ldb = g.unit
	}
	last, absorbed := e.epilogue(o, g)
	for _, q := range absorbed {
		q.done = true
	}
	g.from, p.o, p.of = o, last, last.out[0]
	return p
}

// regularRows reports whether the cells are units of the tile at equal steps that ascend.
func regularRows(l loc) bool {
	return l.list == nil && !l.at(0).shared() && (l.n == 1 || l.step > 0)
}

// rows adds the rows of a product that belong to a step.
func (i *incremental[T]) rows(g *gemm[T], units []int) {
	mask := i.wide[g.from.in[0]]
	part := *g
	for from := 0; from < len(units); {
		p := panel{row: units[from], span: i.sees(mask, g.k, units[from])}
		for from < len(units) && units[from] == p.row+p.rows && i.sees(mask, g.k, units[from]) == p.span {
			p.rows++
			from++
		}
		part.panels = append(part.panels, p)
	}
	i.e.add(&part)
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
