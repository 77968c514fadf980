package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gradients writes the gradients of a vector of lanes.
//
// With N = sξ² + d₀q, p and n as place has them, u = N/p, L = log(n·s²/p²): forward is y = low + h·u with logarithm L, inverse is x = left + w·ξ with
// logarithm -L, where ξ is a function of the rest by low + h·u = y. The gradient of that is the one of y for a gradient
// λ = -gξ/(h·∂u/∂ξ), where h·∂u/∂ξ = w·n·s²/p² in both.
func (s *splineCode) gradients() {
	s.incoming()
	s.ofLogarithm()
	s.ofValue()
	s.ofPoint()
	none := s.label("pointOnly")
	s.unless(splineTheta, none)
	s.lengths(0, "search", "gStart", "gLength")
	s.lengths(splineBins, "other", "gOtherStart", "gOtherLength")
	s.slopeGradients()
	s.Label(none)
}

// incoming reads the gradients of both results: nothing comes from outside of the box, where they do not depend on theta.
func (s *splineCode) incoming() {
	s.phase(func() {
		gy, gl, x, a, b := s.lanesOf("gy"), s.lanesOf("gl"), s.get("x"), s.take(), s.take()
		forward, boxed := s.label("forward"), s.label("boxed")
		s.unless(splineInverse, forward)
		sign := s.take()
		s.mov(s.constant(s.number(math.Copysign(0, -1))), sign)
		s.xor(sign, gl, gl)
		s.Label(forward)
		c := s.inside(x, a, b)
		for _, in := range c {
			s.keep(in, gl, gl)
		}
		s.when(splineBoxed, boxed)
		for _, in := range c {
			s.keep(in, gy, gy)
		}
		s.Label(boxed)
		s.put(gy, "gy")
		s.put(gl, "gl")
	})
}

// ofLogarithm is the gradient of L with respect to s, d₀, d₁ and ξ.
func (s *splineCode) ofLogarithm() {
	s.phase(func() {
		s.Comment("The gradient of the logarithm.")
		gl, gn, gp, gq, gs, v, w := s.get("gl"), s.take(), s.get("denominator"), s.take(), s.take(), s.take(), s.take()
		s.div(s.slot("n"), gl, gn)
		s.add(gl, gl, gl)
		s.div(s.slot("slope"), gl, gs) // 2gl/s
		s.mul(gl, gp, gp)
		s.mov(s.constant(s.number(math.Copysign(0, -1))), v)
		s.xor(v, gp, gp) // -2gl/p
		s.mov(s.slot("q"), v)
		s.add(v, v, v)
		s.fma231(gn, v, gs)
		s.sub(v, s.one, v) // 1-2q
		s.fma231(gp, v, gs)
		s.put(gs, "gs")
		gd := gs
		s.mul(s.slot("q"), gp, w)
		s.mov(s.slot("rest"), v)
		s.mul(v, v, v)
		s.copyto(w, gd)
		s.fma231(gn, v, gd)
		s.put(gd, "gBefore")
		s.mov(s.slot("xi"), v)
		s.mul(v, v, v)
		s.fma231(gn, v, w)
		s.put(w, "gAfter")
		s.mov(s.slot("slope"), v)
		s.add(v, v, v) // 2s
		s.mul(gn, v, gq)
		s.bend(v, w)
		s.fma231(gp, w, gq)
		s.mov(s.slot("xi"), v)
		s.mul(s.slot("after"), v, v)
		s.mov(s.slot("rest"), w)
		s.fnma231(s.slot("before"), w, v)
		s.add(gn, gn, gn)
		s.mul(gn, v, v)
		s.ahead(w)
		s.fma231(gq, w, v)
		s.put(v, "gxi")
	})
}

// bend sets d to d₀ + d₁ - 2s, for twice = 2s, ahead to 1 - 2ξ.
func (s *splineCode) bend(twice, d vec) {
	s.mov(s.slot("before"), d)
	s.add(s.slot("after"), d, d)
	s.sub(twice, d, d)
}

func (s *splineCode) ahead(d vec) {
	s.mov(s.slot("rest"), d)
	s.sub(s.slot("xi"), d, d)
}

// ofValue is the gradient of y, or for the inverse of low + h·u = y.
func (s *splineCode) ofValue() {
	s.phase(func() {
		s.Comment("The gradient of the value.")
		g, v := s.get("gy"), s.take()
		forward := s.label("forward")
		s.unless(splineInverse, forward)
		s.mul(s.slot("width"), g, g)
		s.add(s.slot("gxi"), g, g)
		s.mov(s.slot("p"), v)
		s.div(s.slot("slope"), v, v)
		s.mul(v, v, v)
		s.mul(s.slot("reciprocal"), v, v)
		s.div(s.slot("n"), v, v)
		s.mul(v, g, g)
		s.mov(s.constant(s.number(math.Copysign(0, -1))), v)
		s.xor(v, g, g)
		s.Label(forward)

		xi2, u, gN, gp, q := s.take(), s.take(), s.take(), s.take(), s.take()
		s.mov(s.slot("xi"), xi2)
		s.mul(xi2, xi2, xi2)
		s.mov(s.slot("q"), q)
		s.mul(s.slot("slope"), xi2, u)
		s.fma231(s.slot("before"), q, u)
		s.mul(s.slot("denominator"), u, u)
		s.put(g, "gOtherStart") // for the axis of y, see ofPoint
		s.mul(s.slot("height"), g, gN)
		s.mul(s.slot("denominator"), gN, gN)
		s.mul(u, g, g)
		s.put(g, "gOtherLength")
		s.mul(u, gN, gp)
		s.mov(s.constant(s.number(math.Copysign(0, -1))), v)
		s.xor(v, gp, gp)
		gs := u
		s.mov(s.slot("gs"), gs)
		s.fma231(xi2, gN, gs)
		s.add(q, q, v)
		s.sub(v, s.one, v)
		s.fma231(gp, v, gs)
		s.put(gs, "gs")
		s.mov(s.slot("gAfter"), v)
		s.fma231(q, gp, v)
		s.put(v, "gAfter")
		s.mov(s.slot("gBefore"), v)
		s.fma231(q, gp, v)
		s.fma231(q, gN, v)
		s.put(v, "gBefore")
		// Of forward's ξ, in one piece: the terms of its parts are as large as the slopes, and cancel where the spline is flat.
		s.mov(s.slot("slope"), v)
		s.mul(s.slot("denominator"), v, v)
		s.mul(v, v, v)
		s.mul(s.slot("n"), v, v)
		s.mul(s.slot("width"), v, v)
		s.mul(s.slot("gOtherStart"), v, v)
		s.add(s.slot("gxi"), v, v)
		s.put(v, "gxi")
	})
}

// ofPoint is the gradient of the point and of the bin's place and size on the axis of x, with the part of s = h/w for both.
func (s *splineCode) ofPoint() {
	s.phase(func() {
		s.Comment("The gradient of the point, and of the bin.")
		gx, start, length, gh, r, xi := s.take(), s.take(), s.take(), s.get("gOtherLength"), s.get("reciprocal"), s.get("xi")
		sign, v := s.take(), s.take()
		s.mov(s.constant(s.number(math.Copysign(0, -1))), sign)
		inverse, joined := s.label("inverse"), s.label("joined")
		s.when(splineInverse, inverse)
		s.mul(s.slot("gxi"), r, gx)
		s.xor(sign, gx, start)
		s.JMP(operand.LabelRef(joined))
		s.Label(inverse)
		s.mov(s.slot("gOtherStart"), gx)
		s.xor(sign, gx, gx)
		s.mov(s.slot("gy"), start)
		s.Label(joined)
		s.mul(xi, start, length)
		s.mul(s.slot("gs"), r, v)
		s.add(v, gh, gh)
		s.fnma231(s.slot("slope"), v, length)

		swapped, kept := s.label("swapped"), s.label("kept")
		s.when(splineInverse, swapped)
		s.put(start, "gStart")
		s.put(length, "gLength")
		s.put(gh, "gOtherLength")
		s.JMP(operand.LabelRef(kept))
		s.Label(swapped)
		s.mov(s.slot("gOtherStart"), v)
		s.put(v, "gStart")
		s.put(gh, "gLength")
		s.put(start, "gOtherStart")
		s.put(length, "gOtherLength")
		s.Label(kept)

		x, a, b := s.get("x"), start, length
		c := s.inside(x, a, b)
		s.drop(r)
		outside := s.lanesOf("gy")
		open := s.label("open")
		s.unless(splineBoxed, open)
		s.clear(outside)
		s.Label(open)
		for _, in := range c {
			s.blend(in, gx, outside, gx)
		}
		s.write(gx, "gx")
	})
}

// gradRows is where the gradient's rows of a block start: the block of search or other, or of slopes.
func (s *splineCode) gradRows(block string) (row, ld reg.GPVirtual) {
	row, ld = s.load("gtheta"), s.bytes(s.load("ldGrad"))
	skip := s.load("bins")
	s.IMULQ(ld, skip)
	s.ADDQ(s.at, row)
	done := s.label("block")
	switch block {
	case "slopes":
		s.LEAQ(operand.Mem{Base: row, Index: skip, Scale: 2}, row)
		return row, ld
	case "search":
		s.unless(splineInverse, done)
	case "other":
		s.when(splineInverse, done)
	}
	s.ADDQ(skip, row)
	s.Label(done)
	return row, ld
}

// lengths is the gradient of the raw lengths along one axis. With P the softmax, a share of bin j counts g_j = gStart if the
// bin lies before the point's, gLength if it is that, and 0 after: P_j·(g_j - Σ P_i·g_i).
func (s *splineCode) lengths(e int, axis, start, length string) {
	s.phase(func() {
		s.Commentf("The raw lengths of the %s axis.", axis)
		gs, gl, mean, scale, v, w := s.get(start), s.get(length), s.take(), s.get(axis+"Scale"), s.take(), s.take()
		s.mul(s.slot(axis+"Below"), gs, mean)
		s.mov(s.slot(axis+"Own"), v)
		s.fma231(gl, v, mean)
		s.mul(scale, mean, mean)
		s.mul(s.scalar(splineBinScale), scale, scale)
		s.mul(s.scalar(map[string]int{"search": splineSearchSpan, "other": splineOtherSpan}[axis]), scale, scale)
		index, number, c := s.get("index"), s.take(), s.take()
		s.clear(number)
		row, ld := s.gradRows(axis)
		from, count, raw := s.GP64(), s.load("bins"), s.GP64()
		s.LEAQ(s.vector(e), from)
		s.LEAQ(operand.Mem{Base: map[string]reg.GPVirtual{"search": s.search, "other": s.other}[axis], Index: s.at, Scale: 1}, raw)
		loop, plain := s.label("rows"), s.label("plain")
		s.Label(loop)
		s.keep(s.compare(cmpLT, index, number, reg.K2, c), gs, v)
		s.blend(s.compare(cmpEQ, index, number, reg.K2, c), gl, v, v)
		s.sub(mean, v, v)
		s.mul(scale, v, v)
		s.mul(operand.Mem{Base: from}, v, v)
		s.unless(splineClipped, plain)
		s.row(raw, w)
		s.clipDenominator(w, splineBinClip, c)
		s.mul(c, c, c)
		s.div(c, v, v)
		s.Label(plain)
		s.storeTail(v, s.tail, operand.Mem{Base: row})
		s.add(s.one, number, number)
		s.ADDQ(ld, row)
		s.ADDQ(s.ld, raw)
		s.ADDQ(operand.I32(s.vbytes()), from)
		s.DECQ(count)
		s.JNE(operand.LabelRef(loop))
	})
}

// slopeGradients writes the gradient of the raw slopes: zero but for the two at the ends of the bin.
func (s *splineCode) slopeGradients() {
	s.phase(func() {
		s.Comment("The raw slopes.")
		before, after, index, number, v, c := s.get("gBefore"), s.get("gAfter"), s.get("slopeIndex"), s.take(), s.take(), s.take()
		s.mul(s.slot("beforeDerivative"), before, before)
		s.mul(s.slot("afterDerivative"), after, after)
		s.clear(number)
		none := s.label("noSlopes")
		row, ld := s.gradRows("slopes")
		count := s.slopeRows(none)
		loop := s.label("rows")
		s.Label(loop)
		s.keep(s.compare(cmpEQ, index, number, reg.K2, c), after, v)
		s.add(s.one, number, number)
		s.blend(s.compare(cmpEQ, index, number, reg.K2, c), before, v, v)
		s.storeTail(v, s.tail, operand.Mem{Base: row})
		s.ADDQ(ld, row)
		s.DECQ(count)
		s.JNE(operand.LabelRef(loop))
		s.Label(none)
	})
}
