package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var (
	// (2 artanh(s)/s - 2)/s² as logR64, for the power of float32 numbers: 2^-44.9.
	powR = []float64{0.66666666675763413626, 0.39999995633902749253, 0.28572107971053465888, 0.22176234630719037084, 0.19583537404422481407}
	// (e^r - 1 - r)/r² as expQ64, likewise: 2^-34.2.
	powQ = []float64{0.50000000676002972772, 0.1666666586416549422, 0.041666295065074693929, 0.0083334979090966214321,
		0.0013944655707014818552, 0.00019789979675397326949}
)

// powOp: e^(b·log a) in float64, for float32. An error of 2^-45 in the logarithm is one of 2^-38 in the exponent.
func powOp() mapOp {
	return mapOp{name: "pow", srcs: []string{"a", "b"}, unroll: 1, wide: true, doc: "sets dst to a to the power b, up to the first vector where a is not a positive finite number or b is not finite.",
		prepare: func(t *target) func([]vec, vec) vec {
			f := t.float()
			one := t.bcast(t.number(1))
			lo, hi := t.bcast(t.number(-105)), t.bcast(t.number(89)) // of the exponent: beyond, float32 is 0 or infinite
			rd := t.newReduction()
			lg := t.newLogarithm(one)
			two, ln2, bias := t.k(t.number(2)), t.k(t.number(math.Ln2)), t.k(t.word(uint64(f.bias)))
			poly, q := t.ks(powR), t.ks(powQ)
			return func(in []vec, _ vec) vec {
				x, b := in[0], in[1]
				e, tmp, s, z := t.take(), t.take(), t.take(), t.take()
				t.split(lg, x, e)
				t.set(two, s)
				t.add(x, s, s)
				t.div(s, x, s) // s = f/(2+f), log(1+f) = 2s + s³·R(s²)
				t.mul(s, s, z)
				t.horner(poly, z, tmp)
				t.mul(z, tmp, tmp)
				t.mul(s, tmp, tmp)
				t.add(s, s, s)
				t.add(s, tmp, tmp)
				t.fma231(ln2, e, tmp)
				t.mul(b, tmp, x)
				t.max(x, lo, x)
				t.min(x, hi, x)
				t.reduce(rd, x, s, e)
				t.iadd(bias, e, e)
				t.ishl(operand.U8(f.mantissa), e, e)
				t.horner(q, x, tmp)
				t.mul(x, x, z)
				t.fma213(x, z, tmp)
				t.fma213(e, e, tmp)
				return tmp
			}
		}, guard: func(t *target) func(in []vec, odd string) {
			inf, zero, sign := t.k(t.number(math.Inf(1))), t.k(t.number(0)), t.k(t.number(math.Copysign(0, -1)))
			return func(in []vec, odd string) {
				x, y := t.take(), t.take()
				// NaN, negative numbers, zeros and +Inf; then NaN and ±Inf.
				t.jumpIfAny(t.compare(cmpNGT, zero, in[0], reg.K2, x), odd)
				t.jumpIfAny(t.compare(cmpEQ, inf, in[0], reg.K2, x), odd)
				t.set(sign, y)
				t.andn(in[1], y, y)
				t.jumpIfAny(t.compare(cmpNLT, inf, y, reg.K2, x), odd)
				t.drop(x, y)
			}
		}}
}
