package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// sumLanes is the number of partial sums; package simd has the same.
const sumLanes = 16

// sum writes the kernel that adds element i of a slice to partial sum i mod sumLanes, all in float64.
func sum(t *target) {
	t.begin("sum", "func(acc *float64, src *T, n int)", "adds the elements of src, a multiple of 16 in number, to the 16 partial sums in acc.")
	acc, src, n := t.load("acc"), t.load("src"), t.load("n")
	wide := &target{Context: t.Context, isa: t.isa, bits: 64, data: t.data, fn: t.fn}
	count := sumLanes / wide.lanes()
	for i := range count {
		wide.mov(operand.Mem{Base: acc, Disp: i * t.vbytes()}, t.r(i))
	}
	loop, done := t.label("loop"), t.label("done")
	t.Label(loop)
	t.CMPQ(n, operand.I32(sumLanes))
	t.JLT(operand.LabelRef(done))
	for i := range count {
		m := operand.Mem{Base: src, Disp: i * wide.lanes() * t.size()}
		if t.bits == 32 {
			t.VCVTPS2PD(m, t.r(count+i))
			t.VADDPD(t.r(count+i), t.r(i), t.r(i))
		} else {
			t.VADDPD(m, t.r(i), t.r(i))
		}
	}
	t.ADDQ(operand.I32(sumLanes*t.size()), src)
	t.SUBQ(operand.I32(sumLanes), n)
	t.JMP(operand.LabelRef(loop))
	t.Label(done)
	for i := range count {
		wide.mov(t.r(i), operand.Mem{Base: acc, Disp: i * t.vbytes()})
	}
	t.end()
}
