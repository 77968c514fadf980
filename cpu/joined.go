package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// A weight gradient that nothing reads but the sum of its squares and Adam is never stored: both bring the shards together as they go, a chunk
// at a time. That takes a gradient's memory less, and a write and a read of it.

// direct reports whether a weight gradient v, a sum over rows of this stage, need not be stored. exact says that zeros of its mask are zeros of
// the sums.
func (e *emitter[T]) direct(v *value, exact bool) bool {
	masked := maskOfGradient(v) != nil
	if masked {
		if o := v.users[0]; !exact || o.stage != e.stage+1 {
			return false
		}
		v = v.users[0].out[0]
	}
	if v.output || len(v.users) == 0 {
		return false
	}
	for _, o := range v.users {
		if !e.joins(o, v, masked) {
			return false
		}
	}
	return true
}

// joins reports whether an op can read the gradient v from the shards.
func (e *emitter[T]) joins(o *op, v *value, masked bool) bool {
	if o.stage != e.stage+1 {
		return false
	}
	switch o.kind {
	case graph.OpMul:
		return o.in[0] == v && squares(o)
	case graph.OpComposite:
		c, ok := o.attr.(graph.Composed)
		if !ok || c.Name != graph.AdamOp || o.in[1] != v {
			return false
		}
		for k, u := range o.in {
			if u == v && k != 1 {
				return false
			}
		}
		return !masked || e.inPlace(o, o.stage) && c.Config.(graph.AdamConfig).WeightDecay == 0 // else it walks over the zeros too
	}
	return false
}

// onShards is a place for a gradient of n numbers that stays in the sums of the shards.
func onShards(acc, n int) loc { return loc{start: sharedCell(bufShards, acc), step: -1, n: n} }

// joined is n numbers of what the shards summed, added up, in the tile's scratch memory if there is more than one shard.
func (t *tile[T]) joined(acc, n int) []T {
	if len(t.shards) == 1 {
		return t.shards[0].acc[acc:][:n]
	}
	sum := t.scratch[:n]
	t.join(sum, acc)
	return sum
}

// join adds up the numbers from acc on that the shards, two at least, have summed.
func (t *tile[T]) join(dst []T, acc int) {
	part := func(k int) []T { return t.shards[k].acc[acc:][:len(dst)] }
	t.p.k.Add(dst, part(0), part(1))
	for k := 2; k < len(t.shards); k++ {
		t.p.k.Add(dst, dst, part(k))
	}
}

// sumJoined is dst = Σ f(a) for n numbers a of a gradient that lies on the shards.
type sumJoined[T matrix.Float] struct {
	f    func([]T) float64
	dst  operand
	acc  int // of the first
	n    int
	runs []stretch // of them, from the first; the others are zero
}

func (i *sumJoined[T]) run(t *tile[T]) {
	dst := t.span(i.dst, 1)
	if len(i.runs) == 1 && i.runs[0].n == i.n {
		dst[0] = T(i.f(t.joined(i.acc, i.n)))
		return
	}
	all := t.scratch[:i.n]
	clear(all)
	for _, r := range i.runs {
		part := all[r.off:][:r.n]
		if len(t.shards) == 1 {
			copy(part, t.shards[0].acc[i.acc+r.off:])
		} else {
			t.join(part, i.acc+r.off)
		}
	}
	dst[0] = T(i.f(all))
}

// window is the stretches within n numbers from off on, counted from there.
func window(list []stretch, off, n int) []stretch {
	var in []stretch
	for _, s := range list {
		if from, to := max(s.off, off), min(s.off+s.n, off+n); from < to {
			in = append(in, stretch{from - off, to - from})
		}
	}
	return in
}
