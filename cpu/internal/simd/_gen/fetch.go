package main

import "github.com/mmcloughlin/avo/operand"

// cacheLine is the size of a line in bytes.
const cacheLine = 64

// fetch writes prefetches of the lines of n numbers, one at least.
func fetch(t *target) {
	t.begin("fetch", "func(src *T, n int)", "prefetches the cache lines of n numbers, n above 0.")
	src, n := t.load("src"), t.load("n")
	end := t.GP64()
	t.LEAQ(operand.Mem{Base: src, Index: n, Scale: uint8(t.size()), Disp: -t.size()}, end)
	t.ANDQ(operand.I32(-cacheLine), src)
	loop := t.label("loop")
	t.Label(loop)
	t.PREFETCHT0(operand.Mem{Base: src})
	t.ADDQ(operand.I32(cacheLine), src)
	t.CMPQ(src, end)
	t.JLS(operand.LabelRef(loop))
	t.RET()
}
