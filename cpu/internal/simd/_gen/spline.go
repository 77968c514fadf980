package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Bits of the argument flags of the spline kernels, places of their scalars, and the most bins that they have memory for; package simd
// has the same.
const (
	splineInverse = 1 << iota
	splineClipped
	splineEnds
	splineBoxed
	splineTheta // the kernel of the derivative: write the gradient of theta
)

const (
	splineLow = iota
	splineHigh
	splineSearchFloor // the smallest length of a bin along the axis on which the point is given
	splineSearchSpan  // what the softmax is multiplied by
	splineOtherFloor
	splineOtherSpan
	splineBinScale
	splineMinSlope
	splineMaxSlope
	splineShift
	splineBinClip // 1/bound of the soft clip of raw lengths
	splineClip    // the same of raw slopes
	splineScalars
)

const splineBins = 64

// splineSlots are values of one vector of lanes that are kept in the frame, behind the scalars, between the phases of a kernel.
var splineSlots = []string{
	"mask", "x", "at", "index", "slopeIndex",
	"left", "width", "low", "height", // of the point's bin, where it is given first
	"before", "after", "beforeDerivative", "afterDerivative",
	"slope", "xi", "reciprocal", "denominator", "rest", "q", "p", "n",
	"searchScale", "otherScale", "searchBelow", "otherBelow", "searchOwn", "otherOwn", // for the derivative of the softmax
	"gStart", "gLength", "gOtherStart", "gOtherLength", "gBefore", "gAfter", "gs", "gxi", "gy", "gl",
}

// splineCode is a spline kernel being written. A vector of lanes goes through phases; what a later one needs is kept in the
// frame, so that a phase has all registers but three.
type splineCode struct {
	*target
	vjp                   bool
	frame                 reg.GPVirtual
	search, other, slopes reg.GPVirtual // where the rows of raw lengths and slopes start
	ld, at, n             reg.GPVirtual
	one, zero             vec
	tail                  tail
	exp                   func(x vec)
	log                   func(a vec) vec
	unitLog               func(x vec, low *vec)
}

func spline(t *target) {
	splineKernel(t, false)
	splineKernel(t, true)
}

func splineKernel(t *target, vjp bool) {
	if vjp {
		t.begin("splineVJP", "func(gx, gtheta *T, ldGrad int, gy, gl, x, theta *T, ld, n, bins int, scalars *T, flags int)",
			"computes the gradients of the spline of n lanes. See genericRQSVJP.")
	} else {
		t.begin("spline", "func(y, l, x, theta *T, ld, n, bins int, scalars *T, flags int)",
			"computes the spline of n lanes. See genericRQS.")
	}
	t.Attributes(0) // the frame is large: the stack must be checked
	t.memory = true
	defer func() { t.memory = false }()
	s := &splineCode{target: t, vjp: vjp}
	local := t.AllocLocal((2*splineBins + splineScalars + len(splineSlots) + 1) * t.vbytes())
	s.frame = t.GP64()
	t.LEAQ(local.Offset(t.vbytes()-1), s.frame)
	t.ANDQ(operand.I32(-t.vbytes()), s.frame)
	s.ld = t.bytes(t.load("ld"))
	s.n, s.at = t.load("n"), t.GP64()
	t.XORQ(s.at, s.at)

	// The three blocks of rows.
	bins := t.load("bins")
	t.IMULQ(s.ld, bins)
	s.search = t.load("theta")
	s.other, s.slopes = t.GP64(), t.GP64()
	t.LEAQ(operand.Mem{Base: s.search, Index: bins, Scale: 1}, s.other)
	t.LEAQ(operand.Mem{Base: s.search, Index: bins, Scale: 2}, s.slopes)
	forward := t.label("forward")
	s.unless(splineInverse, forward)
	t.XCHGQ(s.search, s.other)
	t.Label(forward)

	scalars := t.load("scalars")
	v := t.take()
	for i := range splineScalars {
		t.broadcast(operand.Mem{Base: scalars, Disp: i * t.size()}, v)
		t.mov(v, s.scalar(i))
	}
	t.drop(v)
	s.one, s.zero = t.bcast(t.number(1)), t.take()
	t.zero(s.zero)
	if t.isa == avx2 {
		s.tail.v = t.take()
	}
	s.exp, s.log, s.unitLog = t.newNegativeExp(), t.newLog(s.one, s.zero), t.newUnitLog(s.one)

	loop, last := t.label("vector"), t.label("last")
	t.Label(loop)
	s.masks(last)
	s.point()
	s.axis(s.search, 0, "search", "left", "width", splineSearchFloor, splineSearchSpan)
	s.axis(s.other, splineBins, "other", "low", "height", splineOtherFloor, splineOtherSpan)
	s.pickSlopes()
	s.slopeOf("before", "beforeDerivative")
	s.slopeOf("after", "afterDerivative")
	s.ends()
	s.place()
	if vjp {
		s.gradients()
	} else {
		s.values()
	}
	t.ADDQ(operand.I32(t.vbytes()), s.at)
	t.SUBQ(operand.I32(t.lanes()), s.n)
	t.JG(operand.LabelRef(loop))
	t.end()
}

// unless jumps if none of the flags is set, when if one is.
func (s *splineCode) unless(flags int32, to string) {
	s.TESTQ(operand.I32(flags), s.arg("flags"))
	s.JE(operand.LabelRef(to))
}

func (s *splineCode) when(flags int32, to string) {
	s.TESTQ(operand.I32(flags), s.arg("flags"))
	s.JNE(operand.LabelRef(to))
}

// The frame: exponentials of both axes, scalars, slots.
func (s *splineCode) vector(i int) operand.Mem {
	return operand.Mem{Base: s.frame, Disp: i * s.vbytes()}
}
func (s *splineCode) scalar(i int) operand.Mem { return s.vector(2*splineBins + i) }
func (s *splineCode) slot(name string) operand.Mem {
	for i, n := range splineSlots {
		if n == name {
			return s.vector(2*splineBins + splineScalars + i)
		}
	}
	panic("no slot " + name)
}

// get loads slots into new registers.
func (s *splineCode) get(name string) vec {
	r := s.take()
	s.mov(s.slot(name), r)
	return r
}

func (s *splineCode) put(r vec, name string) { s.mov(r, s.slot(name)) }

// phase runs f and gives back the registers that it took.
func (s *splineCode) phase(f func()) {
	free := append([]vec(nil), s.pool...)
	f()
	s.pool = free
}

// row reads the lanes of a row, lanes is where they are read from at a pointer.
func (s *splineCode) row(p reg.GPVirtual, d vec) { s.loadTail(operand.Mem{Base: p}, s.tail, d) }

// lanes reads the lanes of an argument.
func (s *splineCode) lanesOf(name string) vec {
	r, p := s.take(), s.load(name)
	s.loadTail(operand.Mem{Base: p, Index: s.at, Scale: 1}, s.tail, r)
	return r
}

func (s *splineCode) write(r vec, name string) {
	p := s.load(name)
	s.storeTail(r, s.tail, operand.Mem{Base: p, Index: s.at, Scale: 1})
}

// masks makes the mask of the lanes of this turn: all but at the end.
func (s *splineCode) masks(last string) {
	n := s.GP64()
	s.MOVQ(s.n, n)
	s.CMPQ(n, operand.I32(s.lanes()))
	s.JLE(operand.LabelRef(last))
	s.MOVQ(operand.I32(int32(s.lanes())), n)
	s.Label(last)
	s.tailMask(n, s.tail.v)
}

// point brings x into the box; NaN goes to its lower end, so that it spoils no gradient.
func (s *splineCode) point() {
	s.phase(func() {
		x := s.lanesOf("x")
		s.put(x, "x")
		lo := s.take()
		s.mov(s.scalar(splineLow), lo)
		s.max(lo, x, x)
		s.mov(s.scalar(splineHigh), lo)
		s.min(lo, x, x)
		s.put(x, "at")
	})
}

// loopRows runs f for each of count rows from start on, with a pointer to the row.
func (s *splineCode) loopRows(start reg.GPVirtual, count reg.GPVirtual, f func(row reg.GPVirtual)) {
	row := s.GP64()
	loop := s.label("rows")
	s.LEAQ(operand.Mem{Base: start, Index: s.at, Scale: 1}, row)
	s.Label(loop)
	f(row)
	s.ADDQ(s.ld, row)
	s.DECQ(count)
	s.JNE(operand.LabelRef(loop))
}

// softClip replaces x by x/(1+|x|/bound) if slopes are clipped.
func (s *splineCode) softClip(x vec, bound int) {
	plain := s.label("plain")
	s.unless(splineClipped, plain)
	s.phase(func() {
		d := s.take()
		s.clipDenominator(x, bound, d)
		s.div(d, x, x)
	})
	s.Label(plain)
}

func (s *splineCode) clipDenominator(x vec, bound int, d vec) {
	s.mov(s.constant(s.number(math.Copysign(0, -1))), d)
	s.andn(x, d, d)
	s.mul(s.scalar(bound), d, d)
	s.add(s.one, d, d)
}

// axis makes the bins of one axis and finds the point's: on the first axis by comparing their starts with the point, on the other by
// number. Rows become exponentials of differences to the largest, which are kept in the frame from e on.
func (s *splineCode) axis(rows reg.GPVirtual, e int, axis, start, length string, floor, span int) {
	s.phase(func() {
		s.Commentf("The %s axis: the largest raw length.", axis)
		top, v, count := s.take(), s.take(), s.GP64()
		s.mov(s.constant(s.number(math.Inf(-1))), top)
		s.Load(s.Param("bins"), count)
		s.loopRows(rows, count, func(row reg.GPVirtual) {
			s.row(row, v)
			s.max(v, top, top)
		})
		s.softClip(top, splineBinClip)
		s.mul(s.scalar(splineBinScale), top, top)

		s.Comment("Exponentials and their sum.")
		sum, to := s.take(), s.GP64()
		s.clear(sum)
		s.LEAQ(s.vector(e), to)
		s.Load(s.Param("bins"), count)
		s.loopRows(rows, count, func(row reg.GPVirtual) {
			s.row(row, v)
			s.softClip(v, splineBinClip)
			s.mul(s.scalar(splineBinScale), v, v)
			s.sub(top, v, v)
			s.exp(v)
			s.mov(v, operand.Mem{Base: to})
			s.add(v, sum, sum)
			s.ADDQ(operand.I32(s.vbytes()), to)
		})
		s.div(sum, s.one, sum)
		s.put(sum, axis+"Scale")
		s.mul(s.scalar(span), sum, sum)
	})
	s.phase(func() {
		s.Comment("The bins one after the other.")
		scale, edge, first, own, w, number, x := s.take(), s.take(), s.take(), s.take(), s.take(), s.take(), s.take()
		s.mov(s.slot(axis+"Scale"), scale)
		s.mul(s.scalar(span), scale, scale)
		s.mov(s.scalar(splineLow), edge)
		s.copyto(edge, first)
		from, count := s.GP64(), s.GP64()
		s.LEAQ(s.vector(e), from)
		var ev, below, belowOwn, eOwn vec
		if s.vjp {
			ev, below, belowOwn, eOwn = s.take(), s.take(), s.take(), s.take()
			s.clear(below)
			s.clear(belowOwn)
		} else {
			ev = w
		}
		width := func() {
			s.mov(operand.Mem{Base: from}, ev)
			if s.vjp {
				s.copyto(ev, w)
			}
			s.fma213(s.scalar(floor), scale, w)
		}
		width()
		s.copyto(w, own)
		if s.vjp {
			s.copyto(ev, eOwn)
		}
		s.copyto(s.one, number)
		if axis == "search" {
			s.mov(s.slot("at"), x)
			s.put(s.zero, "index")
		} else {
			s.mov(s.slot("index"), x)
		}
		var index vec
		if axis == "search" {
			index = s.take()
			s.clear(index)
		}
		loop, done := s.label("bins"), s.label("binsDone")
		s.Load(s.Param("bins"), count)
		s.Label(loop)
		s.DECQ(count)
		s.JE(operand.LabelRef(done))
		s.ADDQ(operand.I32(s.vbytes()), from)
		s.add(w, edge, edge)
		if s.vjp {
			s.add(ev, below, below)
		}
		width()
		tmp := s.take()
		var reached cond
		if axis == "search" {
			reached = s.compare(cmpLE, x, edge, reg.K2, tmp)
			s.blend(reached, number, index, index)
		} else {
			reached = s.compare(cmpLE, x, number, reg.K2, tmp)
		}
		s.blend(reached, edge, first, first)
		s.blend(reached, w, own, own)
		if s.vjp {
			s.blend(reached, below, belowOwn, belowOwn)
			s.blend(reached, ev, eOwn, eOwn)
		}
		s.add(s.one, number, number)
		s.JMP(operand.LabelRef(loop))
		s.Label(done)
		s.put(first, start)
		s.put(own, length)
		if axis == "search" {
			s.put(index, "index")
		}
		if s.vjp {
			s.put(belowOwn, axis+"Below")
			s.put(eOwn, axis+"Own")
		}
	})
}

// clear sets a register to zero.
func (s *splineCode) clear(d vec) { s.target.zero(d) }

// slopeRows is the number of rows of raw slopes; it jumps to none if there are none.
func (s *splineCode) slopeRows(none string) reg.GPVirtual {
	count := s.load("bins")
	inner := s.label("inner")
	s.DECQ(count)
	s.unless(splineEnds, inner)
	s.ADDQ(operand.I32(2), count)
	s.Label(inner)
	s.TESTQ(count, count)
	s.JE(operand.LabelRef(none))
	return count
}

// pickSlopes finds the raw slopes at both ends of the bin. slopeIndex is the row of the one behind; that of the one before precedes it.
func (s *splineCode) pickSlopes() {
	s.phase(func() {
		s.Comment("The raw slopes at the ends of the bin.")
		index, before, after, v, number, tmp := s.take(), s.take(), s.take(), s.take(), s.take(), s.take()
		s.mov(s.slot("index"), index)
		inner, none := s.label("inner"), s.label("noSlopes")
		s.unless(splineEnds, inner)
		s.add(s.one, index, index)
		s.Label(inner)
		s.put(index, "slopeIndex")
		s.clear(before)
		s.clear(after)
		s.clear(number)
		count := s.slopeRows(none)
		s.loopRows(s.slopes, count, func(row reg.GPVirtual) {
			s.row(row, v)
			s.blend(s.compare(cmpLE, index, number, reg.K2, tmp), v, after, after)
			s.add(s.one, number, number)
			s.blend(s.compare(cmpLE, index, number, reg.K2, tmp), v, before, before)
		})
		s.Label(none)
		s.put(before, "before")
		s.put(after, "after")
	})
}

// slopeOf turns a raw slope into the slope, and writes the derivative of that.
func (s *splineCode) slopeOf(name, derivative string) {
	clipped, done := s.label("clipped"), s.label("slope")
	s.when(splineClipped, clipped)
	s.phase(func() {
		s.Comment("min(MinSlope + softplus(raw + shift), MaxSlope)")
		z := s.get(name)
		s.add(s.scalar(splineShift), z, z)
		e := s.take()
		s.mov(s.constant(s.number(math.Copysign(0, -1))), e)
		s.or(z, e, e)
		s.exp(e)
		if s.vjp {
			s.put(e, derivative)
		}
		s.unitLog(e, nil)
		y := s.take()
		s.max(z, s.zero, y) // NaN stays
		s.add(y, e, e)
		s.add(s.scalar(splineMinSlope), e, e)
		if s.vjp {
			r, c := s.get(derivative), s.take()
			s.add(s.one, r, y)
			s.blend(s.compare(cmpGE, s.zero, z, reg.K2, c), s.one, r, r)
			s.div(y, r, r) // the sigmoid
			s.keep(s.compare(cmpLE, s.scalar(splineMaxSlope), e, reg.K2, c), r, r)
			s.put(r, derivative)
		}
		s.mov(s.scalar(splineMaxSlope), y)
		s.min(e, y, e) // NaN stays
		s.put(e, name)
	})
	s.JMP(operand.LabelRef(done))
	s.Label(clipped)
	s.phase(func() {
		s.Comment("exp(raw/(1 + |raw|/Clip)), by way of a negative exponent.")
		x := s.get(name)
		d, sign, c := s.take(), s.take(), s.take()
		s.clipDenominator(x, splineClip, d)
		s.div(d, x, x)
		if s.vjp {
			s.mul(d, d, d)
			s.put(d, derivative)
		}
		s.mov(s.constant(s.number(math.Copysign(0, -1))), sign)
		s.or(x, sign, d)
		s.exp(d)
		s.div(d, s.one, sign)
		s.blend(s.compare(cmpGE, s.zero, x, reg.K2, c), sign, d, d)
		s.put(d, name)
		if s.vjp {
			s.mov(s.slot(derivative), sign)
			s.div(sign, d, d)
			s.put(d, derivative)
		}
	})
	s.Label(done)
}

// ends sets the slopes at the ends of the box to 1 unless they are parameters.
func (s *splineCode) ends() {
	learned := s.label("learned")
	s.when(splineEnds, learned)
	s.phase(func() {
		index, v, c, last := s.get("index"), s.take(), s.take(), s.take()
		s.mov(s.slot("before"), v)
		s.blend(s.compare(cmpEQ, s.zero, index, reg.K2, c), s.one, v, v)
		s.put(v, "before")
		bins := s.load("bins")
		s.DECQ(bins)
		if s.bits == 32 {
			s.VCVTSI2SSQ(bins, s.zero.AsX(), last.AsX())
			s.VBROADCASTSS(last.AsX(), last)
		} else {
			s.VCVTSI2SDQ(bins, s.zero.AsX(), last.AsX())
			s.VBROADCASTSD(last.AsX(), last)
		}
		s.mov(s.slot("after"), v)
		s.blend(s.compare(cmpEQ, last, index, reg.K2, c), s.one, v, v)
		s.put(v, "after")
	})
	s.Label(learned)
}

// unit brings x, which lies in 0 … 1 but for rounding, inside; NaN stays.
func (s *splineCode) unit(x vec) {
	s.max(x, s.zero, x)
	s.min(x, s.one, x)
}

// place finds where in its bin the point is, ξ, and what value and derivative have in common.
func (s *splineCode) place() {
	inverse, placed := s.label("inverse"), s.label("placed")
	s.when(splineInverse, inverse)
	s.phase(func() {
		s.Comment("Forward: the bin is at left and low.")
		r, slope, xi := s.get("width"), s.take(), s.get("at")
		s.div(r, s.one, r)
		s.mul(s.slot("height"), r, slope)
		s.sub(s.slot("left"), xi, xi)
		s.mul(r, xi, xi)
		s.unit(xi)
		s.put(r, "reciprocal")
		s.put(slope, "slope")
		s.put(xi, "xi")
	})
	s.JMP(operand.LabelRef(placed))
	s.Label(inverse)
	s.phase(func() {
		s.Comment("Inverse: the search was on the other axis, so exchange them; then the quadratic.")
		a, b := s.get("left"), s.get("low")
		s.put(a, "low")
		s.put(b, "left")
		h, w, t := s.get("width"), s.get("height"), s.get("at")
		s.put(h, "height")
		s.put(w, "width")
		s.sub(a, t, t)
		s.div(h, t, t)
		s.unit(t)
		s.div(w, s.one, w)
		s.put(w, "reciprocal")
		slope := h
		s.mul(w, h, slope)
		s.put(slope, "slope")
		s.drop(w, a, b)
		e, rest, two, root := s.take(), s.take(), s.take(), s.take()
		s.sub(t, s.one, rest)
		s.mul(s.slot("before"), rest, e)
		s.mul(s.slot("after"), t, two)
		s.sub(two, e, e)
		s.mul(slope, slope, root)
		s.mul(t, root, root)
		s.mul(rest, root, root)
		s.add(root, root, root)
		s.add(root, root, root)
		s.fma231(e, e, root)
		s.sqrt(root, root)
		s.mul(slope, t, two)
		s.add(two, two, two)
		linear := e
		s.add(two, e, linear)
		s.sub(linear, slope, slope)
		s.add(slope, slope, slope)
		s.mov(s.constant(s.number(math.Copysign(0, -1))), rest)
		s.andn(linear, rest, rest)
		s.add(root, rest, root) // |linear| + root
		positive := s.compare(cmpGE, s.zero, linear, reg.K2, rest)
		s.blend(positive, two, root, two)
		s.blend(positive, root, slope, slope)
		s.div(slope, two, two)
		s.unit(two)
		s.put(two, "xi")
	})
	s.Label(placed)
	s.phase(func() {
		s.Comment("Denominator p and numerator n of the derivative.")
		slope, xi := s.get("slope"), s.get("xi")
		rest, q, p, n, a := s.take(), s.take(), s.take(), s.take(), s.take()
		s.sub(xi, s.one, rest)
		s.mul(xi, rest, q)
		s.add(q, q, a)
		s.mul(slope, a, n) // 2sq
		s.sub(a, s.one, a) // 1-2q
		s.mov(s.slot("before"), p)
		s.add(s.slot("after"), p, p)
		s.mul(q, p, p)
		s.fma231(a, slope, p)
		s.mul(xi, xi, a)
		s.fma231(s.slot("after"), a, n)
		s.mul(rest, rest, a)
		s.fma231(s.slot("before"), a, n)
		s.put(q, "q")
		s.put(n, "n")
		s.put(p, "p")
		s.put(rest, "rest")
		s.div(p, s.one, p)
		s.put(p, "denominator") // its reciprocal
	})
}

// inside are the lanes whose point is in the box: two conditions.
func (s *splineCode) inside(x, a, b vec) [2]cond {
	return [2]cond{s.compare(cmpGE, s.scalar(splineLow), x, reg.K2, a), s.compare(cmpLE, s.scalar(splineHigh), x, reg.K3, b)}
}

// values writes y and the logarithm of the derivative.
func (s *splineCode) values() {
	s.phase(func() {
		r, slope := s.get("denominator"), s.get("slope")
		s.mul(r, slope, r)
		s.mul(r, r, r)
		s.mul(s.slot("n"), r, r)
		s.drop(slope)
		l := s.log(r)
		s.put(l, "gl")
	})
	s.phase(func() {
		l, y, a, b, x, v := s.get("gl"), s.get("xi"), s.take(), s.take(), s.get("x"), s.take()
		inverse, done := s.label("inverse"), s.label("value")
		s.when(splineInverse, inverse)
		s.mul(y, y, a)
		s.mul(s.slot("slope"), a, a)
		s.mov(s.slot("q"), b)
		s.fma231(s.slot("before"), b, a)
		s.mul(s.slot("denominator"), a, a)
		s.mul(s.slot("height"), a, a)
		s.add(s.slot("low"), a, y)
		s.JMP(operand.LabelRef(done))
		s.Label(inverse)
		s.mul(s.slot("width"), y, y)
		s.add(s.slot("left"), y, y)
		s.mov(s.constant(s.number(math.Copysign(0, -1))), a)
		s.xor(a, l, l)
		s.Label(done)
		s.Comment("Rounding must not carry the value out of the box.")
		s.mov(s.scalar(splineLow), a)
		s.max(y, a, y)
		s.mov(s.scalar(splineHigh), a)
		s.min(y, a, y)

		boxed, write := s.label("boxed"), s.label("write")
		c := s.inside(x, a, b)
		s.when(splineBoxed, boxed)
		for _, in := range c {
			s.blend(in, y, x, y)
			s.keep(in, l, l)
		}
		s.JMP(operand.LabelRef(write))
		s.Label(boxed)
		s.mov(s.constant(s.number(math.Inf(-1))), v)
		for _, in := range c {
			s.blend(in, l, v, l)
		}
		s.blend(s.compare(cmpUNORD, x, x, reg.K2, a), x, y, y)
		s.Label(write)
		s.write(y, "y")
		s.write(l, "l")
	})
}
