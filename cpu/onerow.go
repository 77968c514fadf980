package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// A batch of one row leaves all lanes but one empty. Where the weights are frozen the compiler keeps their transposes, made once, and a
// single row runs in tiles of one lane: elementwise kernels then run along the elements of a value, and a product W·x is
// xᵀ·Wᵀ, along the rows of W. Every dot product is the same chain as in a full tile, so the row's result is the same bits.

// transposed gives a product the transpose of its weight, if that is worth it and possible. It is kept in blocks of columns that belong
// to the same range of rows, each in one piece: memory is read once, forwards, and zeros of a mask are left out as they are in a tile.
func (e *emitter[T]) transposed(g *gemm[T], weight *value) {
	if !e.p.options.Frozen || weight.stage != 0 || g.unit != 1 {
		return
	}
	mask := maskOf(weight)
	pack := &packOnce[T]{src: g.a, n: g.aLen, row: g.aRow, col: g.aCol, width: g.k}
	ps := []panel{{0, g.k, span{0, g.m}}}
	if mask != nil {
		turned := make([]float64, len(mask))
		for i := range g.m {
			for j := range g.k {
				turned[j*g.m+i] = mask[i*g.k+j]
			}
		}
		if parts := equalRanges(turned, g.k, g.m); len(parts) <= 8+g.k/4 && exact(turned, g.m, parts) {
			ps = parts
		} else {
			pack.mask = mask
		}
	}
	for _, p := range ps {
		if p.from == p.to {
			continue
		}
		b := columnBlock{panel: p, at: e.p.shared, ld: (p.to - p.from + 15) &^ 15}
		e.p.shared += b.ld * p.rows
		g.blocks = append(g.blocks, b)
	}
	pack.blocks = g.blocks
	g.oneLane, g.fill, g.relu1 = true, e.k.Fill, e.k.ReLU
	e.p.last0 = append(e.p.last0, pack)
}

// columnBlock is columns row … row+rows of a weight, and of them the rows from … to, transposed: from at on in the arena, ld apart.
type columnBlock struct {
	panel
	at, ld int
}

// packOnce writes the blocks of a weight.
type packOnce[T matrix.Float] struct {
	src      operand
	n        int
	row, col int       // steps of the weight
	width    int       // its columns
	mask     []float64 // row-major, where the blocks hold more than its ones
	blocks   []columnBlock
}

func (i *packOnce[T]) run(t *tile[T]) {
	w := t.buffers[i.src.buffer][i.src.off:][:i.n]
	for _, b := range i.blocks {
		dst := t.buffers[bufArena][b.at:][:b.ld*b.rows]
		for k := range b.rows {
			for j := b.from; j < b.to; j++ {
				if i.mask == nil || i.mask[j*i.width+b.row+k] != 0 {
					dst[k*b.ld+j-b.from] = w[j*i.row+(b.row+k)*i.col]
				}
			}
		}
	}
}

// oneRow is the product for a single row: y = xᵀ·Wᵀ, block by block, so that each chain ascends.
func (i *gemm[T]) oneRow(t *tile[T], y, x []T) {
	if i.hasBias { // the chain begins with what is there
		copy(y, t.span(i.bias, i.m))
	} else {
		i.fill(y, 0)
	}
	add := simd.Epilogue[T]{Accumulate: true}
	for k := range i.blocks {
		b := &i.blocks[k]
		n := b.to - b.from
		i.f(y[b.from:b.to], n, x[b.row*i.ldb:], 0, i.ldb, t.buffers[bufArena][b.at:][:b.ld*(b.rows-1)+n], b.ld, 1, b.rows, n, add)
	}
	if i.relu {
		i.relu1(y, y)
	}
}

// onceOnly reports whether the first shared stage is the same in every call: the program's weights are frozen and nothing else enters it.
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
