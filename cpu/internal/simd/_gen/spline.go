package main

import (
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
	splineShare   // the bin scale times log2(e)
	splineScalars
)

const splineBins = 64

// splineSums is where in the frame the sums lie of the exponentials of the axis of search.
const splineSums = 2 * splineBins

// splineSlots are values of one vector of lanes that are kept in the frame, behind the scalars, between the phases of a kernel.
var splineSlots = []string{
	"x", "at", "searchTop", "otherTop", "index", "slopeIndex",
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
	local := t.AllocLocal((splineSums + splineBins + splineScalars + len(splineSlots) + 1) * t.vbytes())
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
	t.memory = t.isa == avx2 // exponentials are most of the work, and AVX-512 has registers for their constants
	s.exp = t.newShareExp(s.one)
	t.memory = true
	s.log, s.unitLog = t.newLog(s.one, s.zero), t.newUnitLog(s.one)

	loop, last := t.label("vector"), t.label("last")
	t.Label(loop)
	s.masks(last)
	s.point()
	s.axes()
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

// The frame: exponentials of both axes, for each of the first the sum of those before it, scalars, slots.
func (s *splineCode) vector(i int) operand.Mem {
	return operand.Mem{Base: s.frame, Disp: i * s.vbytes()}
}
func (s *splineCode) scalar(i int) operand.Mem { return s.vector(splineSums + splineBins + i) }
func (s *splineCode) slot(name string) operand.Mem {
	for i, n := range splineSlots {
		if n == name {
			return s.vector(splineSums + splineBins + splineScalars + i)
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

// row reads the lanes of the row at p.
func (s *splineCode) row(p reg.GPVirtual, d vec) { s.loadTail(operand.Mem{Base: p}, s.tail, d) }

// lanesOf reads the lanes of an argument, write writes them.
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

// clear sets a register to zero.
func (s *splineCode) clear(d vec) { s.target.zero(d) }
