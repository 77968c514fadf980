package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes the kernels that turn a strip of rows into columns: one vector of rows, and in AVX2 also 16 bytes of them.
func transpose(t *target) {
	transposeStrip(t, t.vbytes()/16)
	if t.isa == avx2 {
		transposeStrip(t, 1)
	}
}

// transposeStrip writes the kernel for parts·q rows, where q numbers fill 16 bytes. A step reads q columns of every row,
// 16 bytes each. Register j takes rows j, q+j, 2q+j, … one in each 16-byte part; then transposing the q×q block of every
// part, which needs no move between parts, leaves column c of all rows in order in one register.
func transposeStrip(t *target, parts int) {
	q := 16 / t.size()
	rows := parts * q
	t.begin(fmt.Sprintf("transpose%d", rows), "func(dst *T, ldd int, src *T, lds, cols int)",
		fmt.Sprintf("writes %d rows of src, of %d or more columns, as columns of dst.", rows, q))
	dst, ldd, src, r1, cols := t.load("dst"), t.bytes(t.load("ldd")), t.load("src"), t.bytes(t.load("lds")), t.load("cols")
	r3, r5, r7, src8, ldd3 := t.GP64(), t.GP64(), t.GP64(), t.GP64(), t.GP64()
	multiple := func(r reg.GPVirtual, by uint8, d reg.GPVirtual) { t.LEAQ(operand.Mem{Base: r, Index: r, Scale: by}, d) }
	multiple(r1, 2, r3)
	multiple(r1, 4, r5)
	t.LEAQ(operand.Mem{Base: r3, Index: r1, Scale: 4}, r7)
	multiple(ldd, 2, ldd3)
	t.LEAQ(operand.Mem{Base: src, Index: r1, Scale: 8}, src8)
	row := func(i int) operand.Mem {
		base := src
		if i >= 8 {
			base, i = src8, i-8
		}
		m := operand.Mem{Base: base, Index: r1, Scale: uint8(i)}
		switch i {
		case 0:
			return operand.Mem{Base: base}
		case 3, 6:
			m.Index, m.Scale = r3, uint8(i/3)
		case 5:
			m.Index, m.Scale = r5, 1
		case 7:
			m.Index, m.Scale = r7, 1
		}
		return m
	}
	column := func(c int) operand.Mem {
		switch c {
		case 0:
			return operand.Mem{Base: dst}
		case 3:
			return operand.Mem{Base: dst, Index: ldd3, Scale: 1}
		}
		return operand.Mem{Base: dst, Index: ldd, Scale: uint8(c)}
	}
	r := func(i int) reg.VecPhysical {
		switch parts {
		case 1:
			return ymm[i].AsX().(reg.VecPhysical)
		case 2:
			return ymm[i]
		}
		return zmm[i]
	}

	block := func() {
		for j := range q {
			t.mov(row(j), r(j).AsX())
			for p := 1; p < parts; p++ {
				if parts == 2 {
					t.VINSERTF128(operand.U8(p), row(p*q+j), r(j), r(j))
				} else {
					t.VINSERTF32X4(operand.U8(p), row(p*q+j), r(j), r(j))
				}
			}
		}
		if t.bits == 64 {
			t.VUNPCKLPD(r(1), r(0), r(2))
			t.VUNPCKHPD(r(1), r(0), r(3))
			t.mov(r(2), column(0))
			t.mov(r(3), column(1))
			return
		}
		t.VUNPCKLPS(r(1), r(0), r(4))
		t.VUNPCKLPS(r(3), r(2), r(5))
		t.VUNPCKHPS(r(1), r(0), r(6))
		t.VUNPCKHPS(r(3), r(2), r(7))
		t.VUNPCKLPD(r(5), r(4), r(0))
		t.VUNPCKHPD(r(5), r(4), r(1))
		t.VUNPCKLPD(r(7), r(6), r(2))
		t.VUNPCKHPD(r(7), r(6), r(3))
		for c := range q {
			t.mov(r(c), column(c))
		}
	}
	loop, rest, done := t.label("loop"), t.label("rest"), t.label("done")
	t.Label(loop)
	t.CMPQ(cols, operand.I32(q))
	t.JLT(operand.LabelRef(rest))
	block()
	t.ADDQ(operand.I32(16), src)
	t.ADDQ(operand.I32(16), src8)
	t.LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: uint8(q)}, dst)
	t.SUBQ(operand.I32(q), cols)
	t.JMP(operand.LabelRef(loop))

	t.Label(rest)
	t.Comment("The last columns: step back so that a whole block ends with them; some are written twice.")
	t.TESTQ(cols, cols)
	t.JE(operand.LabelRef(done))
	t.SUBQ(operand.I32(q), cols) // negative
	back := t.GP64()
	t.MOVQ(cols, back)
	t.IMULQ(ldd, back)
	t.ADDQ(back, dst)
	t.LEAQ(operand.Mem{Base: src, Index: cols, Scale: uint8(t.size())}, src)
	t.LEAQ(operand.Mem{Base: src8, Index: cols, Scale: uint8(t.size())}, src8)
	block()
	t.Label(done)
	t.end()
}
