package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
