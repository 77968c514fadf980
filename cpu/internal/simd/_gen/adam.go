package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// Places of the scalars in the argument h of the Adam kernel; package simd has the same.
const (
	adamGradScale = iota
	adamBeta1
	adamRest1 // 1 - Beta1
	adamBeta2
	adamRest2
	adamRate  // LR / Correction1
	adamScale // 1 / Correction2
	adamEps
	adamDecay // 1 - LR·WeightDecay
	adamScalars
)

// adamAhead is how many bytes ahead of use the four streams are fetched: the loop reads more streams from memory than the
// hardware follows well.
const adamAhead = 1024

// adam writes one pass over parameters, gradients and both moments.
func adam(t *target) {
	t.begin("adam", "func(p, grad, m, v *T, n int, h *T)", "updates n parameters and their moments. See genericAdam.")
	streams := []string{"p", "grad", "m", "v"} // "g" would be the goroutine to the assembler
	base := make([]operand.Mem, 4)
	at := t.GP64()
	t.XORQ(at, at)
	for i, s := range streams {
		base[i] = operand.Mem{Base: t.load(s), Index: at, Scale: 1}
	}
	n, h := t.load("n"), t.load("h")
	c := make([]vec, adamScalars)
	for i := range c {
		c[i] = t.take()
		t.broadcast(operand.Mem{Base: h, Disp: i * t.size()}, c[i])
	}
	p, g, m, v, d := t.take(), t.take(), t.take(), t.take(), t.take()
	regs := []vec{p, g, m, v}
	update := func() {
		t.mul(c[adamGradScale], g, g)
		t.mul(c[adamRest1], g, d)
		t.fma213(d, c[adamBeta1], m)
		t.mul(g, g, g)
		t.mul(c[adamRest2], g, g)
		t.fma213(g, c[adamBeta2], v)
		t.mul(c[adamScale], v, d)
		t.sqrt(d, d)
		t.add(c[adamEps], d, d)
		t.mul(c[adamRate], m, g)
		t.div(d, g, g)
		t.mul(c[adamDecay], p, p)
		t.sub(g, p, p)
	}
	loop, rest, done := t.label("loop"), t.label("rest"), t.label("done")
	t.Label(loop)
	t.CMPQ(n, operand.I32(t.lanes()))
	t.JLT(operand.LabelRef(rest))
	for i := range streams {
		t.PREFETCHT0(base[i].Offset(adamAhead))
		t.mov(base[i], regs[i])
	}
	update()
	for _, i := range []int{0, 2, 3} {
		t.mov(regs[i], base[i])
	}
	t.ADDQ(operand.I32(t.vbytes()), at)
	t.SUBQ(operand.I32(t.lanes()), n)
	t.JMP(operand.LabelRef(loop))
	t.Label(rest)
	t.TESTQ(n, n)
	t.JE(operand.LabelRef(done))
	var mask vec
	if t.isa == avx2 {
		mask = t.take()
	}
	tl := t.tailMask(n, mask)
	for i := range streams {
		t.loadTail(base[i], tl, regs[i])
	}
	update()
	for _, i := range []int{0, 2, 3} {
		t.storeTail(regs[i], tl, base[i])
	}
	t.Label(done)
	t.end()
}
