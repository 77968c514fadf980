package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// loop writes Repeat and While. Carried values have fixed places; the body's results are copied there after each trip.
func (e *emitter[T]) loop(o *op) {
	if !e.row {
		e.p.unsupported(o, "a loop over shared values only")
		return
	}
	if o.kind == graph.OpRepeat && e.incremental(o) {
		return
	}
	carries := len(o.out)
	init := o.in
	l := &loop[T]{}
	var counter *block
	if o.kind == graph.OpRepeat {
		trips := o.attr.(graph.Trips)
		carries, l.most, l.while = trips.Carries, trips.Max, false
		l.count = e.operand(o.in[0].loc.start)
		init = o.in[1:]
		counter = e.arena.alloc(e.unit(o.body[0].args[0]))
		l.counter, l.counterUnits = operand{onTile, counter.start}, counter.units
	}
	places := make([]loc, carries)
	for c := range carries {
		places[c] = e.fresh(o.out[c])
		places[c].blocks[0].refs++
		e.copyTo(e.unit(o.out[c]), places[c], init[c].loc)
	}
	for c, v := range o.out[carries:] { // stacks
		if len(v.users) == 0 && !v.output {
			continue
		}
		s := e.fresh(v)
		s.blocks[0].refs++
		unit := e.unit(v)
		n := places[c].n * unit
		l.stacks = append(l.stacks, stack{operand{onTile, int(s.start)}, operand{onTile, int(places[c].start)}, n})
		e.copyTo(unit, s, loc{start: e.zero(), n: s.n})
		v.loc = s
	}
	args := func(b *body) {
		vs := b.args
		if o.kind == graph.OpRepeat {
			vs[0].loc = loc{start: cell(counter.start), step: 1, n: 1}
			vs = vs[1:]
		}
		for c, v := range vs {
			v.loc = loc{start: places[c].start, step: places[c].step, n: places[c].n}
		}
	}
	outer := e.out
	if o.kind == graph.OpWhile {
		l.while = true
		e.out = &l.test
		args(o.body[0])
		cond, free := e.inside(o.body[0])
		keep, freeKeep := e.packed(o.body[0].outs[0], cond[0])
		l.cond, l.condUnits = operand{onTile, int(keep.start)}, e.unit(o.body[0].outs[0])
		free()
		defer freeKeep()
	}
	e.out = &l.body
	b := o.body[len(o.body)-1]
	args(b)
	next, free := e.inside(b)
	for c := range carries { // a result may lie where a carry lies that is written before it is read
		next[c], _ = e.packed(o.out[c], next[c])
	}
	f := e.k.Select
	for c := range carries {
		unit := e.unit(o.out[c])
		if o.kind == graph.OpWhile {
			mask := pick(places[c].n, nil, func(int) cell { return cell(l.cond.off) })
			rs := e.runs(unit, places[c], mask, next[c], places[c])
			e.add(&elementwise3[T]{f, rs})
		} else {
			e.copyTo(unit, places[c], next[c])
		}
	}
	free()
	for c := range carries {
		e.arena.release(&block{start: int(next[c].start), units: next[c].n * e.unit(o.out[c])})
	}
	e.out = outer
	e.add(l)
	if counter != nil {
		e.arena.release(counter)
	}
	for c, v := range o.out {
		if c < carries {
			e.bind(v, places[c])
		} else if v.loc.n > 0 {
			e.bind(v, v.loc)
		} else {
			continue
		}
		for _, b := range v.loc.blocks {
			if b.refs--; b.refs == 0 {
				e.arena.release(b)
			}
		}
	}
}

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
	condUnits    int
	count        operand // repeat: the trip count
	most         int
	counter      operand
	counterUnits int
	stacks       []stack
}

// stack keeps what each trip began with: n units of a carried value.
type stack struct {
	base, carry operand
	n           int
}

func (i *loop[T]) run(t *tile[T]) {
	if i.while {
		for !t.stopped() {
			for _, p := range i.test {
				p.run(t)
			}
			going := t.span(i.cond, i.condUnits)[:t.rows*i.condUnits]
			any := false
			for _, x := range going {
				any = any || x != 0
			}
			if !any {
				return
			}
			for _, p := range i.body {
				p.run(t)
			}
		}
		return
	}
	trips := int(min(max(float64(t.number(i.count)), 0), float64(i.most)))
	counter := t.span(i.counter, i.counterUnits)
	for k := range trips {
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

// position writes Index and Place, whose place is known at run time only.
func (e *emitter[T]) position(o *op) {
	v, x := o.out[0], o.in[0]
	if !e.row {
		e.p.unsupported(o, "a run-time position in a shared value")
		return
	}
	l, free := e.regular(x, x.loc)
	if l.n > 1 && l.step != cell(e.unit(x)) {
		free()
		l, free = e.packed(x, x.loc)
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
	at := int(max(float64(t.number(i.at)), 0))
	in, dst := i.in, i.dst
	if i.from > 0 {
		in.off += min(at, i.from-1) * i.n
	} else {
		clear(t.span(dst, i.to*i.n))
		dst.off += min(at, i.to-1) * i.n
	}
	copy(t.span(dst, i.n), t.span(in, i.n))
}
