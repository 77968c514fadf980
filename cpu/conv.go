package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// A convolution is products of matrices, with the pixels of a line of the image and the rows of the tile as columns. The image is copied
// into a frame of zeros first, so that a shift of the window is a shift of the start of its operand, and nothing else.

// convShape is the sizes of a convolution. A framed image has C planes of (H + kh − 1) × (W + kw − 1) cells.
type convShape struct {
	out, in        int // channels
	height, width  int
	high, wide     int // of the window
	lines, columns int // of a framed plane
}

func convShapeOf(filter, image graph.Shape) convShape {
	s := convShape{out: filter[0], in: filter[1], high: filter[2], wide: filter[3], height: image[1], width: image[2]}
	s.lines, s.columns = s.height+s.high-1, s.width+s.wide-1
	return s
}

func (s convShape) taps() int   { return s.high * s.wide }
func (s convShape) pixels() int { return s.height * s.width }
func (s convShape) plane() int  { return s.lines * s.columns }

// seen is which lines from ≤ p < to of a window at line l lie on the image; the others lie on zeros of the frame.
func (s convShape) seen(l int) (from, to int) {
	top := s.high / 2
	return max(0, top-l), min(s.high, s.height+top-l)
}

// fewChannels is the most channels whose windows are gathered into one matrix: the products of each shift alone would be too short.
const fewChannels = 32

// conv is y = w ∗ x, with a bias and a ReLU or the gradient of one in the same pass.
type conv[T matrix.Float] struct {
	gemm func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e simd.Epilogue[T])
	convShape
	w      operand // gathered: [out, taps, in]; else [taps, out, in]
	x      operand // framed, [in, plane]
	y      operand
	unit   int
	gather bool
	// Units between the lines and the planes of y, which may lie in a frame itself.
	yLine, yPlane int
	ending
}

func (i *conv[T]) run(t *tile[T]) {
	r := i.unit * t.lanes // numbers of a pixel
	line, plane := i.width*r, i.plane()*r
	ldc, yLine := i.yPlane*t.lanes, i.yLine*t.lanes
	all := func(line, plane int) int { return (i.out-1)*plane + (i.height-1)*line + i.width*i.unit }
	y, x := t.span(i.y, all(i.yLine, i.yPlane)), t.span(i.x, i.in*i.plane()*i.unit)
	w := t.span(i.w, i.out*i.in*i.taps())
	e := simd.Epilogue[T]{Scratch: t.pack}
	if i.hasBias {
		e.Bias = t.span(i.bias, i.out)
	}
	var mask []T
	if i.hasMask {
		mask = t.span(i.mask, all(i.lineOff, i.ldMask))
	}
	finish := func(e *simd.Epilogue[T], l int) {
		e.ReLU = i.relu
		if i.hasMask {
			e.Mask, e.LdMask = mask[l*i.lineOff*t.lanes:], i.ldMask*t.lanes
		}
	}
	if i.taps() == 1 && yLine == line && (!i.hasMask || i.lineOff == i.yLine) { // all pixels are one line
		finish(&e, 0)
		i.gemm(y, ldc, w, i.in, 1, x, plane, i.out, i.in, plane, e)
		return
	}
	for l := range i.height {
		c := y[l*yLine:]
		top, bottom := i.seen(l)
		if i.gather && i.taps() > 1 {
			taps := (bottom - top) * i.wide
			windows := t.scratch[:taps*i.in*line]
			at := 0
			for p := top; p < bottom; p++ {
				for q := range i.wide {
					for ch := range i.in {
						copy(windows[at:at+line], x[ch*plane+((l+p)*i.columns+q)*r:])
						at += line
					}
				}
			}
			one := e
			finish(&one, l)
			i.gemm(c, ldc, w[top*i.wide*i.in:], i.in*i.taps(), 1, windows, line, i.out, taps*i.in, line, one)
			continue
		}
		for tap := top * i.wide; tap < bottom*i.wide; tap++ {
			one := e
			if tap > top*i.wide {
				one.Bias, one.Accumulate = nil, true
			}
			if tap == bottom*i.wide-1 {
				finish(&one, l)
			}
			from := ((l+tap/i.wide)*i.columns + tap%i.wide) * r
			i.gemm(c, ldc, w[tap*i.out*i.in:], i.in, 1, x[from:], plane, i.out, i.in, line, one)
		}
	}
}

func (i *conv[T]) flops(t *tile[T]) float64 {
	return 2 * float64(i.out*i.in*i.taps()*i.pixels()*i.unit*t.lanes)
}

// conv writes a convolution.
func (e *emitter[T]) conv(o *op) {
	filter, x := o.in[0], o.in[1]
	if !e.row || filter.Rows > 0 {
		e.p.unsupported(o, "filters that vary from trip to trip of a loop")
		e.bind(o.out[0], e.fresh(o.out[0]))
		e.usedAll(o)
		return
	}
	s := convShapeOf(filter.Shape, x.Shape)
	framed, free := e.framed(x, s)
	unit := e.unit(x)
	order := filtersTapsFirst
	switch {
	case s.byWinograd():
		order = filtersTransformed
	case s.in <= fewChannels || s.taps() == 1:
		order = filtersGathered
	}
	end := ending{image: &s}
	w := e.filters(filter, s, order)
	last, absorbed := e.epilogue(o, &end, s.out, s.pixels(), unit)
	v := last.out[0]
	dst := e.forConvs(v, s)
	yLine, yPlane := s.width*unit, s.pixels()*unit
	if dst.list != nil {
		yLine, yPlane = int(dst.list.outer), int(dst.list.plane)
	}
	st := &e.p.stages[e.stage]
	if order == filtersTransformed {
		st.scratch = max(st.scratch, s.winogradScratch(unit))
		e.add(&winograd[T]{gemm: e.k.Gemm, into: e.k.WinogradIn, back: e.k.WinogradOut, convShape: s, w: w, x: e.operand(framed.start), y: e.operand(dst.start), unit: unit,
			yLine: yLine, yPlane: yPlane, ending: end})
	} else {
		if order == filtersGathered && s.taps() > 1 {
			st.scratch = max(st.scratch, s.in*s.taps()*s.width*unit)
		}
		e.add(&conv[T]{gemm: e.k.Gemm, convShape: s, w: w, x: e.operand(framed.start), y: e.operand(dst.start), unit: unit, gather: order == filtersGathered,
			yLine: yLine, yPlane: yPlane, ending: end})
	}
	e.bind(v, dst)
	free()
	e.absorb(o, absorbed)
}

// filterOrder is how a convolution wants its filters.
type filterOrder int

const (
	filtersTapsFirst   filterOrder = iota // [taps, O, C]
	filtersGathered                       // [O, taps, C]
	filtersTransformed                    // [16, O, C], for Winograd's algorithm
)

// filters makes the filters [O,C,kh,kw] of a convolution one piece of shared memory in the order that it wants, in the shared stage before this one: turned ones from those that they
// are made of. Where transforms are computed once more to spare memory, each tile orders them itself, just before it needs them.
func (e *emitter[T]) filters(w *value, s convShape, order filterOrder) operand {
	turned := w.loc.n == 0 // see turn
	if turned {
		w = w.def.in[0]
	}
	at, row, col, ok := matrixOf(w.loc, w.Shape[0], w.Shape[1]*s.taps())
	ok = ok && (col == 1 || w.Shape[1]*s.taps() == 1) && (row == w.Shape[1]*s.taps() || w.Shape[0] == 1)
	plain := s.taps() == 1 && !turned
	if ok && plain {
		return at
	}
	key := copied{w, s.out, order, turned}
	if plain || e.p.sparing {
		key = copied{w: w}
	}
	to, made := e.filterCopies[key]
	if !made {
		e.before(func() {
			if to = at; !ok {
				whole := e.fresh(w)
				e.copyTo(1, whole, w.loc)
				to = e.operand(whole.start)
			}
			if !plain && !e.p.sparing {
				if !ok {
					e.wave++
				}
				to = e.pack(s, to, turned, order)
			}
		})
		e.filterCopies[key] = to
	}
	if !plain && e.p.sparing {
		return e.pack(s, to, turned, order)
	}
	return to
}

// pack brings filters to an order: in a shared stage in parts, which different workers may take, and otherwise into memory of the tile.
func (e *emitter[T]) pack(s convShape, at operand, turned bool, order filterOrder) (to operand) {
	n := s.out * s.in * s.taps()
	if order == filtersTransformed {
		n = 16 * s.out * s.in
	}
	step := max(1, chunk/max(1, s.in*s.taps()))
	work := max((21*min(step, s.out)+9)*s.in, s.in*s.taps())
	if e.row {
		to = operand{buffer: bufFilters}
		e.p.filters = max(e.p.filters, n+work)
	} else {
		to = e.operand(e.fresh(&value{Type: graph.Type{Shape: graph.Shape{n}}}).start)
		st := &e.p.stages[e.stage]
		st.scratch = max(st.scratch, work)
	}
	for from := 0; from < s.out; from += step {
		pack := packFilters[T]{transpose: e.k.Transpose, convShape: s, src: at, dst: to, copied: n, turned: turned, gathered: order == filtersGathered, from: from, to: min(s.out, from+step)}
		if order == filtersTransformed {
			e.add(&winogradFilters[T]{pack, e.k})
		} else {
			e.add(&pack)
		}
	}
	return to
}

// copied names a copy of filters; without an order one in their own.
type copied struct {
	w      *value
	out    int
	order  filterOrder
	turned bool
}

// before writes what f adds into the shared stage before this row stage, behind everything of that stage, and beside what else is added so.
func (e *emitter[T]) before(f func()) {
	stage, wave, order := e.stage, e.wave, e.order
	e.stage, e.row, e.order = stage-1, false, nil
	if e.behind == 0 {
		e.behind = len(e.p.stages[e.stage].waves)
	}
	e.wave = e.behind
	f()
	e.stage, e.row, e.wave, e.order = stage, true, wave, order
}

// packFilters copies the filters of the channels from … to of the result: as [O,taps,C], or with the taps first, from filters [O,C,taps] or, turned, [C,O,taps].
type packFilters[T matrix.Float] struct {
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	convShape
	src, dst         operand
	copied           int // numbers of the copy
	turned, gathered bool
	from, to         int
}

// work is memory for one part.
func (i *packFilters[T]) work(t *tile[T]) []T {
	if i.dst.buffer == bufFilters {
		return t.filters[i.copied:]
	}
	return t.scratch
}

func (i *packFilters[T]) run(t *tile[T]) {
	n, taps := i.out*i.in, i.taps()
	src, dst, lines := t.span(i.src, n*taps), t.span(i.dst, n*taps), i.work(t)[:i.in*taps]
	if i.gathered {
		i.copies(dst[i.from*i.in*taps:], i.in*taps, i.in, src, lines)
		return
	}
	i.copies(dst[i.from*i.in:], i.in, n, src, lines)
}

// copies writes the filters of each output channel, outer numbers apart, with taps inner numbers apart. lines is memory for the filters of one.
func (i *packFilters[T]) copies(dst []T, outer, inner int, src, lines []T) {
	taps := i.taps()
	row, pair := i.in*taps, taps // steps of the filters that are copied: of an output channel, of an input channel
	if i.turned {
		row, pair = taps, i.out*taps
	}
	for o := i.from; o < i.to; o++ {
		i.transpose(lines, i.in, src[o*row:], pair, i.in, taps)
		for q := range taps {
			to := q
			if i.turned {
				to = taps - 1 - q
			}
			copy(dst[(o-i.from)*outer+to*inner:][:i.in], lines[q*i.in:])
		}
	}
}

// turn writes the filters of the transposed convolution. Convolutions make them as they need them.
func (e *emitter[T]) turn(o *op) {
	v, x := o.out[0], o.in[0]
	onlyConvs := !v.output && !e.row
	for _, u := range v.users {
		onlyConvs = onlyConvs && u.kind == graph.OpConv && u.in[0] == v && u.in[0].Rows == 0 && u.stage > e.stage
	}
	if onlyConvs {
		return
	}
	s := x.Shape
	taps := s[2] * s[3]
	e.bind(v, pick(v.Shape.Size(), x.loc.blocks, func(i int) cell { // element i of [C,O,taps]
		c, a, q := i/(s[0]*taps), i/taps%s[0], i%taps
		return x.loc.at((a*s[1]+c)*taps + taps - 1 - q)
	}))
}
