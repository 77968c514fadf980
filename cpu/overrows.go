package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"

	"diffeo/cpu/internal/simd"
)

// overRows writes sums over the rows of a batch. Each shard sums its own tiles in order; the shards are brought
// together, in order, at the beginning of the next shared stage, so that the result does not depend on the number of threads.
func (e *emitter[T]) overRows(o *op) {
	v := o.out[0]
	if v.inside > 0 || !e.row {
		e.p.unsupported(o, "a sum over rows inside a loop")
		return
	}
	n := v.Shape.Size()
	e.p.ready[v] = 0
	next := &e.p.stages[e.stage+1]
	join := func(parts []instr[T]) {
		if len(next.waves) == 0 {
			next.waves = append(next.waves, nil)
		}
		next.waves[0] = append(next.waves[0], parts...)
	}
	if o.kind == graph.OpSumRows {
		s := &sumRows[T]{f: e.k.Sum, rows: e.k.SumRows, acc: e.p.sums64}
		l, each, free := o.in[0].loc, 1, func() {}
		s.unit = e.unit(o.in[0])
		if inner, ok := o.attr.(planes); ok {
			each = int(inner)
			if l.list != nil || l.start.shared() || l.step != cell(s.unit) {
				l, free = e.packed(o.in[0], l)
			}
		}
		for i := range n {
			s.units = append(s.units, e.operand(l.at(i*each)))
		}
		if l.list == nil && n > 1 && l.step > 0 && !l.start.shared() {
			s.step = int(l.step) * each
		}
		s.unit *= each
		e.add(s)
		free()
		join([]instr[T]{&joinSums[T]{dst: operand{bufArena, e.onArena(v)}, acc: e.p.sums64, n: n}})
		e.p.sums64 += n
		return
	}
	if o.kind == graph.OpConvRows {
		e.convRows(o, join)
		return
	}
	e.outer(o, join)
}

// onArena gives the sum v a place among the shared values.
func (e *emitter[T]) onArena(v *value) (off int) {
	n := v.Shape.Size()
	off = e.p.shared
	e.p.shared += (n + 15) &^ 15
	v.loc = loc{start: sharedCell(bufArena, off), step: -1, n: n}
	return off
}

// sumRows adds the rows of each unit to a double.
type sumRows[T matrix.Float] struct {
	f     func([]T) float64
	rows  func(acc []float64, src []T, units, stride, n int, add bool)
	units []operand
	unit  int
	step  int // between the units where they are regular, else 0
	acc   int
}

func (i *sumRows[T]) run(t *tile[T]) {
	acc := t.acc64[i.acc : i.acc+len(i.units)]
	n := t.rows * i.unit
	if i.step > 0 {
		src := t.mem[i.units[0].off*t.lanes:][:(len(i.units)-1)*i.step*t.lanes+n]
		i.rows(acc, src, len(i.units), i.step*t.lanes, n, !t.first)
		return
	}
	for k, u := range i.units {
		var s float64
		if u.buffer == onTile {
			s = i.f(t.mem[u.off*t.lanes:][:n])
		} else {
			s = float64(t.number(u)) * float64(n)
		}
		if t.first {
			acc[k] = s
		} else {
			acc[k] += s
		}
	}
}

// joinSums adds up what the shards summed.
type joinSums[T matrix.Float] struct {
	dst    operand
	acc, n int
}

func (i *joinSums[T]) run(t *tile[T]) {
	dst := t.span(i.dst, i.n)
	for k := range dst {
		s := 0.0
		for _, shard := range t.shards {
			s += shard.acc64[i.acc+k]
		}
		dst[k] = T(s)
	}
}

// outer writes Σ_r a_r·b_r for a [n,p] and b [p,m]: a matrix product along the lanes.
func (e *emitter[T]) outer(o *op, join func([]instr[T])) {
	n, p, m := o.in[0].Shape[0], o.in[0].Shape[1], o.in[1].Shape[1]
	acc := e.p.sums
	e.p.sums += (n*m + 15) &^ 15
	unit := max(e.unit(o.in[0]), e.unit(o.in[1]))
	if n*m*p == 0 {
		e.add(&clearSums[T]{acc, n * m})
	}
	mask := maskOfGradient(o.out[0])
	ps, _ := panelsOf(mask, n, m)
	way := outerPanels(ps, n, m)
	live := 0
	for _, p := range ps {
		live += p.rows * (p.to - p.from)
	}
	kept, isExact := liveOf(mask, n, m)            // what is read of the sums, of which panels may have more
	e.p.sparse[o.out[0]] = isExact && !way.swapped // turned round, the zeros of a mask are not left out
	first, second := o.in[0].loc, o.in[1].loc      // [n,p] and [p,m]
	if e.p.image && p > 1 && o.in[0].Rows == o.in[1].Rows && n*m > 0 {
		var freeFirst, freeSecond func()
		first, freeFirst = e.inPiece(o.in[0], first)
		defer freeFirst()
		turned, ok := second.turned(p, m)
		if !ok {
			turned = pick(m*p, nil, func(i int) cell { return second.at(i%p*m + i/p) })
		}
		second, freeSecond = e.inPiece(o.in[1], turned)
		defer freeSecond()
		unit *= p // a column more is as good as rows more
		first = loc{start: first.start, step: cell(unit), n: n}
		second = loc{start: second.start, step: cell(unit), n: m}
		p = 1
	}
	for q := range p {
		a := pick(n, nil, func(i int) cell { return first.at(i*p + q) })
		b := pick(m, nil, func(j int) cell { return second.at(q*m + j) })
		like := &value{Type: graph.Type{Rows: unit}}
		a, freeA := e.regular(like, a)
		b, freeB := e.regular(like, b)
		i := &outer[T]{gemm: e.k.Gemm, transpose: e.k.Transpose, inner: e.k.Dots, dots: way.dots, a: e.operand(a.start), b: e.operand(b.start), aStep: int(a.step), bStep: int(b.step),
			unit: unit, n: n, m: m, acc: acc, more: q > 0, panels: way.panels, live: live}
		if way.swapped {
			i.a, i.b, i.aStep, i.bStep, i.n, i.m = i.b, i.a, i.bStep, i.aStep, m, n
		}
		if !i.dots {
			e.p.stages[e.stage].scratch = max(e.p.stages[e.stage].scratch, unit*transposedStride(i.m))
			if p == 1 && unit == 1 && !e.p.image {
				i.turned = e.turns(o.in[1], way.swapped, o.in[0])
			} else {
				e.turned = nil
			}
			e.turnedAt = len(*e.out) + 1 // behind it
		}
		e.add(i)
		freeB()
		freeA()
	}
	if way.swapped {
		e.p.stages[e.stage+1].scratch = max(e.p.stages[e.stage+1].scratch, n*m)
		join([]instr[T]{&joinTransposed[T]{add: e.k.Add, transpose: e.k.Transpose, dst: e.onArena(o.out[0]), acc: acc, n: m, m: n}})
		return
	}
	if n*m*p > 0 && e.direct(o.out[0], isExact) {
		st := &e.p.stages[e.stage+1]
		st.scratch = max(st.scratch, chunk)
		o.out[0].loc = onShards(acc, n*m)
		e.joined[acc] = stretchesOf(kept, m)
		return
	}
	off := e.onArena(o.out[0])
	// What is not kept stays zero where the shards are brought together.
	pieces(stretchesOf(kept, m), func(runs []stretch) {
		join([]instr[T]{&joinProducts[T]{f: e.k.Add, copy: e.k.Copy, dst: off, acc: acc, runs: runs}})
	})
}

// turns notes that the weight gradient to be written transposes second, or first where it is swapped, and reports whether the scratch memory
// holds that already: the gradient before, with respect to a condition's weights of the same layer, say, may have left it there.
func (e *emitter[T]) turns(second *value, swapped bool, first *value) bool {
	if swapped {
		second = first
	}
	same := e.turned == second
	e.turned = second
	if !same {
		return false
	}
	for _, k := range (*e.out)[e.turnedAt:] { // what stands between must leave the scratch memory alone
		switch any(k).(type) {
		case *elementwise1[T], *elementwise2[T], *elementwise3[T], *move[T], *sumRows[T], *gemm[T]:
		case *outer[T]: // of inner products: another would have been noted
		default:
			return false
		}
	}
	return true
}

// inPiece makes the elements of l units one after the other.
func (e *emitter[T]) inPiece(v *value, l loc) (loc, func()) {
	if l.list == nil && !l.start.shared() && (l.n == 1 || l.step == cell(e.unit(v))) {
		return l, func() {}
	}
	return e.packed(v, l)
}

// regular makes the elements of l units at equal steps.
func (e *emitter[T]) regular(v *value, l loc) (loc, func()) {
	if l.list == nil && !l.at(0).shared() && (l.n == 1 || l.step > 0) {
		if l.n == 1 {
			l.step = cell(e.unit(v))
		}
		return l, func() {}
	}
	return e.packed(v, l)
}

// transposedStride is the distance between the rows of a transposed operand of m columns: whole cache lines, and no power of
// two, whose rows would fall on the same lines of the cache.
func transposedStride(m int) int {
	n := (m + 15) &^ 15
	if n >= 128 && n&(n-1) == 0 {
		n += 16
	}
	return n
}

// outer is acc[n×m] (+)= a[n × lanes]·b[m × lanes]ᵀ over the rows of the tile.
type outer[T matrix.Float] struct {
	gemm         func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e simd.Epilogue[T])
	transpose    func(dst []T, ldd int, src []T, lds, rows, cols int)
	inner        func(c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool)
	dots         bool // by inner
	a, b         operand
	aStep, bStep int
	unit, n, m   int
	acc          int
	more         bool // adds to what the same tile stored before
	panels       []panel
	live         int  // numbers that the mask leaves
	turned       bool // the scratch memory holds the transpose of b
}

// maskOfGradient finds the mask that the gradient of a masked weight is multiplied by. What the mask makes zero is not computed.
func maskOfGradient(v *value) *mask {
	if v.output || len(v.users) != 1 || v.users[0].kind != graph.OpMul {
		return nil
	}
	return maskOf(v.users[0].out[0])
}

func (i *outer[T]) run(t *tile[T]) {
	rows := t.rows * i.unit
	a := t.span(i.a, (i.n-1)*i.aStep+i.unit)
	b := t.span(i.b, (i.m-1)*i.bStep+i.unit)
	acc, lda, ldb := t.acc[i.acc:i.acc+i.n*i.m], i.aStep*t.lanes, i.bStep*t.lanes
	if i.dots {
		for _, p := range i.panels {
			if p.to > p.from {
				i.inner(acc[p.row*i.m+p.from:], i.m, a[p.row*lda:], lda, b[p.from*ldb:], ldb, p.rows, p.to-p.from, rows, i.more || !t.first)
			}
		}
		return
	}
	ldt := transposedStride(i.m)
	bt := t.scratch[:rows*ldt]
	if !i.turned {
		i.transpose(bt, ldt, b, ldb, i.m, rows)
	}
	e := simd.Epilogue[T]{Accumulate: i.more || !t.first}
	for _, p := range i.panels {
		if p.to > p.from {
			i.gemm(acc[p.row*i.m+p.from:], i.m, a[p.row*lda:], lda, 1, bt[p.from:], ldt, p.rows, rows, p.to-p.from, e)
		}
	}
}

type clearSums[T matrix.Float] struct{ acc, n int }

func (i *clearSums[T]) run(t *tile[T]) { clear(t.acc[i.acc : i.acc+i.n]) }

// joinProducts adds up stretches of what the shards summed.
type joinProducts[T matrix.Float] struct {
	f        func(dst, a, b []T)
	copy     func(dst, a []T)
	dst, acc int
	runs     []stretch
}

// joinTransposed adds up what the shards summed of an n×m matrix whose transpose is wanted.
type joinTransposed[T matrix.Float] struct {
	add       func(dst, a, b []T)
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	dst, acc  int
	n, m      int
}

func (i *joinTransposed[T]) run(t *tile[T]) {
	size := i.n * i.m
	sum := t.shards[0].acc[i.acc:][:size]
	for _, s := range t.shards[1:] {
		i.add(t.scratch[:size], sum, s.acc[i.acc:][:size])
		sum = t.scratch[:size]
	}
	i.transpose(t.buffers[bufArena][i.dst:][:size], i.n, sum, i.m, i.n, i.m)
}

func (i *joinProducts[T]) run(t *tile[T]) {
	for _, r := range i.runs {
		dst := t.buffers[bufArena][i.dst+r.off:][:r.n]
		part := func(k int) []T { return t.shards[k].acc[i.acc+r.off:][:r.n] }
		if len(t.shards) == 1 {
			i.copy(dst, part(0))
			continue
		}
		i.f(dst, part(0), part(1))
		for k := 2; k < len(t.shards); k++ {
			i.f(dst, dst, part(k))
		}
	}
}
