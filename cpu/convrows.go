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
		written := !t.first
		for l := range lines {
			if top, bottom := i.seen(l); i.taps() > 1 && (tap/i.wide < top || tap/i.wide >= bottom) {
				continue
			}
			shifted := ((l+tap/i.wide)*i.columns + tap%i.wide) * r
			e := simd.Epilogue[T]{Accumulate: written}
			written = true
			if i.swap {
				i.gemm(acc[tap*m*n:], n, x[shifted:], plane, 1, turnedT[l*step*ld:], ld, m, step, n, e)
			} else {
				i.gemm(acc[tap*m*n:], n, g[l*step:], pixels, 1, turnedT[shifted*ld:], ld, m, step, n, e)
			}
		}
		if !written { // the image has no line at which the window sees this one
			clear(acc[tap*m*n:][:m*n])
		}
	}
}

func (i *convRows[T]) flops(t *tile[T]) float64 {
	return 2 * float64(i.out*i.in*i.taps()*i.pixels()*i.unit*t.rows)
}

// convRows writes a gradient of filters: where only Adam and the sum of its squares read it, in the place where it was summed.
func (e *emitter[T]) convRows(o *op, join func([]instr[T])) {
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
	after := &e.p.stages[e.stage+1]
	if e.direct(o.out[0], true) { // there is one shard
		after.scratch = max(after.scratch, n)
		if s.taps() > 1 || i.swap {
			join([]instr[T]{&turnFilters[T]{e.k.Transpose, i}})
		}
		o.out[0].loc = onShards(i.acc, n)
		e.joined[i.acc] = []stretch{{0, n}}
		return
	}
	var parts []instr[T]
	off := e.onArena(o.out[0])
	step := max(1, chunk/max(1, s.in*s.taps())) // the lines of the result that are written tap by tap stay in the cache
	after.scratch = max(after.scratch, min(step, s.out)*s.in*s.taps())
	for from := 0; from < s.out; from += step {
		parts = append(parts, &joinFilters[T]{transpose: e.k.Transpose, fetch: e.k.Fetch, convShape: s, swap: i.swap, dst: off, acc: i.acc, from: from, to: min(s.out, from+step)})
	}
	join(parts)
}

// turnFilters brings sums to the order of the filters, [out, in, taps], where they lie.
type turnFilters[T matrix.Float] struct {
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	of        *convRows[T]
}

func (i *turnFilters[T]) run(t *tile[T]) {
	s := i.of.convShape
	taps, size := s.taps(), s.out*s.in
	sums := t.shards[0].acc[i.of.acc:][:size*taps]
	turned := t.scratch[:size*taps]
	switch {
	case !i.of.swap:
		i.transpose(turned, taps, sums, size, taps, size)
	case taps == 1:
		i.transpose(turned, s.in, sums, s.out, s.in, s.out)
	default:
		for c := range s.in {
			i.transpose(turned[c*taps:], s.in*taps, sums[c*s.out:], size, taps, s.out)
		}
	}
	copy(sums, turned)
}

// joinFilters adds up what the shards summed of the filters from … to, and puts the taps last.
type joinFilters[T matrix.Float] struct {
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	fetch     func([]T)
	convShape
	swap     bool
	dst, acc int
	from, to int
}

func (i *joinFilters[T]) run(t *tile[T]) {
	taps, size, channels := i.taps(), i.out*i.in, i.to-i.from
	dst := t.buffers[bufArena][i.dst:][:size*taps]
	if !i.swap { // a line is an output channel, whose inputs lie side by side
		n := channels * i.in
		i.transpose(dst[i.from*i.in*taps:], taps, i.lines(t, i.acc+i.from*i.in, n), n, taps, n)
		return
	}
	for c := range i.in {
		i.transpose(dst[(i.from*i.in+c)*taps:], i.in*taps, i.lines(t, i.acc+c*i.out+i.from, channels), channels, taps, channels)
	}
}

// lines is n numbers of each tap, those of the first from acc on.
func (i *joinFilters[T]) lines(t *tile[T], acc, n int) []T {
	lines := t.scratch[:i.taps()*n]
	for tap := range i.taps() {
		line, at := lines[tap*n:][:n], acc+tap*i.out*i.in
		if tap+1 < i.taps() { // they lie far apart, and the processor cannot guess where
			for _, s := range t.shards {
				i.fetch(s.acc[at+i.out*i.in:][:n])
			}
		}
		if len(t.shards) == 1 {
			copy(line, t.shards[0].acc[at:])
		} else {
			t.join(line, at)
		}
	}
	return lines
}
