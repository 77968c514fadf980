package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var (
	// (sin(r)/r - 1)/r² as a function of r² on 0 … (π/4)², for sin: 2^-28.0 and 2^-57.9.
	sinP32 = []float64{-0.16666654538137248951, 0.0083321560400515703353, -0.00019514624933225854326}
	sinP64 = []float64{-0.16666666666666630339, 0.0083333333333220157867, -0.00019841269829502589292, 2.7557313589653468194e-6,
		-2.5050742564770992991e-8, 1.5895916540840567274e-10}

	// (cos(r) - 1 + r²/2)/r⁴ as a function of r² on 0 … (π/4)², for cos: 2^-33.0 and 2^-63.9.
	cosP32 = []float64{0.041666645554300449491, -0.001388730985936113896, 0.00002443241223618306451}
	cosP64 = []float64{0.041666666666666592065, -0.0013888888888872900831, 0.000024801587288750657155, -2.7557314149107045596e-7,
		2.0875696615472430441e-9, -1.1358311836975435617e-11}

	// π/2 in three parts, each the nearest number to what is left.
	halfPi32 = []float64{0x1.921fb6p+00, -0x1.777a5cp-25, -0x1.ee59dap-50}
	halfPi64 = []float64{0x1.921fb54442d18p+00, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110}
)

// Angles up to these can be reduced with π/2 in three parts; package simd has the same.
const (
	angles32 = 0x1p16
	angles64 = 0x1p30
)

// trigOp: with a = n·π/2 + r, |r| ≤ π/4, it is ±sin r or ±cos r by n, or for the cosine by n+1. The product of n and the first
// part of π/2 is subtracted without error, so the reduction is as good near the zeros as elsewhere.
func trigOp(name string, quadrant uint64) mapOp {
	return mapOp{name: name, srcs: []string{"a"}, unroll: 1, doc: "sets dst to the " + map[string]string{"sin": "sine", "cos": "cosine"}[name] +
		" of a, up to the first vector with an angle beyond the limit of the reduction.", prepare: func(t *target) func([]vec, vec) vec {
		f := t.float()
		parts := t.by(halfPi32, halfPi64)
		magic, invert := t.k(t.number(f.magic)), t.k(t.number(2/math.Pi))
		var pi []operand.Op
		for _, p := range parts {
			pi = append(pi, t.k(t.number(p)))
		}
		zero := t.bcast(t.number(0))
		turn := t.k(t.word(quadrant))
		odd := t.k(t.word(1))
		sincos := t.newSinCos()
		return func(in []vec, _ vec) vec {
			a := in[0]
			x, n, q, z, s, c, m := t.take(), t.take(), t.take(), t.take(), t.take(), t.take(), t.take()
			t.set(magic, q)
			t.fma231(invert, a, q)
			t.sub(magic, q, n)
			t.copyto(a, x)
			for _, p := range pi {
				t.fnma231(p, n, x)
			}
			sincos(x, z, s, c)
			if name == "sin" { // the sign of a zero
				t.blend(t.compare(cmpEQ, zero, a, reg.K2, m), a, s, s)
			} else {
				t.iadd(turn, q, q)
			}
			t.set(odd, n)
			t.and(n, q, n)
			t.isub(n, zero, n) // all ones where the quadrant is odd
			swap := t.ofBits(n, reg.K2)
			t.blend(swap, c, s, s)
			t.ishr(operand.U8(1), q, q)
			t.ishl(operand.U8(t.bits-1), q, q)
			t.xor(q, s, s)
			return s
		}
	}, guard: func(t *target) func(in []vec, odd string) {
		sign := t.k(t.number(math.Copysign(0, -1)))
		limit := t.k(t.number(t.by([]float64{angles32}, []float64{angles64})[0]))
		return func(in []vec, odd string) {
			x := t.take()
			t.set(sign, x)
			t.andn(in[0], x, x)
			t.jumpIfAny(t.compare(cmpGT, limit, x, reg.K2, x), odd)
			t.drop(x)
		}
	}}
}

// newSinCos returns the code that sets s to sin x and c to cos x for |x| up to π/4, and z to x².
func (t *target) newSinCos() func(x, z, s, c vec) {
	half, one := t.k(t.number(0.5)), t.k(t.number(1))
	sinP, cosP := t.ks(t.by(sinP32, sinP64)), t.ks(t.by(cosP32, cosP64))
	return func(x, z, s, c vec) {
		t.mul(x, x, z)
		t.horner(sinP, z, s)
		t.mul(z, s, s)
		t.fma213(x, x, s) // x + x·(x²·P)
		t.horner(cosP, z, c)
		t.mul(z, c, c)
		t.mul(z, c, c)
		t.fnma231(half, z, c)
		t.add(one, c, c)
	}
}

// ofBits is the condition that holds in the lanes of v that are all ones; in the others it is zero.
func (t *target) ofBits(v vec, k reg.Register) cond {
	if t.isa == avx512 {
		t.pick(t.VPTESTMD, t.VPTESTMQ)(v, v, k)
		return cond{k: k}
	}
	return cond{v: v}
}

// jumpIfAny jumps if the condition holds in any lane.
func (t *target) jumpIfAny(c cond, to string) {
	if t.isa == avx512 {
		t.KORTESTW(c.k, c.k)
	} else {
		bits := t.GP32()
		if t.bits == 32 {
			t.VMOVMSKPS(c.v, bits)
		} else {
			t.VMOVMSKPD(c.v, bits)
		}
		t.TESTL(bits, bits)
	}
	t.JNE(operand.LabelRef(to))
}

// guardedOps are the functions that leave some arguments to plain Go.
func guardedOps() []mapOp { return []mapOp{trigOp("sin", 0), trigOp("cos", 1), powOp()} }

func guarded(t *target) {
	for _, op := range guardedOps() {
		if op.wide && t.bits == 64 {
			continue
		}
		op.write(t)
	}
}
