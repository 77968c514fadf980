package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// A batch of one row leaves all lanes but one empty. Where the weights are frozen the compiler keeps their transposes, made once, and a
// single row runs in tiles of one lane: elementwise kernels then run along the elements of a value, and a product W·x is
// xᵀ·Wᵀ, along the rows of W. Every dot product is the same chain as in a full tile, so the row's result is the same bits.

// transposed gives a product the transpose of its weight, if that is worth it and possible.
func (e *emitter[T]) transposed(g *gemm[T], weight *value) {
	if !e.p.options.Frozen || weight.stage != 0 || g.aCol != 1 && g.k > 1 || g.unit != 1 {
		return
	}
	g.ldt = transposedStride(g.m)
	g.wt = operand{bufArena, e.p.shared}
	e.p.shared += (g.ldt*g.k + 15) &^ 15
	e.p.last0 = append(e.p.last0, &transposeOnce[T]{f: e.k.Transpose, src: g.a, lds: g.aRow, n: g.aLen, m: g.m, k: g.k, dst: g.wt, ldd: g.ldt})
}

// transposeOnce writes the transpose of an m×k weight.
type transposeOnce[T matrix.Float] struct {
	f        func(dst []T, ldd int, src []T, lds, rows, cols int)
	src, dst operand
	lds, ldd int
	n, m, k  int
}

func (i *transposeOnce[T]) run(t *tile[T]) {
	i.f(t.buffers[i.dst.buffer][i.dst.off:][:i.ldd*i.k], i.ldd, t.buffers[i.src.buffer][i.src.off:][:i.n], i.lds, i.m, i.k)
}

// oneRow is the product for a single row: y = xᵀ·Wᵀ.
func (i *gemm[T]) oneRow(t *tile[T], c, b, bias, mask []T) {
	wt := t.buffers[bufArena][i.wt.off:][:i.ldt*i.k]
	for _, p := range i.panels {
		e := simd.Epilogue[T]{ReLU: i.relu}
		y := c[p.row : p.row+p.rows]
		if bias != nil { // the chain begins with what is there
			copy(y, bias[p.row:])
			e.Accumulate = true
		}
		if mask != nil && i.ldMask == 1 {
			e.Mask, e.LdMask = mask[p.row:], p.rows
		}
		k := p.to - p.from
		var w []T
		if k > 0 {
			w = wt[p.from*i.ldt+p.row:]
		}
		i.f(y, p.rows, b[p.from*i.ldb:], 0, i.ldb, w, i.ldt, 1, k, p.rows, e)
	}
}

// once reports whether the first shared stage is the same in every call: the program's weights are frozen and nothing else enters it.
func (p *Program[T]) onceOnly(ops []*op) bool {
	if !p.options.Frozen || len(p.graph.Updates) > 0 {
		return false
	}
	for _, o := range ops {
		if o.stage > 0 {
			continue
		}
		if o.kind == graph.OpRandom || o.kind == graph.OpRowCount || o.kind == graph.OpHost {
			return false
		}
		for _, v := range o.in {
			if v.def == nil && v.variable {
				return false
			}
		}
	}
	return true
}
