package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// loop writes Repeat and While. Carried values have fixed places; the body's results are copied there after each trip. In a shared
// stage one worker runs all of it in order.
func (e *emitter[T]) loop(o *op) {
	if e.row && o.out[0].Rows == 0 || !e.row && anyRows(o) {
		e.p.unsupported(o, "a sum over rows inside a loop")
		return
	}
	if o.kind == graph.OpRepeat && e.row && !e.p.options.AsWritten && e.incremental(o) {
		return
	}
	wave := e.wave
	defer e.inOrder()()
	carries := len(o.out)
	init := o.in
	l := &loop[T]{}
	for _, g := range o.guard {
		l.guards = append(l.guards, side{e.operand(g.value.loc.start), g.want})
	}
	counter := loc{}
	if o.kind == graph.OpRepeat {
		trips := o.attr.(graph.Trips)
		carries, l.most = trips.Carries, trips.Max
		l.count = e.operand(o.in[0].loc.start)
		init = o.in[1:]
		counter = e.fresh(o.body[0].args[0])
		hold(counter)
		l.counter, l.counterUnits = e.operand(counter.start), e.unit(o.body[0].args[0])
	}
	places := make([]loc, carries)
	for c := range carries {
		places[c] = e.fresh(o.out[c])
		hold(places[c])
		e.copyTo(e.unit(o.out[c]), places[c], init[c].loc)
	}
	for c, v := range o.out[carries:] { // stacks
		if len(v.users) == 0 && !v.output {
			continue
		}
		v.loc = e.fresh(v)
		hold(v.loc)
		unit := e.unit(v)
		l.stacks = append(l.stacks, stack{e.operand(v.loc.start), e.operand(places[c].start), places[c].n * unit})
		e.copyTo(unit, v.loc, loc{start: e.zero(), n: v.loc.n})
	}
	args := func(b *body) {
		vs := b.args
		if o.kind == graph.OpRepeat {
			vs[0].loc = loc{start: counter.start, step: counter.step, n: 1}
			vs = vs[1:]
		}
		for c, v := range vs {
			v.loc = loc{start: places[c].start, step: places[c].step, n: places[c].n}
		}
	}
	var keep loc // lanes that go on
	freeKeep := func() {}
	if o.kind == graph.OpWhile {
		l.while = true
		e.into(&l.test, func() {
			args(o.body[0])
			cond, free := e.inside(o.body[0])
			keep, freeKeep = e.packed(o.body[0].outs[0], cond[0])
			l.cond, l.condUnits, l.conds = e.operand(keep.start), e.unit(o.body[0].outs[0]), keep.n
			free()
		})
	}
	e.into(&l.body, func() {
		b := o.body[len(o.body)-1]
		args(b)
		next, free := e.inside(b)
		release := make([]func(), carries)
		for c := range carries { // a result may lie where a carry lies that is written before it is read
			next[c], release[c] = e.packed(o.out[c], next[c])
		}
		for c := range carries {
			unit := e.unit(o.out[c])
			if l.while && (e.row || keep.n > 1) {
				mask := keep
				if keep.n == 1 { // for all elements
					mask = pick(places[c].n, nil, func(int) cell { return keep.start })
				}
				if rs := e.runs(unit, places[c], mask, next[c], places[c]); len(rs) > 0 {
					e.add(&elementwise3[T]{e.k.Select, rs})
				}
			} else {
				e.copyTo(unit, places[c], next[c])
			}
		}
		free()
		for _, f := range release {
			f()
		}
	})
	freeKeep()
	e.add(l)
	e.wave = wave
	for c, v := range o.out {
		if c < carries {
			v.loc = places[c]
		}
		if v.loc.n > 0 || c < carries {
			e.bind(v, v.loc)
			e.unhold(v.loc)
		}
	}
	e.unhold(counter)
}

// into collects the instructions that f writes in a list of their own.
func (e *emitter[T]) into(list *[]instr[T], f func()) {
	if e.row {
		outer := e.out
		e.out = list
		f()
		e.out = outer
		return
	}
	outer := e.order
	e.order = &sequence[T]{}
	f()
	*list, e.order = e.order.list, outer
}

// anyRows reports whether a loop computes per-row values, which only a sum over rows can have made of use to a loop of shared ones.
func anyRows(o *op) bool {
	for _, v := range append(append([]*value(nil), o.in...), o.out...) {
		if v.Rows > 0 {
			return true
		}
	}
	for _, b := range o.body {
		for _, p := range b.ops {
			if anyRows(p) {
				return true
			}
		}
	}
	return false
}

// hold keeps the memory of l until unhold.
func hold(l loc) {
	for _, b := range l.blocks {
		b.refs++
	}
}

func (e *emitter[T]) unhold(l loc) { e.drop(&value{loc: l}) }

// inside writes the ops of a body. Its results stay until the returned function is called.
func (e *emitter[T]) inside(b *body) ([]loc, func()) {
	count := map[*value]int{}
	for _, o := range b.ops {
		for _, v := range o.in {
			count[v]++
		}
	}
	own := map[*value]bool{}
	for _, o := range b.ops {
		o.stage = e.stage
		for _, v := range o.out {
			own[v] = true
			v.left = count[v]
		}
	}
	outer := map[*value]int{} // uses of outer values are counted where the loop stands
	for v := range count {
		if !own[v] {
			outer[v], v.left = v.left, 1<<30
		}
	}
	for _, v := range b.outs {
		if own[v] {
			v.left++
		}
	}
	for _, o := range b.ops {
		e.op(o)
	}
	for v, n := range outer {
		v.left = n
	}
	outs := make([]loc, len(b.outs))
	for i, v := range b.outs {
		outs[i] = v.loc
	}
	return outs, func() {
		for _, v := range b.outs {
			if own[v] {
				e.used(v)
			}
		}
	}
}

// loop runs its body while some row of the tile goes on, or a number of times.
type loop[T matrix.Float] struct {
	while        bool
	test, body   []instr[T]
	cond         operand // while: lanes that go on
	condUnits    int     // units of one condition
	conds        int     // one, or one for each element
	count        operand // repeat: the trip count
	most         int
	counter      operand
	counterUnits int
	stacks       []stack
	guards       []side
}

// side says which side of an If the loop stands on: it runs where the condition is as wanted.
type side struct {
	cond operand
	want bool
}

// stack keeps what each trip began with: n units of a carried value.
type stack struct {
	base, carry operand
	n           int
}

func (i *loop[T]) run(t *tile[T]) {
	for _, g := range i.guards {
		if (t.number(g.cond) != 0) != g.want {
			return
		}
	}
	if i.while {
		for !t.stopped() {
			for _, p := range i.test {
				p.run(t)
			}
			if !i.goesOn(t) {
				return
			}
			for _, p := range i.body {
				p.run(t)
			}
		}
		return
	}
	trips := whole(t.number(i.count), i.most)
	counter := t.span(i.counter, i.counterUnits)
	for k := range trips {
		if t.stopped() {
			return
		}
		for l := range counter {
			counter[l] = T(k)
		}
		for _, s := range i.stacks {
			to := s.base
			to.off += k * s.n
			copy(t.span(to, s.n), t.span(s.carry, s.n))
		}
		for _, p := range i.body {
			p.run(t)
		}
	}
}

// goesOn reports whether some row or element of the tile does.
func (i *loop[T]) goesOn(t *tile[T]) bool {
	conds := t.span(i.cond, i.conds*i.condUnits)
	for n := len(conds) / max(1, i.conds); len(conds) > 0; conds = conds[n:] {
		for _, x := range conds[:t.rows*i.condUnits] {
			if x != 0 {
				return true
			}
		}
	}
	return false
}

// position writes Index and Place, whose place is known at run time only.
func (e *emitter[T]) position(o *op) {
	v, x := o.out[0], o.in[0]
	l, free := x.loc, func() {}
	step := cell(-1)
	if e.row {
		step = cell(e.unit(v))
	}
	if l.n > 0 && (l.list != nil || e.row && l.start.shared() || l.n > 1 && l.step != step) {
		l, free = e.packed(v, l)
	}
	dst := e.fresh(v)
	unit := e.unit(v)
	i := &position[T]{at: e.operand(o.in[1].loc.start), dst: e.operand(dst.start), in: e.operand(l.start)}
	if o.kind == graph.OpIndex {
		i.n, i.from = dst.n*unit, x.Shape[0]
	} else {
		i.n, i.to = l.n*unit, v.Shape[0]
	}
	e.add(i)
	e.bind(v, dst)
	free()
}

type position[T matrix.Float] struct {
	at, dst, in operand
	n           int // units of one element along the first axis
	from, to    int // its length in the operand (Index) or in the result (Place)
}

func (i *position[T]) run(t *tile[T]) {
	at := whole(t.number(i.at), max(i.from, i.to)-1)
	in, dst := i.in, i.dst
	if i.from > 0 {
		in.off += at * i.n
	} else {
		clear(t.span(dst, i.to*i.n))
		dst.off += at * i.n
	}
	copy(t.span(dst, i.n), t.span(in, i.n))
}

// whole is x rounded down and clamped to 0 … most; NaN is 0.
func whole[T matrix.Float](x T, most int) int {
	if !(x > 0) {
		return 0
	}
	return int(min(float64(x), float64(most)))
}
