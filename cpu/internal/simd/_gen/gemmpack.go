package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packVectors is how many vectors hold a column of the tallest microkernel.
func packVectors(t *target) int {
	shapes := gemmShapes(t.isa)
	return (shapes[len(shapes)-1].mr + t.lanes() - 1) / t.lanes()
}

// gemmPack writes the kernel that copies a few columns of a matrix, k rows of them, so that they lie one row after the other: the
// factor A of a product, where it is a transposed matrix whose columns are far apart.
//
// Rows of dst are packVectors vectors apart, what the tallest microkernel needs. cols fills all of them but the last, which may be
// ragged; the rest of the last is set to zero.
func gemmPack(t *target) {
	vectors := packVectors(t)
	t.begin("gemmPack", "func(dst *T, src *T, lds, k, cols int)", "copies k rows of cols numbers. See gemmPack in the generator.")
	dst, src, lds, k, cols := t.load("dst"), t.load("src"), t.bytes(t.load("lds")), t.load("k"), t.load("cols")
	if vectors > 1 {
		t.SUBQ(operand.I32((vectors-1)*t.lanes()), cols)
	}
	tl := t.tailMask(cols, t.r(t.registers()-1))
	// The rows lie in different pages, so that the processor does not fetch them ahead by itself.
	far := t.GP64()
	t.MOVQ(lds, far)
	t.SHLQ(operand.U8(4), far) // sixteen rows
	t.ADDQ(src, far)
	loop := t.label("loop")
	t.Label(loop)
	t.PREFETCHT0(operand.Mem{Base: far})
	for v := range vectors {
		at := func(base reg.GPVirtual) operand.Mem { return operand.Mem{Base: base, Disp: v * t.vbytes()} }
		if v == vectors-1 {
			t.loadTail(at(src), tl, t.r(v))
		} else {
			t.mov(at(src), t.r(v))
		}
		t.mov(t.r(v), at(dst))
	}
	t.ADDQ(lds, src)
	t.ADDQ(lds, far)
	t.ADDQ(operand.I32(vectors*t.vbytes()), dst)
	t.DECQ(k)
	t.JNE(operand.LabelRef(loop))
	t.end()
}
