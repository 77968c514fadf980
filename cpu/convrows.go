package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/matrix"
)

// convRows is the gradient of filters: for each shift of the window a product along the pixels and the rows of the tile. Of its operands the one
// with more channels is transposed, so that the columns of the products fill vectors.
type convRows[T matrix.Float] struct {
	gemm      func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e simd.Epilogue[T])
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	convShape
	g, x operand // [out, pixels] and, framed, [in, plane]
	unit int
	acc  int // of [taps, out, in], or, swapped, [taps, in, out]
	swap bool
}

func (i *convRows[T]) run(t *tile[T]) {
	r := i.unit * t.lanes
	pixels, plane, line := i.pixels()*r, i.plane()*r, i.width*r
	g, x := t.span(i.g, i.out*i.pixels()*i.unit), t.span(i.x, i.in*i.plane()*i.unit)
	m, n := i.out, i.in
	turned, length := x, plane
	if i.swap {
		m, n, turned, length = i.in, i.out, g, pixels
	}
	ld := transposedStride(n)
	turnedT := t.scratch[:length*ld]
	i.transpose(turnedT, ld, turned, length, n, length)
	acc := t.acc[i.acc:][:m*n*i.taps()]
	lines, step := i.height, line
	if i.taps() == 1 { // without a frame all pixels are one line
		lines, step = 1, pixels
	}
	for tap := range i.taps() {
		for l := range lines {
			shifted := ((l+tap/i.wide)*i.columns + tap%i.wide) * r
			e := simd.Epilogue[T]{Accumulate: l > 0 || !t.first}
			if i.swap {
				i.gemm(acc[tap*m*n:], n, x[shifted:], plane, 1, turnedT[l*step*ld:], ld, m, step, n, e)
			} else {
				i.gemm(acc[tap*m*n:], n, g[l*step:], pixels, 1, turnedT[shifted*ld:], ld, m, step, n, e)
			}
		}
	}
}

func (i *convRows[T]) flops(t *tile[T]) float64 {
	return 2 * float64(i.out*i.in*i.taps()*i.pixels()*i.unit*t.rows)
}

// convRows writes a gradient of filters into the shared numbers at off.
func (e *emitter[T]) convRows(o *op, off int, join func([]instr[T])) {
	g, x := o.in[0], o.in[1]
	s := convShapeOf(o.out[0].Shape, x.Shape)
	framed, free := e.framed(x, s)
	gl, freeG := e.inPiece(g, g.loc)
	i := &convRows[T]{gemm: e.k.Gemm, transpose: e.k.Transpose, convShape: s, unit: e.unit(x), g: e.operand(gl.start), x: e.operand(framed.start),
		acc: e.p.sums, swap: s.out > s.in}
	n := s.out * s.in * s.taps()
	e.p.sums += (n + 15) &^ 15
	scratch := s.plane() * transposedStride(s.in)
	if i.swap {
		scratch = s.pixels() * transposedStride(s.out)
	}
	st := &e.p.stages[e.stage]
	st.scratch = max(st.scratch, scratch*i.unit)
	e.add(i)
	freeG()
	free()
	var parts []instr[T]
	step := max(1, chunk/max(1, s.in*s.taps())) // the lines of the result that are written tap by tap stay in the cache
	for from := 0; from < s.out; from += step {
		parts = append(parts, &joinFilters[T]{convShape: s, swap: i.swap, dst: off, acc: i.acc, from: from, to: min(s.out, from+step)})
	}
	join(parts)
}

// joinFilters adds up what the shards summed of the filters from … to, and puts the taps last.
type joinFilters[T matrix.Float] struct {
	convShape
	swap     bool
	dst, acc int
	from, to int
}

func (i *joinFilters[T]) run(t *tile[T]) {
	taps, size := i.taps(), i.out*i.in
	dst := t.buffers[bufArena][i.dst:][:size*taps]
	for tap := range taps {
		at := i.acc + tap*size
		if !i.swap { // a line is an output channel, whose inputs lie side by side
			to := dst[i.from*i.in*taps+tap:]
			for k, x := range t.joined(at+i.from*i.in, (i.to-i.from)*i.in) {
				to[k*taps] = x
			}
			continue
		}
		for c := range i.in {
			to := dst[(i.from*i.in+c)*taps+tap:]
			for k, x := range t.joined(at+c*i.out+i.from, i.to-i.from) {
				to[k*i.in*taps] = x
			}
		}
	}
}
