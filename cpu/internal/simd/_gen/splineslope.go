package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
		s.mul(s.constant(s.number(math.Log2E)), e, e)
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
		s.mul(s.constant(s.number(math.Log2E)), d, d)
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
