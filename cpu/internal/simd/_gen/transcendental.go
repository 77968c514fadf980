package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The polynomials were found with Remez' exchange algorithm in 60-digit arithmetic; each comment gives the function, the
// interval, and the largest relative error that the polynomial leaves in the result. Coefficients from degree 0 up.
var (
	// (e^r - 1 - r)/r² on ±ln2/2, for e^r: 2^-28.3 and 2^-57.9.
	expQ32 = []float64{0.49999993432348808207, 0.16666520398818915028, 0.041668390743504975445, 0.0083687451333541605415,
		0.0013814542044626144989}
	expQ64 = []float64{0.5000000000000010669, 0.16666666666666411509, 0.041666666666529725705, 0.0083333333334949787025,
		0.0013888888943760702907, 0.00019841269505765471619, 0.000024801492948843316324, 2.7557586815532084678e-6,
		2.7630306532932601008e-7, 2.5000014045274403732e-8}

	// (tanh(x) - x)/x³ as a function of x² on 0 … 0.55², for tanh: 2^-29.8 and 2^-60.6.
	tanhP32 = []float64{-0.33333317559619971519, 0.13332586134197714651, -0.05385230940796414707, 0.021071676965183079416,
		-0.0062742366042790052426}
	tanhP64 = []float64{-0.33333333333333298416, 0.13333333333326621007, -0.053968253963760719706, 0.021869488385858743562,
		-0.0088632326014843274955, 0.0035920920308238970908, -0.0014555428479688326472, 0.00058844449428202978404,
		-0.00023338158341373261546, 0.000083316470233359553937, -0.000019494699794305426899}

	// (log(1+f) - f + f²/2)/f³ on √½-1 … √2-1, for log(1+f): 2^-30.3.
	logP32 = []float64{0.33333312584260758944, -0.25000009602152422582, 0.20002120192535783274, -0.16667997024522273278,
		0.14219518890670671428, -0.12405541908452048973, 0.11888381432522804954, -0.11676064334235124738,
		0.067466457460804489357}

	// (2 artanh(s)/s - 2)/s² as a function of s² on 0 … (√2-1)²/(√2+1)², for log((1+s)/(1-s)): 2^-58.5.
	logR64 = []float64{0.66666666666667346526, 0.39999999999412892384, 0.28571428742823840101, 0.22222198524701666573,
		0.18183567027736318624, 0.15313977012539474333, 0.14796727789021898591}
)

// ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
const (
	ln2High32 = 0.693359375
	ln2Low32  = -2.1219444005469058277e-4
	ln2High64 = 6.93147180369123816490e-01
	ln2Low64  = 1.90821492927058770002e-10
)

// float describes a number type.
type float struct {
	mantissa int     // bits stored
	bias     int     // of the exponent
	magic    float64 // 1.5·2^mantissa: adding it rounds to an integer and leaves that in the low bits
	ln2High  float64
	ln2Low   float64
}

func (t *target) float() float {
	if t.bits == 32 {
		return float{23, 127, 0x1.8p23, ln2High32, ln2Low32}
	}
	return float{52, 1023, 0x1.8p52, ln2High64, ln2Low64}
}

func (t *target) by(single, double []float64) []float64 {
	if t.bits == 32 {
		return single
	}
	return double
}

// reserve is how many registers constants leave to the code of one vector, its tail mask included.
const reserve = 9

// k is a constant as an operand that may be in memory: a register while there are some, which saves a load a vector.
func (t *target) k(c operand.Constant) operand.Op {
	if len(t.pool) > reserve && !t.memory {
		return t.bcast(c)
	}
	return t.constant(c)
}

func (t *target) ks(cs []float64) []operand.Op {
	ops := make([]operand.Op, len(cs))
	for i := len(cs) - 1; i >= 0; i-- {
		ops[i] = t.k(t.number(cs[i]))
	}
	return ops
}

// set copies a constant, in a register or in memory, to d.
func (t *target) set(c operand.Op, d vec) {
	if r, ok := c.(vec); ok {
		t.copyto(r, d)
	} else {
		t.mov(c, d)
	}
}

// horner sets d to the polynomial with coefficients c at x.
func (t *target) horner(c []operand.Op, x, d vec) {
	last := len(c) - 1
	t.set(c[last], d)
	for i := last - 1; i >= 0; i-- {
		t.fma213(c[i], x, d)
	}
}

// reduction is the split of x into n·ln2 + r with |r| ≤ ln2/2.
type reduction struct {
	magic, log2e, high, low operand.Op
}

func (t *target) newReduction() reduction {
	f := t.float()
	return reduction{t.k(t.number(f.magic)), t.k(t.number(math.Log2E)), t.k(t.number(f.ln2High)), t.k(t.number(f.ln2Low))}
}

// reduce leaves r in x, n in n, and n as an integer in the low bits of shifted.
func (t *target) reduce(rd reduction, x, n, shifted vec) {
	t.set(rd.magic, shifted)
	t.fma231(rd.log2e, x, shifted)
	t.sub(rd.magic, shifted, n)
	t.fnma231(rd.high, n, x)
	t.fnma231(rd.low, n, x)
}

// expOp: e^x = 2^n · e^r. The clamps keep n small; beyond them the result is 0 or infinite anyhow.
func expOp() mapOp {
	return mapOp{name: "exp", srcs: []string{"a"}, unroll: 1, doc: "sets dst to e^a.", prepare: func(t *target) func([]vec, vec) vec {
		limits := t.by([]float64{-105, 89}, []float64{-746, 710})
		lo, hi := t.bcast(t.number(limits[0])), t.bcast(t.number(limits[1]))
		rd := t.newReduction()
		one := t.k(t.number(1))
		sc := t.newScaling()
		q := t.ks(t.by(expQ32, expQ64))
		return func(in []vec, _ vec) vec {
			x, n, p, sq := in[0], t.take(), t.take(), t.take()
			t.max(x, lo, x) // the order keeps NaN
			t.min(x, hi, x)
			t.reduce(rd, x, n, p)
			t.horner(q, x, p)
			t.mul(x, x, sq)
			t.fma213(x, sq, p)
			t.add(one, p, p)
			t.drop(sq)
			t.scale(sc, n, p)
			return p
		}
	}}
}

// tame is e^x for |x| up to 80 or NaN: neither too large nor too small.
type tame struct {
	reduction
	one, bias operand.Op
	poly      []operand.Op
}

func (t *target) newTame() tame {
	return tame{t.newReduction(), t.k(t.number(1)), t.k(t.word(uint64(t.float().bias))), t.ks(t.by(expQ32, expQ64))}
}

// parts replaces x by e^r - 1 and sets two to 2^n, with x = n·ln2 + r.
func (t *target) parts(c tame, x, two vec) {
	p, sq := t.take(), t.take()
	t.reduce(c.reduction, x, p, two)
	t.iadd(c.bias, two, two)
	t.ishl(operand.U8(t.float().mantissa), two, two)
	t.horner(c.poly, x, p)
	t.mul(x, x, sq)
	t.fma231(sq, p, x)
	t.drop(p, sq)
}

// newTameExp returns the code that replaces x by e^x.
func (t *target) newTameExp() func(x vec) {
	c := t.newTame()
	return func(x vec) {
		two := t.take()
		t.parts(c, x, two)
		t.fma213(two, two, x)
		t.drop(two)
	}
}

// newHalfTanh returns the code that replaces x by tanh(x/2) = w/(w+2) with w = e^x - 1, within some 4 ulp: for what is accurate enough without
// the other formula of tanhOp.
func (t *target) newHalfTanh() func(x vec) {
	end := t.by([]float64{20}, []float64{44})[0] // from there on it rounds to 1
	lo, hi, two := t.k(t.number(-end)), t.k(t.number(end)), t.k(t.number(2))
	c := t.newTame()
	return func(x vec) {
		d, w := t.take(), t.take()
		t.set(lo, d)
		t.max(x, d, x) // the order keeps NaN
		t.set(hi, d)
		t.min(x, d, x)
		t.parts(c, x, w)
		t.sub(c.one, w, d)
		t.fma213(d, w, x) // 2^n·(e^r - 1) + (2^n - 1)
		t.add(two, x, d)
		t.div(d, x, x)
		t.drop(d, w)
	}
}

// scaling holds the constants of scale.
type scaling struct{ half, magic, bias operand.Op }

func (t *target) newScaling() scaling {
	if t.isa == avx512 {
		return scaling{}
	}
	f := t.float()
	return scaling{t.k(t.number(0.5)), t.k(t.number(f.magic)), t.k(t.word(uint64(f.bias)))}
}

// scale multiplies each of ys, in [½, 2], by 2^n with one rounding, also where that is infinite or denormal. n is destroyed.
// AVX2 lacks the instruction: there it multiplies by 2^h and 2^(n-h) with h = n/2, of which the first is exact.
func (t *target) scale(sc scaling, n vec, ys ...vec) {
	if t.isa == avx512 {
		for _, y := range ys {
			t.pick(t.VSCALEFPS, t.VSCALEFPD)(n, y, y)
		}
		return
	}
	m := operand.U8(t.float().mantissa)
	h, p := t.take(), t.take()
	t.set(sc.magic, h)
	t.fma231(sc.half, n, h)
	t.iadd(sc.bias, h, p)
	t.ishl(m, p, p)
	for _, y := range ys {
		t.mul(p, y, y)
	}
	t.sub(sc.magic, h, h)
	t.sub(h, n, n)
	t.add(sc.magic, n, n)
	t.iadd(sc.bias, n, n)
	t.ishl(m, n, n)
	for _, y := range ys {
		t.mul(n, y, y)
	}
	t.drop(h, p)
}

// logOp: x = 2^e · (1+f) with 1+f in [√½, √2); log x = e·ln2 + log(1+f).
func logOp() mapOp {
	return mapOp{name: "log", srcs: []string{"a"}, unroll: 1, doc: "sets dst to the natural logarithm of a.", prepare: func(t *target) func([]vec, vec) vec {
		one, zero := t.bcast(t.number(1)), t.take()
		t.zero(zero)
		log := t.newLog(one, zero)
		return func(in []vec, _ vec) vec { return log(in[0]) }
	}}
}

// newLog returns the code that gives the logarithm of a in a new register.
func (t *target) newLog(one, zero vec) func(a vec) vec {
	f := t.float()
	// Denormals are scaled up first.
	tiny := t.k(t.number(math.Ldexp(1, 1-f.bias)))
	up := t.k(t.number(math.Ldexp(1, f.mantissa)))
	upBy := t.k(t.number(float64(f.mantissa)))
	lg := t.newLogarithm(one)
	inf, nan := t.k(t.number(math.Inf(1))), t.k(t.number(math.NaN()))
	negInf := t.k(t.number(math.Inf(-1)))
	return func(a vec) vec {
		x, e, tmp, m := t.take(), t.take(), t.take(), t.take()
		small := t.compare(cmpLT, tiny, a, reg.K2, m)
		t.mul(up, a, x)
		t.blend(small, x, a, x)
		t.set(upBy, tmp)
		t.keep(small, tmp, m)
		t.split(lg, x, e)
		t.sub(m, e, e)
		t.drop(tmp, m)
		t.join(lg, e, x)
		tmp, m = t.take(), t.take()
		// Where a is not a positive finite number.
		t.special(cmpEQ, inf, a, a, x, m)
		t.set(nan, tmp)
		t.specialNot(cmpGE, zero, a, tmp, x, m)
		t.set(negInf, tmp)
		t.special(cmpEQ, zero, a, tmp, x, m)
		t.drop(e, tmp, m)
		return x
	}
}

// logarithm holds the constants of split and join.
type logarithm struct {
	one                               vec
	offset, root, mask, plain, biased operand.Op
	high, low, half                   operand.Op
	poly                              []operand.Op
}

func (t *target) newLogarithm(one vec) logarithm {
	f := t.float()
	// Adding offset to the bits carries into the exponent from √2 on; root turns what is left back into 1+f.
	root, unit := uint64(math.Float32bits(math.Sqrt2/2)), uint64(math.Float32bits(1))
	if t.bits == 64 {
		root, unit = math.Float64bits(math.Sqrt2/2), math.Float64bits(1)
	}
	// An exponent becomes a number by its bits in the mantissa of 2^mantissa.
	plain := math.Ldexp(1, f.mantissa)
	return logarithm{
		one: one, offset: t.k(t.word(unit - root)), root: t.k(t.word(root)), mask: t.k(t.word(1<<f.mantissa - 1)),
		plain: t.k(t.number(plain)), biased: t.k(t.number(plain + float64(f.bias))),
		high: t.k(t.number(f.ln2High)), low: t.k(t.number(f.ln2Low)), half: t.k(t.number(0.5)),
		poly: t.ks(t.by(logP32, logR64)),
	}
}

// split sets e to the exponent of x, a positive normal number, and x to f.
func (t *target) split(lg logarithm, x, e vec) {
	t.iadd(lg.offset, x, x)
	t.ishr(operand.U8(t.float().mantissa), x, e)
	t.or(lg.plain, e, e)
	t.sub(lg.biased, e, e)
	t.and(lg.mask, x, x)
	t.iadd(lg.root, x, x)
	t.sub(lg.one, x, x)
}

// join replaces f in x by log(1+f) + e·ln2, small terms first.
func (t *target) join(lg logarithm, e, x vec) {
	tmp, m := t.take(), t.take()
	if t.bits == 32 {
		// f - f²/2 + f³·P(f).
		t.horner(lg.poly, x, tmp)
		t.mul(x, x, m)
		t.mul(x, tmp, tmp)
		t.mul(m, tmp, tmp)
		t.fma231(lg.low, e, tmp)
		t.fnma231(lg.half, m, tmp)
	} else {
		// With s = f/(2+f): f - (f²/2 - s·(f²/2 + s²·R(s²))).
		sq, s := t.take(), t.take()
		t.mul(lg.half, x, m)
		t.mul(x, m, m) // f²/2
		t.add(lg.one, x, s)
		t.add(lg.one, s, s)
		t.div(s, x, s)
		t.mul(s, s, sq)
		t.horner(lg.poly, sq, tmp)
		t.fma213(m, sq, tmp) // f²/2 + s²·R
		t.mul(s, tmp, tmp)
		t.fma231(lg.low, e, tmp)
		t.sub(m, tmp, tmp)
		t.drop(sq, s)
	}
	t.add(tmp, x, x)
	t.fma231(lg.high, e, x)
	t.drop(tmp, m)
}

// special replaces x by y where a OP b.
func (t *target) special(op uint8, b operand.Op, a, y, x, tmp vec) {
	t.blend(t.compare(op, b, a, reg.K3, tmp), y, x, x)
}

// specialNot replaces x by y where a OP b does not hold.
func (t *target) specialNot(op uint8, b operand.Op, a, y, x, tmp vec) {
	t.blend(t.compare(op, b, a, reg.K3, tmp), x, y, x)
}

// tanhSmall is where tanhOp changes its formula: tanh there is almost ½, where the last place doubles.
const tanhSmall = 0.55

// tanhOp: x + x³·P(x²) for small |x|; else, with w = e^2|x| - 1, w/(w+2), whose three roundings would be too much for small |x|.
func tanhOp() mapOp {
	return mapOp{name: "tanh", srcs: []string{"a"}, unroll: 1, doc: "sets dst to the hyperbolic tangent of a.", prepare: func(t *target) func([]vec, vec) vec {
		f := t.float()
		hi := t.bcast(t.number(t.by([]float64{20}, []float64{44})[0])) // from there on w/(w+2) rounds to 1
		sign := t.bcast(t.number(math.Copysign(0, -1)))
		rd := t.newReduction()
		one, two := t.k(t.number(1)), t.k(t.number(2))
		bias := t.k(t.word(uint64(f.bias)))
		limit := t.k(t.number(tanhSmall))
		poly := t.ks(t.by(tanhP32, tanhP64))
		q := t.ks(t.by(expQ32, expQ64))
		return func(in []vec, _ vec) vec {
			a := in[0]
			x, n, p, w, small := t.take(), t.take(), t.take(), t.take(), t.take()
			t.mul(a, a, n)
			t.horner(poly, n, small)
			t.mul(a, n, n)
			t.fma213(a, n, small) // a + a³·P

			t.andn(a, sign, x)
			t.and(sign, a, a)
			c := t.compare(cmpLT, limit, x, reg.K2, t.take())
			t.add(x, x, x)
			t.min(x, hi, x) // the order keeps NaN
			t.reduce(rd, x, n, w)
			t.iadd(bias, w, w)
			t.ishl(operand.U8(f.mantissa), w, w) // 2^n
			t.horner(q, x, p)
			t.mul(x, x, n)
			t.fma213(x, n, p) // e^r - 1
			t.sub(one, w, n)
			t.fma213(n, p, w) // 2^n·(e^r - 1) + (2^n - 1)
			t.add(two, w, n)
			t.div(n, w, w)
			t.blend(c, small, w, w)
			t.or(a, w, w) // also the sign of a zero
			return w
		}
	}}
}

// transcendentalOps are the functions bound by arithmetic.
func transcendentalOps() []mapOp {
	return []mapOp{expOp(), logOp(), tanhOp(), sigmoidOp(), softplusOp(), expm1Op(), log1pOp(), erfOp()}
}

func transcendental(t *target) {
	for _, op := range transcendentalOps() {
		op.write(t)
	}
}
