package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/internal/memory"
	"diffeo/matrix"
)

// hasKernel reports whether the engine computes a composite in one go.
func hasKernel(n *graph.Node) bool {
	c := n.Attr.(graph.Composed)
	if mapsColumns(c) {
		for _, v := range n.In { // parameters that all rows share are rare
			if !v.PerRow() {
				return false
			}
		}
		return len(n.In[0].Shape()) == 1 && n.In[0].Shape().Size() > 0
	}
	switch c.Name {
	case graph.AdamOp:
		return n.Out[0].Rows == 0
	case graph.NormalLogDensityOp:
		return n.In[0].PerRow() && n.In[0].Shape().Size() > 0
	}
	return false
}

// adam writes an Adam update. Where the three results do nothing but replace their inputs they are written in their place, at the
// very end of the program.
func (e *emitter[T]) adam(o *op) {
	c := o.attr.(graph.Composed).Config.(graph.AdamConfig)
	n := o.out[0].Shape.Size()
	inPlace := e.inPlace(o, e.stage)
	grad, free := e.own(o.in[1])
	scalars := make([]loc, len(o.in)-4)
	for k := range scalars {
		var freeScalar func()
		scalars[k], freeScalar = e.own(o.in[4+k])
		defer freeScalar()
	}
	at := [3]loc{}
	for i, v := range o.out {
		at[i] = o.in[moved[i]].loc
		if !inPlace {
			at[i] = e.fresh(v)
			e.copyTo(1, at[i], o.in[moved[i]].loc)
		}
	}
	if !inPlace {
		e.wave++
	}
	live := []stretch{{0, n}}
	if inPlace && c.WeightDecay == 0 {
		live = e.liveStretches(o.in[1], n)
	}
	var fetch func([]T) // nil: all of it is near
	if e.p.sums > manySums {
		fetch = e.k.Fetch
	}
	pieces(live, func(runs []stretch) {
		a := &adam[T]{f: e.k.Adam, fetch: fetch, c: c, runs: runs, p: e.operand(at[0].start), m: e.operand(at[1].start), v: e.operand(at[2].start), g: e.operand(grad.start)}
		for k := range a.scalars {
			a.scalars[k] = e.operand(scalars[k].start)
		}
		if inPlace {
			e.p.last = append(e.p.last, a)
		} else {
			e.add(a)
		}
	})
	for i, v := range o.out {
		e.bind(v, at[i])
	}
	free()
}

// moved are p, m and v among the inputs of Adam.
var moved = [3]int{0, 2, 3}

// inPlace reports whether the results of Adam, in this stage, do nothing but replace its inputs.
func (e *emitter[T]) inPlace(o *op, stage int) bool {
	for i, v := range o.out {
		if !e.p.replaces(v, o.in[moved[i]], stage) {
			return false
		}
	}
	return true
}

// liveStretches is where a gradient of n numbers may be other than zero: what a mask makes zero needs no update, since its moments, which begin
// at zero, stay there.
func (e *emitter[T]) liveStretches(v *value, n int) []stretch {
	if m := maskOf(v); m != nil && v.def.kind == graph.OpMul && (e.p.sparse[v.def.in[0]] || e.p.sparse[v.def.in[1]]) {
		live, _ := liveOf(m, v.Shape[0], v.Shape[1])
		return stretchesOf(live, v.Shape[1])
	}
	return []stretch{{0, n}}
}

// own is a shared value in one piece that no update overwrites before the end of the program.
func (e *emitter[T]) own(v *value) (loc, func()) {
	l := v.loc
	if l.list != nil || l.n > 1 && l.step != -1 || e.p.readsUpdated(l) {
		return e.packed(v, l)
	}
	return l, func() {}
}

type adam[T matrix.Float] struct {
	f          func(p, g, m, v []T, h simd.AdamStep)
	fetch      func([]T) // nil: none
	c          graph.AdamConfig
	runs       []stretch
	p, g, m, v operand
	scalars    [5]operand
}

func (i *adam[T]) run(t *tile[T]) {
	if t.number(i.scalars[4]) == 0 {
		return
	}
	s := func(k int) float64 { return float64(t.number(i.scalars[k])) }
	step := simd.AdamStep{
		LR: s(0), Correction1: s(1), Correction2: s(2), GradScale: s(3),
		Beta1: i.c.Beta1, Beta2: i.c.Beta2, Eps: i.c.Epsilon, WeightDecay: i.c.WeightDecay,
	}
	began := step.Correction1 > 1-i.c.Beta1*i.c.Beta1 // 1 − β₁ᵗ: this is not the first step, which finds the moments as they were allocated
	next, ahead := 0, 0
	for _, r := range i.runs {
		for ; i.fetch != nil && next < len(i.runs) && ahead < fetched+r.n; next++ {
			i.bring(t, i.runs[next])
			ahead += i.runs[next].n
		}
		ahead -= r.n
		p, m, v := t.stretch(i.p, r), t.stretch(i.m, r), t.stretch(i.v, r)
		if !began {
			memory.Claim(m)
			memory.Claim(v)
		}
		g := []T(nil)
		if i.g.buffer == bufShards {
			g = t.joined(i.g.off+r.off, r.n)
		} else {
			g = t.stretch(i.g, r)
		}
		i.f(p, g, m, v, step)
	}
}

// fetched is how many numbers of each array are asked for ahead of their use. Under a mask every row of a weight is a stretch of its own, at whose beginning the processor
// would wait for all arrays; 128 to 512 do equally well.
const fetched = 256

// bring asks for a stretch.
func (i *adam[T]) bring(t *tile[T], r stretch) {
	if r.n > fetched { // the kernel looks ahead itself
		return
	}
	i.fetch(t.stretch(i.p, r))
	i.fetch(t.stretch(i.m, r))
	i.fetch(t.stretch(i.v, r))
	if i.g.buffer != bufShards {
		return
	}
	for k := range t.shards {
		i.fetch(t.shards[k].acc[i.g.off+r.off:][:r.n])
	}
}

// stretch is some of the numbers of a shared buffer.
func (t *tile[T]) stretch(o operand, r stretch) []T { return t.buffers[o.buffer][o.off+r.off:][:r.n] }
