package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// expm1Op: with x = n·ln2 + r it is 2^n·(e^r - 1) + (2^n - 1), computed at half its size because 2^n may be beyond the
// largest number; for n = 0 it is e^r - 1 itself.
func expm1Op() mapOp {
	return mapOp{name: "expm1", srcs: []string{"a"}, unroll: 1, doc: "sets dst to e^a - 1.", prepare: func(t *target) func([]vec, vec) vec {
		f := t.float()
		limits := t.by([]float64{-18, 89}, []float64{-40, 710})
		lo, hi := t.bcast(t.number(limits[0])), t.bcast(t.number(limits[1]))
		rd := t.newReduction()
		sign := t.k(t.number(math.Copysign(0, -1)))
		half, zero := t.k(t.number(0.5)), t.k(t.number(0))
		bias := t.k(t.word(uint64(f.bias - 1)))
		q := t.ks(t.by(expQ32, expQ64))
		return func(in []vec, _ vec) vec {
			a := in[0]
			x, n, p, w, low := t.take(), t.take(), t.take(), t.take(), t.take()
			t.max(a, lo, x) // the order keeps NaN
			t.min(x, hi, x)
			// As reduce, but low is what the rounding of r lost.
			t.set(rd.magic, w)
			t.fma231(rd.log2e, x, w)
			t.sub(rd.magic, w, n)
			t.fnma231(rd.high, n, x)
			t.copyto(x, low)
			t.fnma231(rd.low, n, x)
			t.sub(x, low, low)
			t.fnma231(rd.low, n, low)

			t.iadd(bias, w, w)
			t.ishl(operand.U8(f.mantissa), w, w) // 2^(n-1)
			none := t.compare(cmpEQ, zero, n, reg.K2, t.take())
			t.horner(q, x, p)
			t.mul(x, x, n)
			t.mul(n, p, p) // e^r - 1 - r
			t.add(p, x, n) // e^r - 1
			t.fma231(low, n, low)
			t.add(p, low, low)
			t.sub(half, w, p)
			t.fma213(p, w, x) // first what is large: 2^n·r + (2^n - 1), all halved
			t.fma231(w, low, x)
			t.add(x, x, w)
			t.blend(none, n, w, w)
			t.and(sign, a, a)
			t.or(a, w, w) // the sign of a zero
			return w
		}
	}}
}

// log1pOp: log of u = 1+x = 2^e·(1+f) with 1+f in [√½, √2), as logOp, to which what the sum u lost is added at f.
func log1pOp() mapOp {
	return mapOp{name: "log1p", srcs: []string{"a"}, unroll: 1, doc: "sets dst to log(1+a).", prepare: func(t *target) func([]vec, vec) vec {
		f := t.float()
		one := t.bcast(t.number(1))
		sign := t.k(t.number(math.Copysign(0, -1)))
		lg := t.newLogarithm(one)
		// Beyond this exponent what 1+x lost does not matter.
		most := t.bcast(t.number(60))
		magicBias := t.k(t.number(f.magic + float64(f.bias)))
		zero, minusOne := t.k(t.number(0)), t.k(t.number(-1))
		inf, nan, negInf := t.k(t.number(math.Inf(1))), t.k(t.number(math.NaN())), t.k(t.number(math.Inf(-1)))
		return func(in []vec, _ vec) vec {
			a := in[0]
			x, e, tmp, m, lost := t.take(), t.take(), t.take(), t.take(), t.take()
			// u = 1+a, and lost = 1+a-u without error.
			t.add(a, one, x)
			t.sub(one, x, tmp)
			t.sub(tmp, a, lost)
			t.sub(tmp, x, tmp)
			t.sub(tmp, one, tmp)
			t.add(tmp, lost, lost)

			t.split(lg, x, e)
			t.min(e, most, tmp)
			t.set(magicBias, m)
			t.sub(tmp, m, m)
			t.ishl(operand.U8(f.mantissa), m, m) // 2^-e
			t.fma231(m, lost, x)                 // f
			t.drop(tmp, m, lost)
			t.join(lg, e, x)
			tmp, m, lost = t.take(), t.take(), t.take()
			t.set(zero, tmp)
			t.and(sign, a, lost)
			c := t.compare(cmpEQ, tmp, a, reg.K2, m)
			t.blend(c, lost, x, x) // the sign of a zero
			t.special(cmpEQ, inf, a, a, x, m)
			t.set(nan, tmp)
			t.specialNot(cmpGE, minusOne, a, tmp, x, m)
			t.set(negInf, tmp)
			t.special(cmpEQ, minusOne, a, tmp, x, m)
			return x
		}
	}}
}

var (
	// (2^r - 1)/r on ±½, for 2^r: 2^-28.5 and 2^-55.7.
	exp2P32 = []float64{0.69314721501206036092, 0.2402265278516330923, 0.055503104656233940854, 0.009617692641443295108,
		0.0013406675033794801626, 0.00015594752741822975411}
	exp2P64 = []float64{0.69314718055994569757, 0.24022650695910098061, 0.055504108664790339272, 0.0096181291076069676442,
		0.0013333558153449773939, 0.00015403530441630424708, 0.000015252727378713600022, 1.3215442639820796769e-6,
		1.0180649227640520592e-7, 7.0725775116845994415e-9, 4.0779950246546741444e-10}

	// The same on 0 … 1: 2^-27.5 and 2^-56.7.
	exp2Q32 = []float64{0.69314717086497652842, 0.2402272041810981512, 0.055496023564022932994, 0.0096521950560147358037,
		0.0012692166069140853233, 0.00020817915043540743069}
	exp2Q64 = []float64{0.69314718055994532587, 0.24022650695909673078, 0.055504108664980668688, 0.0096181291051517564725,
		0.0013333558343937278751, 0.00015403521219107733092, 0.000015252998899728418466, 1.3210583477765188102e-6,
		1.0236023803275179299e-7, 6.6344458662514140183e-9, 6.1230929168263871403e-10}
)

// newShareExp returns the code that replaces x, at most about 0, by 2^x, for softmaxes and the like: what would be below the normal numbers
// becomes the smallest of them.
func (t *target) newShareExp(one vec) func(x vec) {
	f := t.float()
	lo := t.k(t.number(float64(1 - f.bias)))
	if t.isa == avx512 { // which takes x apart into its fraction and what it scales by
		q := t.ks(t.by(exp2Q32, exp2Q64))
		return func(x vec) {
			r, p := t.take(), t.take()
			t.set(lo, r)
			t.max(x, r, x) // the order keeps NaN
			t.pick(t.VREDUCEPS, t.VREDUCEPD)(operand.U8(down), x, r)
			t.horner(q, r, p)
			t.fma213(one, r, p)
			t.pick(t.VSCALEFPS, t.VSCALEFPD)(x, p, x)
			t.drop(r, p)
		}
	}
	magic, bias := t.k(t.number(f.magic)), t.k(t.word(uint64(f.bias)))
	q := t.ks(t.by(exp2P32, exp2P64))
	return func(x vec) {
		n, p := t.take(), t.take()
		t.set(lo, n)
		t.max(x, n, x) // the order keeps NaN
		t.add(magic, x, n)
		t.sub(magic, n, p)
		t.sub(p, x, x)
		t.horner(q, x, p)
		t.fma213(one, p, x)
		t.iadd(bias, n, n)
		t.ishl(operand.U8(f.mantissa), n, n) // 2^n
		t.mul(n, x, x)
		t.drop(n, p)
	}
}

// down has VREDUCE and the like take the largest whole number that is not above theirs, without an exception.
const down = 9
