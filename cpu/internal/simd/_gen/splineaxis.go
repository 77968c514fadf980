package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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

// clipDenominator sets d to 1+|x|/bound, what the soft clip divides x by.
func (s *splineCode) clipDenominator(x vec, bound int, d vec) {
	s.mov(s.constant(s.number(math.Copysign(0, -1))), d)
	s.andn(x, d, d)
	s.mul(s.scalar(bound), d, d)
	s.add(s.one, d, d)
}

// axisCode is one axis of the spline while it is written.
type axisCode struct {
	name, start, length string        // slots: the first word of some, and those of the bin's place and size
	rows                reg.GPVirtual // of theta
	raw                 reg.GPVirtual // the same rows at the lanes of this turn, soft-clipped if that is asked for
	e                   int           // where in the frame exponentials are kept
	floor, span         int           // scalars
}

// axes makes the bins of both axes and finds the point's: on the axis of search by comparing their starts with the point, on the other by number.
func (s *splineCode) axes() {
	search := &axisCode{"search", "left", "width", s.search, s.GP64(), 0, splineSearchFloor, splineSearchSpan}
	other := &axisCode{"other", "low", "height", s.other, s.GP64(), splineBins, splineOtherFloor, splineOtherSpan}
	step := s.rawLengths(search, other)
	s.largest(search, other, step)
	s.byPlace(search, step)
	s.byNumber(other, step)
}

// rawLengths finds the rows that the softmax takes, step bytes apart: those of theta, or copies in the frame that are x/(1+|x|/bound).
func (s *splineCode) rawLengths(axes ...*axisCode) (step reg.GPVirtual) {
	step = s.GP64()
	plain := s.label("plain")
	for _, a := range axes {
		s.LEAQ(operand.Mem{Base: a.rows, Index: s.at, Scale: 1}, a.raw)
	}
	s.MOVQ(s.ld, step)
	s.unless(splineClipped, plain)
	s.phase(func() {
		s.Comment("Soft clips of the raw lengths.")
		x, d := s.take(), s.take()
		for _, a := range axes {
			to, count := s.GP64(), s.load("bins")
			s.LEAQ(s.vector(a.e), to)
			s.MOVQ(to, a.raw)
			s.loopRows(a.rows, count, func(row reg.GPVirtual) {
				s.row(row, x)
				s.clipDenominator(x, splineBinClip, d)
				s.div(d, x, x)
				s.mov(x, operand.Mem{Base: to})
				s.ADDQ(operand.I32(s.vbytes()), to)
			})
		}
		s.MOVQ(operand.I32(s.vbytes()), step)
	})
	s.Label(plain)
	return step
}

// largest finds the largest raw length of each axis, with two maxima for each in turn, because one waits for the one before.
func (s *splineCode) largest(a, b *axisCode, step reg.GPVirtual) {
	s.phase(func() {
		s.Comment("The largest raw lengths.")
		axes, rows := [2]*axisCode{a, b}, [2]reg.GPVirtual{s.GP64(), s.GP64()}
		var tops [2][2]vec
		for i, a := range axes {
			tops[i] = [2]vec{s.take(), s.take()}
			s.MOVQ(a.raw, rows[i])
			s.row(rows[i], tops[i][0])
			s.copyto(tops[i][0], tops[i][1])
		}
		v, count := s.take(), s.load("bins")
		loop, done := s.label("rows"), s.label("largest")
		s.DECQ(count)
		s.JE(operand.LabelRef(done))
		s.Label(loop)
		for turn := range 2 {
			for i, row := range rows {
				s.ADDQ(step, row)
				s.row(row, v)
				s.max(v, tops[i][turn], tops[i][turn])
			}
			s.DECQ(count)
			if turn == 0 {
				s.JE(operand.LabelRef(done))
			} else {
				s.JNE(operand.LabelRef(loop))
			}
		}
		s.Label(done)
		for i, a := range axes {
			s.max(tops[i][1], tops[i][0], v)
			s.put(v, a.name+"Top")
		}
	})
}

// exponentials makes powers of two of the differences to the largest raw length, and leaves their sum in sum. The difference comes before the product,
// whose rounding could be above 0. each gets a power, of which sum has those before it, and its place in the frame.
func (s *splineCode) exponentials(a *axisCode, step reg.GPVirtual, sum vec, each func(e vec, to reg.GPVirtual)) {
	s.Commentf("The %s axis: exponentials and their sum.", a.name)
	top, scale, e := s.get(a.name+"Top"), s.take(), s.take()
	s.mov(s.scalar(splineShare), scale)
	s.clear(sum)
	row, to, count := s.GP64(), s.GP64(), s.load("bins")
	s.MOVQ(a.raw, row)
	s.LEAQ(s.vector(a.e), to)
	loop := s.label("rows")
	s.Label(loop)
	s.row(row, e)
	s.sub(top, e, e)
	s.mul(scale, e, e)
	s.exp(e)
	each(e, to)
	s.add(e, sum, sum)
	s.ADDQ(step, row)
	s.ADDQ(operand.I32(s.vbytes()), to)
	s.DECQ(count)
	s.JNE(operand.LabelRef(loop))
}

// bin writes the size of a point's bin of exponential own, where others of sum below precede it, and the softmax's factor 1/sum.
func (s *splineCode) bin(a *axisCode, span, own, below vec) {
	if s.vjp {
		s.put(below, a.name+"Below")
		s.put(own, a.name+"Own")
	}
	s.fma213(s.scalar(a.floor), span, own)
	s.put(own, a.length)
}

// share sets sum to 1/sum, which is kept for the derivative, times the span.
func (s *splineCode) share(a *axisCode, sum vec) {
	s.div(sum, s.one, sum)
	if s.vjp {
		s.put(sum, a.name+"Scale")
	}
	s.mul(s.scalar(a.span), sum, sum)
}

// byPlace finds the last bin that does not start above the point. Starts do not descend, so that the number of bins after the first that the point
// reaches is the number of its own. A bin starts at low + number·floor + below·span, rounded as byNumber does it: what is the axis of search in one direction is the other one
// in the other, and both must come to the same bins to the last bit, or narrow ones magnify the difference.
func (s *splineCode) byPlace(a *axisCode, step reg.GPVirtual) {
	span := s.take()
	s.phase(func() {
		s.exponentials(a, step, span, func(e vec, to reg.GPVirtual) {
			s.mov(e, operand.Mem{Base: to})
			s.mov(span, operand.Mem{Base: to, Disp: (splineSums - a.e) * s.vbytes()})
		})
	})
	s.phase(func() {
		s.Comment("The bins one after the other.")
		s.share(a, span)
		x, floor, low, at, number := s.get("at"), s.take(), s.take(), s.take(), s.take()
		first, index, own, below, c := s.take(), s.take(), s.take(), s.take(), s.take()
		s.mov(s.scalar(a.floor), floor)
		s.mov(s.scalar(splineLow), low)
		s.copyto(low, first)
		s.clear(number)
		s.mov(s.vector(a.e), own)
		s.clear(below)
		s.clear(index)
		from, count := s.GP64(), s.load("bins")
		s.LEAQ(s.vector(a.e), from)
		loop, done := s.label("bins"), s.label("binsDone")
		s.DECQ(count)
		s.JE(operand.LabelRef(done))
		s.Label(loop)
		s.ADDQ(operand.I32(s.vbytes()), from)
		s.add(s.one, number, number)
		s.copyto(low, at)
		s.fma231(floor, number, at)
		sum := operand.Mem{Base: from, Disp: (splineSums - a.e) * s.vbytes()}
		s.fma231(sum, span, at)
		reached := s.compare(cmpLE, x, at, reg.K2, c)
		s.move(reached, at, first)
		s.move(reached, operand.Mem{Base: from}, own)
		if s.vjp {
			s.move(reached, sum, below)
		}
		s.addWhere(reached, s.one, index)
		s.DECQ(count)
		s.JNE(operand.LabelRef(loop))
		s.Label(done)
		s.put(first, a.start)
		s.put(index, "index")
		s.bin(a, span, own, below)
	})
	s.drop(span)
}

// byNumber finds the bin of the number that the point's has, while the exponentials are made.
func (s *splineCode) byNumber(a *axisCode, step reg.GPVirtual) {
	s.phase(func() {
		index, number, sum, own, below, c := s.get("index"), s.take(), s.take(), s.take(), s.take(), s.take()
		s.clear(number)
		s.exponentials(a, step, sum, func(e vec, to reg.GPVirtual) {
			if s.vjp {
				s.mov(e, operand.Mem{Base: to})
			}
			reached := s.compare(cmpLE, index, number, reg.K2, c)
			s.move(reached, sum, below)
			s.move(reached, e, own)
			s.add(s.one, number, number)
		})
		s.share(a, sum)
		s.mov(s.scalar(splineLow), number)
		s.fma231(s.scalar(a.floor), index, number)
		s.fma231(below, sum, number)
		s.put(number, a.start)
		s.bin(a, sum, own, below)
	})
}
