package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotsRows is the most rows of a microkernel of inner products: with the columns that fill 16 bytes they are 16 accumulators (AVX2: 8, beside which
// the operands find room).
func dotsRows(i isa) int {
	if i == avx512 {
		return 4
	}
	return 2
}

// dots writes the kernels of the inner products of rows with rows.
func dots(t *target) {
	for rows := 1; rows <= dotsRows(t.isa); rows++ {
		dotsKernel(t, rows)
	}
}

// dotsKernel computes some rows of C, q columns at a time, where q numbers fill 16 bytes. Numbers of a row of A and of one of B are multiplied where they
// lie, side by side; at the end the q accumulators of a row are added up to q sums in one register.
func dotsKernel(t *target, rows int) {
	q := 16 / t.size()
	t.begin(fmt.Sprintf("dots%d", rows), "func(c *T, ldc int, a *T, lda int, b *T, ldb, n, k, add int)",
		fmt.Sprintf("computes %d rows of C, or adds to them if add is not 0. See dotRows.", rows))
	c, n := t.load("c"), t.load("n")
	t.SHLQ(operand.U8(t.shift()), t.arg("ldc"))
	r1, r3 := t.bytes(t.load("lda")), t.GP64()
	t.LEAQ(operand.Mem{Base: r1, Index: r1, Scale: 2}, r3)
	var columns []reg.GPVirtual // bytes from the first column's row of B to the others'
	s := t.bytes(t.load("ldb"))
	for j := 1; j < q; j++ {
		columns = append(columns, t.GP64())
		if j == 1 {
			t.MOVQ(s, columns[0])
		} else {
			t.LEAQ(operand.Mem{Base: columns[j-2], Index: s, Scale: 1}, columns[j-1])
		}
	}
	acc := make([][]vec, rows)
	for i := range acc {
		for range q {
			acc[i] = append(acc[i], t.take())
		}
	}
	left, at, bt, tmp := t.GP64(), t.GP64(), t.GP64(), t.GP64()
	tails, wanted := tail{k: reg.K1}, tail{k: reg.K2} // the last numbers of rows, and the columns that there are
	if t.isa == avx2 {
		tails.v, wanted.v = t.take(), t.take()
	}
	t.Load(t.Param("k"), left)
	t.ANDQ(operand.I32(t.lanes()-1), left)
	t.makeTail(left, tails)

	group, whole := t.label("columns"), t.label("whole")
	t.Label(group)
	t.MOVQ(operand.I32(q), tmp)
	t.CMPQ(n, operand.I32(q))
	t.JGE(operand.LabelRef(whole))
	t.Comment("Fewer columns are left: the last of them stands for those that there are not.")
	t.MOVQ(n, tmp)
	for j, column := range columns {
		there := t.label("there")
		t.CMPQ(n, operand.I32(j+1))
		t.JG(operand.LabelRef(there))
		if j == 0 {
			t.XORQ(column, column)
		} else {
			t.MOVQ(columns[j-1], column)
		}
		t.Label(there)
	}
	t.Label(whole)
	t.makeTail(tmp, wanted)
	for i := range acc {
		for _, r := range acc[i] {
			t.zero(r)
		}
	}
	t.Load(t.Param("a"), at)
	t.Load(t.Param("b"), bt)
	t.Load(t.Param("k"), left)

	free := append([]vec(nil), t.pool...)
	step := func(load func(m operand.Mem, d vec)) {
		t.pool = append([]vec(nil), free...)
		as := make([]vec, rows)
		for i, m := range []operand.Mem{{Base: at}, {Base: at, Index: r1, Scale: 1}, {Base: at, Index: r1, Scale: 2}, {Base: at, Index: r3, Scale: 1}}[:rows] {
			as[i] = t.take()
			load(m, as[i])
		}
		b := t.take()
		for j := range q {
			m := operand.Mem{Base: bt}
			if j > 0 {
				m.Index, m.Scale = columns[j-1], 1
			}
			load(m, b)
			for i := range rows {
				t.fma231(b, as[i], acc[i][j])
			}
		}
	}
	loop, rest, sums := t.label("loop"), t.label("rest"), t.label("sums")
	t.Label(loop)
	t.CMPQ(left, operand.I32(t.lanes()))
	t.JLT(operand.LabelRef(rest))
	step(func(m operand.Mem, d vec) { t.mov(m, d) })
	t.ADDQ(operand.I32(t.vbytes()), at)
	t.ADDQ(operand.I32(t.vbytes()), bt)
	t.SUBQ(operand.I32(t.lanes()), left)
	t.JMP(operand.LabelRef(loop))
	t.Label(rest)
	t.TESTQ(left, left)
	t.JE(operand.LabelRef(sums))
	step(func(m operand.Mem, d vec) { t.loadTail(m, tails, d) })

	t.Label(sums)
	t.pool = free
	u, v := t.take(), t.take()
	store := t.label("store")
	for i := range acc {
		t.columnSums(acc[i], u, v)
	}
	t.MOVQ(c, tmp)
	t.CMPQ(t.arg("add"), operand.U8(0))
	t.JE(operand.LabelRef(store))
	for i := range acc {
		old, sum := acc[i][1].AsX().(vec), acc[i][0].AsX().(vec)
		t.loadTail(operand.Mem{Base: tmp}, wanted.half(), old)
		t.add(old, sum, sum)
		if i < rows-1 {
			t.ADDQ(t.arg("ldc"), tmp)
		}
	}
	t.MOVQ(c, tmp)
	t.Label(store)
	for i := range acc {
		t.storeTail(acc[i][0].AsX().(vec), wanted.half(), operand.Mem{Base: tmp})
		if i < rows-1 {
			t.ADDQ(t.arg("ldc"), tmp)
		}
	}
	t.ADDQ(operand.I32(16), c)
	t.Load(t.Param("b"), bt)
	t.LEAQ(operand.Mem{Base: bt, Index: s, Scale: uint8(q)}, bt)
	t.Store(bt, t.Param("b"))
	t.SUBQ(operand.I32(q), n)
	t.JG(operand.LabelRef(group))
	t.end()
}

// columnSums leaves in the low 16 bytes of the first of some registers, as many as there are numbers in 16 bytes, the sum of the numbers of each.
func (t *target) columnSums(acc []vec, u, v vec) {
	join := func(low, high func(...operand.Op), a, b vec) { // leaves in a sums of pairs of both
		low(b, a, u)
		high(b, a, v)
		t.add(v, u, a)
	}
	if t.bits == 32 {
		join(t.VUNPCKLPS, t.VUNPCKHPS, acc[0], acc[1])
		join(t.VUNPCKLPS, t.VUNPCKHPS, acc[2], acc[3])
		join(t.VUNPCKLPD, t.VUNPCKHPD, acc[0], acc[2])
	} else {
		join(t.VUNPCKLPD, t.VUNPCKHPD, acc[0], acc[1])
	}
	sum, other := acc[0], acc[1]
	if t.isa == avx512 {
		t.VEXTRACTF64X4(operand.U8(1), sum, other.AsY())
		t.add(other.AsY(), sum.AsY(), sum.AsY())
	}
	t.VEXTRACTF128(operand.U8(1), sum.AsY(), other.AsX())
	t.add(other.AsX(), sum.AsX(), sum.AsX())
}
