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
		scale := s.take()
		s.mov(s.scalar(splineShare), scale)

		s.Comment("Exponentials, as powers of two, and their sum. The difference comes before the product, whose rounding could be above 0.")
		sum, to := s.take(), s.GP64()
		s.clear(sum)
		s.LEAQ(s.vector(e), to)
		s.Load(s.Param("bins"), count)
		s.loopRows(rows, count, func(row reg.GPVirtual) {
			s.row(row, v)
			s.softClip(v, splineBinClip)
			s.sub(top, v, v)
			s.mul(scale, v, v)
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
