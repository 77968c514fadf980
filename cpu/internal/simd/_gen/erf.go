package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// erfSmall is where erfOp changes its formula.
const erfSmall = 0.9

var (
	// erf(x)/x - 1 as a function of x² on 0 … 0.9²: 2^-31.6 and 2^-60.5.
	erfP32 = []float64{0.12837916676261230884, -0.37612634960139032988, 0.11283714696514600749, -0.026860488194057901424,
		0.0052038051288849170968, -0.00081749852613509295557, 0.000085101676063456695315}
	erfP64 = []float64{0.12837916709551257319, -0.37612638903183727732, 0.11283791670953689727, -0.026866170644803731593,
		0.0052239776215730214718, -0.00085483267530892357992, 0.00012055320973141819464, -0.000014925298069635657991,
		1.6455188041015262918e-6, -1.6275227309781675459e-7, 1.4044698529228304597e-8, -8.4786978066323341949e-10}

	// -log(erfc(x)) on 0.9 … 4.1 and 0.9 … 6.1, for erf: 2^-34.0 and 2^-58.3.
	erfcR32 = []float64{-0.00016920292171346950229, 1.1294883952116980892, 0.63340087478280049318, 0.1082203563610034239,
		-0.025080597749907831115, 0.0041562475010728972399, -0.00043139198053001165463, 0.000020828477207230523312}
	erfcR64 = []float64{6.7910484627575254659e-8, 1.1283784454952492582, 0.63662329188576161032, 0.10276222917721356379,
		-0.019108086279862561189, -0.00023644824265053322388, 0.0017195631160020143018, -0.00059788915265624918974,
		0.000014863966376209554077, 0.000086880024088560212685, -0.000052302863713573878964, 0.000019059300275717905673,
		-5.0317982248124528541e-6, 1.0026981368852142168e-6, -1.5074118288730612343e-7, 1.6658185649624511585e-8,
		-1.280019546232357244e-9, 6.1152380515859694168e-11, -1.3680784011609351971e-12}
)

// erfOp: x + x·P(x²) for small |x|; else 1 - e^-R(|x|).
func erfOp() mapOp {
	return mapOp{name: "erf", srcs: []string{"a"}, unroll: 1, doc: "sets dst to the error function of a.", prepare: func(t *target) func([]vec, vec) vec {
		f := t.float()
		hi := t.bcast(t.number(t.by([]float64{4.1}, []float64{6.1})[0])) // from there on it rounds to 1
		one := t.bcast(t.number(1))
		rd := t.newReduction()
		sign := t.k(t.number(math.Copysign(0, -1)))
		limit, bias := t.k(t.number(erfSmall)), t.k(t.word(uint64(f.bias)))
		var minusR []float64
		for _, c := range t.by(erfcR32, erfcR64) {
			minusR = append(minusR, -c)
		}
		tail := t.ks(minusR)
		poly := t.ks(t.by(erfP32, erfP64))
		q := t.ks(t.by(expQ32, expQ64))
		return func(in []vec, _ vec) vec {
			a := in[0]
			x, y, n, p, w, small := t.take(), t.take(), t.take(), t.take(), t.take(), t.take()
			t.mul(a, a, n)
			t.horner(poly, n, small)
			t.fma213(a, a, small)
			t.set(sign, n)
			t.andn(a, n, y)
			t.and(n, a, a)
			c := t.compare(cmpLT, limit, y, reg.K2, t.take())
			t.min(y, hi, y) // the order keeps NaN
			t.horner(tail, y, x)
			t.reduce(rd, x, n, w)
			t.iadd(bias, w, w)
			t.ishl(operand.U8(f.mantissa), w, w) // 2^n
			t.horner(q, x, p)
			t.mul(x, x, n)
			t.fma213(x, n, p) // e^r - 1
			t.fma213(w, w, p)
			t.sub(p, one, w)
			t.or(a, w, w)
			t.blend(c, small, w, w)
			return w
		}
	}}
}
