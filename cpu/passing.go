package cpu

import "diffeo/graph"

// Networks inside a map of one variable have units for every point that they are asked at, and every column has its own. In a triangular loop they
// are computed in the step of their column, read in the same step, and never again: columns can use the same memory one after the other.

// findPassing finds the values of a triangular loop's body that are products of several columns, or made of such, and are read in their own step only.
func (i *incremental[T]) findPassing() {
	i.passing = map[*value]int32{}
	wide := map[*value]bool{}
	for _, o := range i.body.ops {
		v := o.out[0]
		switch {
		case o.kind == graph.OpMatMul:
			wide[v] = v.Shape[1] > 1
		case len(o.out) == 1 && len(o.body) == 0:
			for _, u := range o.in {
				wide[v] = wide[v] || wide[u]
			}
		}
		if s, ok := i.onlyStep(v); ok && wide[v] && i.readIn(v, s) {
			i.passing[v] = s
		}
	}
}

// onlyStep is the step of all units of v, if it is one.
func (i *incremental[T]) onlyStep(v *value) (int32, bool) {
	for k := range v.Shape.Size() {
		if i.of(v, k) != i.of(v, 0) {
			return 0, false
		}
	}
	return i.of(v, 0), v.Shape.Size() > 0
}

// readIn reports whether v and what shows its memory under other names are read in one step only.
func (i *incremental[T]) readIn(v *value, step int32) bool {
	if v.output || i.clean[v] {
		return false
	}
	for _, o := range v.users {
		for _, w := range o.out {
			if s, ok := i.onlyStep(w); !ok || s != step || w.inside != v.inside {
				return false
			}
			if (isView(o.kind) || o.kind == graph.OpAdd) && !i.readIn(w, step) { // a sum whose operands are zeros in turn is a view
				return false
			}
		}
	}
	return true
}

// isView reports whether results of such ops are cells of their operands.
func isView(kind graph.Op) bool {
	switch kind {
	case graph.OpReshape, graph.OpOnRows, graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake, opGather:
		return true
	}
	return false
}

// pass is memory for units of v in a step, which other steps use too.
func (i *incremental[T]) pass(v *value, step int32) loc {
	e, n := i.e, v.Shape.Size()
	units := n * e.unit(v)
	var b *block
	for b == nil && i.cursor[step] < len(i.pool) {
		if p := i.pool[i.cursor[step]]; p.units >= units {
			b = p
		}
		i.cursor[step]++
	}
	if b == nil {
		b = e.arena.alloc(units)
		i.pool = append(i.pool, b)
		i.cursor[step] = len(i.pool)
		i.hold(loc{blocks: []*block{b}})
	}
	return loc{start: cell(b.start), step: cell(e.unit(v)), n: n, blocks: []*block{b}}
}
