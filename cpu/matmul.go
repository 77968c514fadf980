package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// gemm is C = A·B for a shared matrix A and rows of lanes B, with what follows it in the same pass.
type gemm[T matrix.Float] struct {
	f          func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e simd.Epilogue[T])
	c, a, b    operand
	aRow, aCol int
	aLen       int
	m, k       int
	unit       int // units of one row of B and C
	columns    int // of B and C, only while compiling a triangular loop
	ldb        int // units between rows of B
	ending
	more    bool    // adds to what is there: no bias
	panels  []panel // the rows of A, where ranges of their columns are zero
	oneLane bool    // for a single row A is kept transposed, in blocks
	blocks  []simd.RowBlock
	row     func(y, x []T, step int, w []T, blocks []simd.RowBlock)
	fill    func(dst []T, s T)
	relu1   func(dst, a []T)
	from    *op // only while compiling
}

func (i *gemm[T]) run(t *tile[T]) {
	n := i.unit * t.lanes
	c, b := t.span(i.c, i.m*i.unit), t.span(i.b, max(0, (i.k-1)*i.ldb+i.unit))
	a := t.buffers[i.a.buffer][i.a.off : i.a.off+i.aLen]
	if t.lanes == 1 && i.oneLane && !i.hasMask {
		i.oneRow(t, c, b)
		return
	}
	ldb := i.ldb * t.lanes
	var bias, mask []T
	if i.hasBias {
		bias = t.span(i.bias, i.m)
	}
	if i.hasMask {
		mask = t.span(i.mask, (i.m-1)*i.ldMask+i.unit)
	}
	for _, p := range i.panels {
		e := simd.Epilogue[T]{ReLU: i.relu, Accumulate: i.more, Scratch: t.pack}
		if bias != nil {
			e.Bias = bias[p.row:]
		}
		if mask != nil {
			e.Mask, e.LdMask = mask[p.row*i.ldMask*t.lanes:], i.ldMask*t.lanes
		}
		i.f(c[p.row*n:], n, a[p.row*i.aRow+p.from*i.aCol:], i.aRow, i.aCol, b[p.from*ldb:], ldb, p.rows, p.to-p.from, n, e)
	}
}

// matrixOf reads cells as a matrix in one shared buffer with regular steps.
func matrixOf(l loc, rows, cols int) (at operand, rowStep, colStep int, ok bool) {
	if rows*cols == 0 || !l.at(0).shared() || !l.at(0).beside(l.at(rows*cols-1)) {
		return at, 0, 0, false
	}
	buffer, off := l.at(0).address()
	if cols > 1 {
		colStep = int(l.at(0) - l.at(1)) // shared cells count downwards
	}
	if rows > 1 {
		rowStep = int(l.at(0) - l.at(cols))
	}
	if rowStep < 0 || colStep < 0 {
		return at, 0, 0, false
	}
	if l.list != nil && !l.list.grid(cols) {
		for i := range rows {
			for j := range cols {
				if l.at(i*cols+j) != l.at(0)-cell(i*rowStep+j*colStep) {
					return at, 0, 0, false
				}
			}
		}
	}
	return operand{buffer, off}, rowStep, colStep, true
}

func (e *emitter[T]) matmul(o *op) {
	v := o.out[0]
	m, k, n := o.in[0].Shape[0], o.in[0].Shape[1], o.in[1].Shape[1]
	a, aRow, aCol, ok := matrixOf(o.in[0].loc, m, k)
	if !ok || m*k*n == 0 || e.row && o.in[1].Rows == 0 {
		e.matmulByLanes(o)
		e.usedAll(o)
		return
	}
	unit := e.unit(v)
	b, free := e.rowsOf(o.in[1], k, n)
	g := &gemm[T]{f: e.k.Gemm, a: a, aRow: aRow, aCol: aCol, aLen: (m-1)*aRow + (k-1)*aCol + 1, m: m, k: k, unit: n * unit,
		b: e.operand(b.start), ldb: n * unit, panels: []panel{{0, m, span{0, k}}}}
	if n == 1 && k > 1 {
		g.ldb = int(b.step)
		if !e.row {
			g.ldb = -int(b.step)
		}
	}
	last, absorbed := o, []*op(nil)
	if e.row && n == 1 {
		g.adds = true
		last, absorbed = e.epilogue(o, &g.ending, m, 1, unit)
		g.panels, _ = panelsOf(maskOf(o.in[0]), m, k)
		e.transposed(g, o.in[0])
	}
	w := last.out[0]
	var dst loc
	if g.onto != nil {
		dst, g.more, g.onto = g.onto.loc, true, nil
	} else {
		dst = e.fresh(w)
	}
	g.c = e.operand(dst.start)
	if !e.row {
		e.divided(g)
	} else {
		e.add(g)
	}
	e.bind(w, dst)
	free()
	e.absorb(o, absorbed)
}

// divided adds a product of shared matrices in parts, which different workers may take.
func (e *emitter[T]) divided(g *gemm[T]) {
	rows := max(1, chunk*16/max(1, g.k*g.unit))
	for from := 0; from < g.m; from += rows {
		part := *g
		part.m = min(rows, g.m-from)
		part.a.off += from * g.aRow
		part.aLen = (part.m-1)*g.aRow + (g.k-1)*g.aCol + 1
		part.c.off += from * g.unit
		part.panels = []panel{{0, part.m, span{0, g.k}}}
		e.add(&part)
	}
}

// rowsOf makes the k rows of a [k,n] operand regular: n units in one piece, equal steps between rows.
func (e *emitter[T]) rowsOf(v *value, k, n int) (loc, func()) {
	l := v.loc
	step := cell(e.unit(v))
	if !e.row {
		step = -1
	}
	regular := l.list == nil && (n == 1 && l.step*step >= step*step || l.step == step || l.n == 1)
	if regular && l.at(0).shared() != e.row {
		return l, func() {}
	}
	return e.packed(v, l)
}

// matmulByLanes is the product with a matrix a lane: every element is a chain of multiplications and additions of units.
func (e *emitter[T]) matmulByLanes(o *op) {
	v := o.out[0]
	x, y := o.in[0].loc, o.in[1].loc
	m, k, n := o.in[0].Shape[0], o.in[0].Shape[1], o.in[1].Shape[1]
	dst := e.fresh(v)
	unit := e.unit(v)
	mul, mulS, _ := e.binaryKernels(graph.OpMul)
	defer e.inOrder()() // each link of a chain needs the one before
	for i := range m {
		for j := range n {
			at := dst.at(i*n + j)
			c := loc{start: at, n: 1}
			if k == 0 {
				e.copyTo(unit, c, loc{start: e.zero(), n: 1})
			}
			for p := range k {
				a, b := loc{start: x.at(i*k + p), n: 1}, loc{start: y.at(p*n + j), n: 1}
				if b.start.shared() && e.row {
					a, b = b, a
				}
				if p > 0 {
					r := run{n: unit, dst: e.operand(at), in: [3]operand{e.operand(b.start), e.operand(a.start)}}
					r.same[0], r.same[1] = b.start.shared() && e.row, a.start.shared() && e.row
					e.add(&accumulate[T]{e.k.FMA, e.k.AXPY, r})
					continue
				}
				if e.row && a.start.shared() && b.start.shared() {
					e.copyTo(unit, c, b)
					b = c
				}
				e.add(&elementwise2[T]{mul, mulS, mulS, e.runs(unit, c, a, b)})
			}
		}
	}
	e.bind(v, dst)
}

// accumulate is dst += a·b.
type accumulate[T matrix.Float] struct {
	fma  func(dst, a, b, c []T)
	axpy func(dst, x []T, s T)
	r    run
}

func (i *accumulate[T]) run(t *tile[T]) {
	dst := t.span(i.r.dst, i.r.n)
	if i.r.same[1] {
		if i.r.same[0] { // a number times a number, on every lane
			s := t.number(i.r.in[0]) * t.number(i.r.in[1])
			for l := range dst {
				dst[l] += s
			}
			return
		}
		i.axpy(dst, t.span(i.r.in[0], i.r.n), t.number(i.r.in[1]))
		return
	}
	i.fma(dst, t.span(i.r.in[0], i.r.n), t.span(i.r.in[1], i.r.n), dst)
}
