package cpu

import (
	"diffeo/graph"
)

// op writes the instructions of one operation and says where its results lie.
func (e *emitter[T]) op(o *op) {
	if o.done {
		return
	}
	o.done = true
	if !e.row {
		e.wave = e.depth(o)
	}
	switch o.kind {
	case graph.OpConst:
		e.bind(o.out[0], e.constant(o.attr.(graph.Constant).Data))
	case graph.OpRowCount:
		e.bind(o.out[0], loc{start: sharedCell(bufArena, e.p.rows), step: -1, n: 1})
	case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake,
		opGather:
		e.view(o)
	case graph.OpSelect:
		e.choose(o)
	case graph.OpMatMul:
		e.matmul(o)
		return // it counts its uses itself, for the ops that it absorbs
	case graph.OpConv:
		e.conv(o)
		return // like a product
	case graph.OpTurn:
		e.turn(o)
	case graph.OpMatMulRows, graph.OpSumRows, graph.OpConvRows:
		e.overRows(o)
	case graph.OpSum, graph.OpMaxOver, graph.OpPut, graph.OpCumSum:
		e.reduce(o)
	case graph.OpSpreadRows, graph.OpGroupSum, graph.OpGroupMax:
		e.groups(o)
	case graph.OpRandom:
		e.random(o)
	case graph.OpRepeat, graph.OpWhile:
		e.loop(o)
	case graph.OpTriangularSolve:
		e.solve(o)
	case graph.OpIndex, graph.OpPlace:
		e.position(o)
	case graph.OpComposite:
		switch o.attr.(graph.Composed).Name {
		case graph.AdamOp:
			e.adam(o)
		case graph.NormalLogDensityOp:
			e.normalLog(o)
		default:
			e.columnwise(o)
		}
	case graph.OpHost:
		e.host(o)
		return // its results come in the next stage
	default:
		if _, ok := graph.Unary[o.kind]; ok {
			e.unary(o)
		} else if _, ok := graph.Binary[o.kind]; ok {
			e.binary(o)
		} else {
			e.p.unsupported(o, "the engine has no kernel for it")
			e.bind(o.out[0], e.fresh(o.out[0]))
		}
	}
	e.usedAll(o)
}

func (e *emitter[T]) usedAll(o *op) {
	for _, v := range o.in {
		e.used(v)
	}
}

// depth is the wave of an op of a shared stage: behind those whose results it reads.
func (e *emitter[T]) depth(o *op) int {
	d := 0
	for _, v := range o.in {
		if v.stage == e.stage && v.def != nil { // sums over rows are brought together in wave 0
			d = max(d, e.p.ready[v]+1)
		}
	}
	return d
}

func (e *emitter[T]) view(o *op) {
	x, v := o.in[0], o.out[0]
	n := v.Shape.Size()
	if o.kind == graph.OpReshape || o.kind == graph.OpOnRows {
		e.bind(v, x.loc)
		return
	}
	if o.kind == graph.OpTranspose && len(v.Shape) == 2 && o.attr.(graph.Ints)[0] == 1 {
		if l, ok := x.loc.turned(x.Shape[0], x.Shape[1]); ok {
			e.bind(v, l)
			return
		}
	}
	if l := x.loc; l.list == nil && n > 0 { // the common cases need no list
		switch r, ok := o.attr.(graph.Range); {
		case o.kind == graph.OpBroadcast && l.n == 1:
			e.bind(v, loc{start: l.start, n: n, blocks: l.blocks})
			return
		case o.kind == graph.OpBroadcast && repeatsEach(x.Shape, v.Shape):
			e.bind(v, loc{start: l.start, step: 0, n: n, blocks: l.blocks,
				list: &cells{start: l.start, outer: l.step, wrap: n / l.n}})
			return
		case ok && o.kind == graph.OpSlice && x.Shape[:r.Axis].Size() == 1:
			inner := x.Shape[r.Axis+1:].Size()
			e.bind(v, loc{start: l.at(r.From * inner), step: l.step, n: n, blocks: l.blocks})
			return
		}
	}
	from := source(o)
	var blocks []*block
	for _, in := range o.in {
		blocks = append(blocks, in.loc.blocks...)
	}
	l := pick(n, blocks, func(i int) cell {
		k, j := from(i)
		if k < 0 {
			return e.zero()
		}
		return o.in[k].loc.at(j)
	})
	e.bind(v, l)
}

// repeatsEach reports whether broadcasting from one shape to another repeats every element so many times, one after the other: [C,1,1] to [C,H,W].
func repeatsEach(from, to graph.Shape) bool {
	k := len(from)
	for k > 0 && from[k-1] == 1 {
		k--
	}
	return len(from) == len(to) && from[:k].Equal(to[:k])
}

func (e *emitter[T]) unary(o *op) {
	v := o.out[0]
	a, free := e.units(o.in[0], o.in[0].loc)
	dst := e.fresh(v)
	f := e.unaryKernel(o.kind)
	e.spread(e.runs(e.unit(v), dst, a), func(rs []run) instr[T] { return e.kind(&elementwise1[T]{f, rs}, o.kind) })
	e.bind(v, dst)
	free()
}

func (e *emitter[T]) binary(o *op) {
	v := o.out[0]
	a, b := o.in[0].loc, o.in[1].loc
	if o.kind == graph.OpMul && !e.row {
		if x := e.unmasked(o); x != nil {
			e.bind(v, x.loc)
			return
		}
		if e.squared(o) { // the sum squares as it goes
			e.bind(v, a)
			return
		}
	}
	if o.kind == graph.OpAdd {
		if l, ok := e.disjoint(a, b); ok {
			e.bind(v, l)
			return
		}
	}
	free := func() {}
	for i := range a.n { // a kernel needs one operand in units
		if e.scalarAt(a, i) && e.scalarAt(b, i) {
			a, free = e.packed(v, a)
			break
		}
		if a.list == nil && b.list == nil { // all elements are alike
			break
		}
	}
	dst := e.fresh(v)
	f, right, left := e.binaryKernels(o.kind)
	e.spread(e.runs(e.unit(v), dst, a, b), func(rs []run) instr[T] { return e.kind(&elementwise2[T]{f, right, left, rs}, o.kind) })
	e.bind(v, dst)
	free()
}

// scalarAt reports whether element i of an operand is a single number beside units.
func (e *emitter[T]) scalarAt(l loc, i int) bool {
	if e.row {
		return l.at(i).shared()
	}
	return i+1 < l.n && l.at(i) == l.at(i+1)
}

// disjoint is the sum of two lists of which at each element one is zero: gradients of slices come together so, and no number moves.
func (e *emitter[T]) disjoint(a, b loc) (loc, bool) {
	if a.list == nil && b.list == nil {
		_, ka := e.known(a.start)
		_, kb := e.known(b.start)
		if !ka && !kb {
			return loc{}, false
		}
	}
	zero := func(c cell) bool { x, ok := e.known(c); return ok && x == 0 }
	for i := range a.n {
		if !zero(a.at(i)) && !zero(b.at(i)) {
			return loc{}, false
		}
	}
	blocks := append(append([]*block(nil), a.blocks...), b.blocks...)
	return pick(a.n, blocks, func(i int) cell {
		if zero(a.at(i)) {
			return b.at(i)
		}
		return a.at(i)
	}), true
}

// choose is Select. The gradient of a ReLU, Select(y > 0, g, 0), has a kernel of its own.
func (e *emitter[T]) choose(o *op) {
	v := o.out[0]
	cond := o.in[0].loc
	if n := v.Shape.Size(); cond.n != n { // the condition of an If
		cond = loc{start: cond.start, n: n, blocks: cond.blocks}
	}
	c, freeC := e.units(v, cond)
	a, freeA := e.units(v, o.in[1].loc)
	b, freeB := e.units(v, o.in[2].loc)
	dst := e.fresh(v)
	f := e.k.Select
	e.spread(e.runs(e.unit(v), dst, c, a, b), func(rs []run) instr[T] { return e.kind(&elementwise3[T]{f, rs}, graph.OpSelect) })
	e.bind(v, dst)
	freeB()
	freeA()
	freeC()
}
