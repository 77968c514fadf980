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
	pack := &packOnce[T]{src: g.a, n: g.aLen, row: g.aRow, col: g.aCol, width: g.k}
	ps := []panel{{0, g.k, span{0, g.m}}}
	if mask := maskOf(weight); mask != nil {
		pack.mask = mask.data
		ps = divide(equalRanges(mask.transposed(g.m, g.k).data, g.k, g.m), g.m, panel.costOfRow)
	}
	for _, p := range ps {
		if p.from == p.to {
			continue
		}
		b := simd.RowBlock{First: p.row, Rows: p.rows, From: p.from, To: p.to, At: e.p.shared, Ld: p.to - p.from}
		if !e.crowded { // rows begin with cache lines
			b.Ld = (b.Ld + 15) &^ 15
		}
		e.p.shared += (b.Ld*b.Rows + 15) &^ 15
		g.blocks = append(g.blocks, b)
	}
	pack.blocks = g.blocks
	g.oneLane, g.fill, g.relu1, g.row = true, e.k.Fill, e.k.ReLU, e.k.Row
	e.p.last0 = append(e.p.last0, pack)
}

// costOfRow is the cost of a block of the transposed weights for a single row, in tenths of a cycle: a step of the chain takes four cycles, and
// bringing 16 weights from the second-level cache somewhat more than one; a call is about forty.
func (p panel) costOfRow() int {
	return p.rows*max(40, 13*((p.to-p.from+15)/16)) + 400
}

// packOnce writes the blocks of a weight.
type packOnce[T matrix.Float] struct {
	src      operand
	n        int
	row, col int       // steps of the weight
	width    int       // its columns
	mask     []float64 // row-major; nil: all ones. Where it is 0 the blocks stay 0
	blocks   []simd.RowBlock
}

func (i *packOnce[T]) run(t *tile[T]) {
	w := t.buffers[i.src.buffer][i.src.off:][:i.n]
	for _, b := range i.blocks {
		dst := t.buffers[bufArena][b.At:][:b.Ld*b.Rows]
		for k := range b.Rows {
			for j := b.From; j < b.To; j++ {
				if i.mask == nil || i.mask[j*i.width+b.First+k] != 0 {
					dst[k*b.Ld+j-b.From] = w[j*i.row+(b.First+k)*i.col]
				}
			}
		}
	}
}

// oneRow is the product for a single row: y = xᵀ·Wᵀ, block by block, so that each chain ascends.
func (i *gemm[T]) oneRow(t *tile[T], y, x []T) {
	switch { // the chain begins with what is there
	case i.more:
	case i.hasBias:
		copy(y, t.span(i.bias, i.m))
	default:
		i.fill(y, 0)
	}
	i.row(y, x, i.ldb, t.buffers[bufArena], i.blocks)
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
