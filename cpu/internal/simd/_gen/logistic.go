package main

import (
	"math"

	"github.com/mmcloughlin/avo/reg"
)

var (
	// (log(1+f) - f + f²/2)/f³ on -¼ … ½, for log(1+f): 2^-30.0.
	log1pP32 = []float64{0.3333333985759363224, -0.25000165262128222821, 0.19999605286755535276, -0.16655297342635495442,
		0.14276228492221661804, -0.12727752369192724329, 0.11700722891520667684, -0.091164471326552140346, 0.037675082899723432816}

	// (2 artanh(s)/s - 2)/s² as a function of s² on 0 … 0.2², for log((1+s)/(1-s)): 2^-62.7.
	log1pR64 = []float64{0.66666666666666597712, 0.40000000000055703683, 0.28571428556058492848, 0.22222224270959143969,
		0.18181667375177133001, 0.15391063812931769398, 0.13174396059792153323, 0.13837720045132322867}
)

// newDecay returns the code that sets h to e^-|a| and x to what the rounding of h lost: the step that sigmoid and softplus
// share. NaN stays NaN. one is returned because callers need it too.
func (t *target) newDecay() (one vec, code func(a, x, h vec)) {
	lo := t.bcast(t.number(t.by([]float64{-105}, []float64{-746})[0])) // below, the result is 0
	one = t.bcast(t.number(1))
	sign := t.k(t.number(math.Copysign(0, -1)))
	rd, sc := t.newReduction(), t.newScaling()
	q := t.ks(t.by(expQ32, expQ64))
	return one, func(a, x, h vec) {
		n, p := t.take(), t.take()
		t.or(sign, a, x)
		t.max(x, lo, x) // the order keeps NaN
		t.reduce(rd, x, n, h)
		t.horner(q, x, p)
		t.mul(x, x, h)
		t.fma213(x, h, p) // e^r - 1
		t.add(one, p, h)
		t.sub(one, h, x)
		t.sub(x, p, x) // what that sum lost
		t.drop(p)
		t.scale(sc, n, h, x)
		t.drop(n)
	}
}

// sigmoidOp: with e = e^-|x| it is 1/(1+e) or, for negative x, e/(1+e). One division gives y near 1/(1+e); the quotient by way of y is
// then corrected by its remainder, in which the low parts of e and of 1+e take part.
func sigmoidOp() mapOp {
	return mapOp{name: "sigmoid", srcs: []string{"a"}, unroll: 1, doc: "sets dst to 1/(1+e^-a).", prepare: func(t *target) func([]vec, vec) vec {
		one, decay := t.newDecay()
		zero := t.k(t.number(0))
		return func(in []vec, _ vec) vec {
			a, low, e := in[0], t.take(), t.take()
			decay(a, low, e)
			d, dLow, y, m := t.take(), t.take(), t.take(), t.take()
			t.add(e, one, d)
			t.sub(one, d, dLow)
			t.sub(dLow, e, dLow)
			t.add(low, dLow, dLow)
			t.div(d, one, y)
			negative := t.compare(cmpLT, zero, a, reg.K2, m)
			t.blend(negative, e, one, e) // the numerator
			t.keep(negative, low, low)
			t.mul(y, e, a)
			t.fnma231(d, a, e)
			t.fnma231(dLow, a, e)
			t.add(low, e, e) // the remainder
			t.fma231(y, e, a)
			return a
		}
	}}
}

// softplusOp: max(x, 0) + log(1 + e^-|x|).
func softplusOp() mapOp {
	return mapOp{name: "softplus", srcs: []string{"a"}, unroll: 1, doc: "sets dst to log(1+e^a).", prepare: func(t *target) func([]vec, vec) vec {
		one, decay := t.newDecay()
		log := t.newUnitLog(one)
		zero := t.k(t.number(0))
		return func(in []vec, _ vec) vec {
			a, low, x := in[0], t.take(), t.take()
			decay(a, low, x)
			log(x, &low)
			t.set(zero, low)
			t.max(low, a, a)
			t.add(x, a, a)
			return a
		}
	}}
}

// newUnitLog returns the code that replaces x, in 0 … 1, by log(1+x), where x may come with a low part that the code
// destroys. The argument needs no rounding: it is 1+f with f = x below ½, and 2(1+f) with f = (x-1)/2 above.
func (t *target) newUnitLog(one vec) func(x vec, low *vec) {
	half, minusHalf := t.k(t.number(0.5)), t.k(t.number(-0.5))
	f := t.float()
	high, ln2Low := t.k(t.number(f.ln2High)), t.k(t.number(f.ln2Low))
	poly := t.ks(t.by(log1pP32, log1pR64))
	return func(x vec, low *vec) {
		e, m, tmp, sq := t.take(), t.take(), t.take(), t.take()
		large := t.compare(cmpGE, half, x, reg.K2, m)
		t.keep(large, one, e)
		t.set(minusHalf, tmp)
		t.fma231(half, x, tmp)
		t.blend(large, tmp, x, x) // f
		var rest vec              // what is small
		if low == nil {
			rest = t.take()
			t.mul(x, x, sq)
			t.mul(ln2Low, e, rest)
		} else {
			rest = *low
			t.mul(half, rest, tmp)
			t.blend(large, tmp, rest, rest)
			t.mul(x, x, sq)
			t.sub(x, sq, tmp)
			t.add(one, tmp, tmp) // near enough to 1/(1+f)
			t.mul(tmp, rest, rest)
			t.fma231(ln2Low, e, rest)
		}
		if t.bits == 32 {
			t.horner(poly, x, tmp)
			t.mul(x, tmp, tmp)
			t.fma213(rest, sq, tmp)
			t.fnma231(half, sq, tmp)
		} else {
			s := m
			t.mul(half, sq, sq) // f²/2
			t.add(one, x, s)
			t.add(one, s, s)
			t.div(s, x, s)
			z := t.take()
			t.mul(s, s, z)
			t.horner(poly, z, tmp)
			t.fma213(sq, z, tmp)
			t.fma213(rest, s, tmp)
			t.sub(sq, tmp, tmp)
			t.drop(z)
		}
		t.add(tmp, x, x)
		t.fma231(high, e, x)
		t.drop(e, m, tmp, sq)
		if low == nil {
			t.drop(rest)
		}
	}
}
