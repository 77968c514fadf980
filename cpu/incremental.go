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
	terms map[*op][][]int  // of sums
	each  map[*op]bool     // whether a While runs every element by itself

	places []loc           // of carries
	clean  map[*value]bool // values that begin as zeros
	held   []*block
	ok     bool

	passing map[*value]int32 // values that are read in their own step only
	pool    []*block         // their memory
	cursor  map[int32]int    // what of the pool a step has taken
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
	i := &incremental[T]{e: e, o: o, body: b, carry: b.args[1:], next: b.outs, step: map[*value][]int32{}, wide: map[*value]*mask{}, terms: map[*op][][]int{}, each: map[*op]bool{}, cursor: map[int32]int{}, ok: true}
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
		if !supported(p) {
			return false
		}
		for _, v := range p.out {
			for k := range v.Shape.Size() {
				i.of(v, k)
			}
		}
		if !i.ok {
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

// part is what computes units of a value, step by step: an op, a product with what follows it, or a copy of a product's operand.
type part[T matrix.Float] struct {
	of    *value   // whose units
	o     *op      // nil: a copy
	g     *gemm[T] // of a product
	copy  loc      // where a copy takes the units from
	place loc      // the operand of a product, in one piece
	steps [][]int  // the units by step
	*ahead
}

// emit gives every value of the body a place and writes the units step by step.
func (i *incremental[T]) emit(last, carries int) {
	e := i.e
	i.clean = i.readEarly()
	i.places = make([]loc, carries)
	for c, v := range i.o.out[:carries] {
		i.places[c] = e.fresh(v)
		i.hold(i.places[c])
		i.carry[c].loc = i.places[c]
		if i.same(c) {
			e.copyTo(e.unit(v), i.places[c], i.o.in[1+c].loc)
		} else {
			i.begins(i.carry[c])
		}
	}
	for _, v := range outerReads([]*body{i.body}, i.carry[0].inside) {
		v.left += 1 << 30 // uses of outer values are counted where the loop stands
		defer func() { v.left -= 1 << 30 }()
	}
	i.findPassing()
	parts, viewed := i.lay()
	for k := range parts {
		p := &parts[k]
		p.steps = i.schedule(p.of, last)
		if p.g != nil && p.g.columns > 1 {
			p.steps = i.scheduleRows(p.steps, p.g.columns)
		}
		if p.g != nil {
			p.ahead = i.lookAhead(p)
		}
	}
	found := make([][][]int, carries) // results that do not lie where they are carried
	for c, v := range i.next {
		if !i.same(c) && !sameCells(v.loc, i.places[c]) {
			found[c] = i.schedule(v, last)
		}
	}
	for s := range last + 1 {
		for k := range parts {
			i.advance(&parts[k], s)
		}
		for c, v := range i.next { // what this step found becomes known to the next
			if found[c] == nil {
				continue
			}
			if units := found[c][s]; len(units) > 0 {
				e.copyTo(e.unit(i.o.out[c]), i.some(i.places[c], units), i.some(v.loc, units))
			}
		}
	}
	for c, v := range i.o.out[:carries] {
		e.bind(v, i.places[c])
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

// lay gives the values of the body their places, and lists what computes them and which of them are views.
func (i *incremental[T]) lay() (parts []part[T], viewed []*value) {
	e := i.e
	for _, o := range i.body.ops {
		o.stage = e.stage
		for _, v := range o.out {
			v.left = 1 << 30
		}
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
			p, scattered := i.product(o)
			if scattered {
				parts = append(parts, part[T]{of: o.in[1], copy: o.in[1].loc, place: p.place})
			}
			i.place(p.of)
			p.g.c = e.operand(p.of.loc.start)
			parts = append(parts, p)
		case graph.OpWhile:
			for _, v := range o.out {
				if len(v.users) > 0 || v.output {
					i.place(v)
				}
			}
			parts = append(parts, part[T]{of: v, o: o})
		case graph.OpComposite:
			for _, v := range o.out {
				if len(v.Shape) == 1 {
					i.place(v)
					continue
				}
				v.loc = e.likeTheta(v, parameters(o))
				i.hold(v.loc)
				i.begins(v)
			}
			parts = append(parts, part[T]{of: v, o: o})
		default:
			if o.kind == graph.OpAdd {
				if l, ok := e.disjoint(o.in[0].loc, o.in[1].loc); ok {
					v.loc = l
					continue
				}
			}
			i.place(v)
			parts = append(parts, part[T]{of: v, o: o})
		}
	}
	return parts, viewed
}

// place gives a value of the body its place: that of a carry, for the result that it becomes.
func (i *incremental[T]) place(v *value) {
	if s, ok := i.passing[v]; ok {
		v.loc = i.pass(v, s)
		return
	}
	for c, next := range i.next {
		if next == v && !i.same(c) {
			v.loc = i.places[c]
			i.begins(v)
			return
		}
	}
	v.loc = i.e.fresh(v)
	i.hold(v.loc)
	i.begins(v)
}

// begins makes the units of v zeros, if some are read before they are known.
func (i *incremental[T]) begins(v *value) {
	if i.clean[v] {
		i.clear(v, v.loc)
	}
}

// advance writes the units of a part that belong to step s.
func (i *incremental[T]) advance(p *part[T], s int) {
	units := p.steps[s]
	switch {
	case p.g != nil:
		i.begin(p, s)
		i.rows(p, units)
	case len(units) == 0:
	case p.o == nil:
		i.e.copyTo(i.e.unit(p.of), i.some(p.place, units), i.some(p.copy, units))
	default:
		i.elements(p.o, units)
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

// scheduleRows lists rows of a product of several columns in place of units: all of them belong to one step.
func (i *incremental[T]) scheduleRows(steps [][]int, columns int) [][]int {
	for s, units := range steps {
		rows := units[:len(units)/columns]
		for r := range rows {
			rows[r] = r
		}
		steps[s] = rows
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
		if early[v] {
			return
		}
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

// elements adds the units of another op that belong to a step.
func (i *incremental[T]) elements(o *op, units []int) {
	e, v := i.e, o.out[0]
	if o.kind == graph.OpWhile {
		i.search(o, units)
		return
	}
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
		e.someColumns(o, columns, outs)
		return
	case graph.OpSum, graph.OpMaxOver, graph.OpPut:
		kind := graph.OpAdd
		if o.kind == graph.OpMaxOver {
			kind = graph.OpMax
		}
		lists := i.combined(o)
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
