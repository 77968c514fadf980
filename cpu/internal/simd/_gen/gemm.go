package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemmShape is the microkernel of mr rows: its accumulators are mr rows of nv vectors.
type gemmShape struct{ mr, nv int }

// gemmShapes are the microkernels of a target, for 1, 2, … rows. A fused multiply-add takes 4 cycles and two start in each,
// so a kernel wants 8 or more accumulators: few rows get more vectors. One or two rows get so many that most layers are one panel, because
// a panel of few vectors takes the four cycles all the same.
func gemmShapes(i isa) []gemmShape {
	if i == avx512 {
		s := []gemmShape{{1, 16}, {2, 8}, {3, 4}}
		for mr := 4; mr <= 14; mr++ {
			s = append(s, gemmShape{mr, 2})
		}
		return s
	}
	return []gemmShape{{1, 8}, {2, 4}, {3, 3}, {4, 2}, {5, 2}, {6, 2}}
}

const gemmSignature = "func(c *T, ldc int, a *T, aRow, aCol int, b *T, ldb, k, n int, bias, mask *T, ldMask, flags int)"

// Bits of the argument flags; package simd has the same.
const (
	gemmAccumulate = 1 << iota
	gemmReLU
	gemmMask
	gemmBias
)

// gemm writes the microkernels. Each computes mr rows of C, all n columns, in panels of nv vectors and one ragged panel.
func gemm(t *target) {
	for _, s := range gemmShapes(t.isa) {
		gemmRows(t, s)
	}
}

// gemmCode is one microkernel being written.
type gemmCode struct {
	*target
	gemmShape
	n, c, b, ldb, a0, a7, r1, r3, r5, aCol, k, tmp, mask reg.GPVirtual
}

func gemmRows(t *target, s gemmShape) {
	t.begin(fmt.Sprintf("gemm%d", s.mr), gemmSignature,
		fmt.Sprintf("computes %d rows of C. See gemmRows.", s.mr))
	g := &gemmCode{target: t, gemmShape: s}
	g.n, g.c, g.b = t.load("n"), t.load("c"), t.load("b")
	g.mask = t.load("mask")
	g.ldb = t.bytes(t.load("ldb"))
	g.r1, g.aCol = t.bytes(t.load("aRow")), t.bytes(t.load("aCol"))
	t.SHLQ(operand.U8(t.shift()), t.arg("ldc"))
	t.SHLQ(operand.U8(t.shift()), t.arg("ldMask"))
	g.k, g.tmp, g.a0 = t.GP64(), t.GP64(), t.GP64()
	if s.mr > 3 {
		g.r3 = t.GP64()
		t.LEAQ(operand.Mem{Base: g.r1, Index: g.r1, Scale: 2}, g.r3)
	}
	if s.mr > 5 {
		g.r5 = t.GP64()
		t.LEAQ(operand.Mem{Base: g.r1, Index: g.r1, Scale: 4}, g.r5)
	}
	if s.mr > 7 {
		g.a7 = t.GP64()
	}
	width := s.nv * t.lanes()

	t.Comment("Full panels.")
	full, ragged, done := t.label("full"), t.label("ragged"), t.label("done")
	t.Label(full)
	t.CMPQ(g.n, operand.I32(width))
	t.JLT(operand.LabelRef(ragged))
	g.panel(s.nv, nil)
	t.ADDQ(operand.I32(s.nv*t.vbytes()), g.c)
	t.ADDQ(operand.I32(s.nv*t.vbytes()), g.b)
	t.ADDQ(operand.I32(s.nv*t.vbytes()), g.mask)
	t.SUBQ(operand.I32(width), g.n)
	t.JMP(operand.LabelRef(full))

	t.Label(ragged)
	t.TESTQ(g.n, g.n)
	t.JE(operand.LabelRef(done))
	edges := make([]string, s.nv+1)
	for v := 1; v < s.nv; v++ {
		edges[v] = t.label(fmt.Sprintf("edge%d", v))
		t.CMPQ(g.n, operand.I32(v*t.lanes()))
		t.JLE(operand.LabelRef(edges[v]))
	}
	for v := s.nv; v > 0; v-- {
		t.Commentf("The last columns, in %d vectors of which the last is ragged.", v)
		if edges[v] != "" {
			t.Label(edges[v])
		}
		if v > 1 {
			t.SUBQ(operand.I32((v-1)*t.lanes()), g.n)
		}
		tl := t.tailMask(g.n, g.tailRegister())
		g.panel(v, &tl)
		if v > 1 {
			t.JMP(operand.LabelRef(done))
		}
	}
	t.Label(done)
	t.end()
}

// The registers: accumulators from 0; vectors of B below the two (AVX2: one, and the tail mask) at the top.
func (g *gemmCode) acc(i, j, v int) reg.VecPhysical { return g.r(i*v + j) }
func (g *gemmCode) bReg(j int) reg.VecPhysical {
	if g.mr == 1 { // which uses B once, as operands in memory, but for the last, ragged vector
		return g.r(g.registers() - 3)
	}
	return g.r(g.registers() - 2 - g.nv + j)
}
func (g *gemmCode) tailRegister() reg.VecPhysical { return g.r(g.registers() - 1) }
func (g *gemmCode) aReg(i int) reg.VecPhysical {
	if g.isa == avx512 && i%2 == 1 {
		return g.r(g.registers() - 1)
	}
	return g.r(g.registers() - 2)
}

// aAt is the address of A's element of row i in the current column, from two pointers and three multiples of the row step.
func (g *gemmCode) aAt(i int) operand.Mem {
	at := func(base, index reg.GPVirtual, scale uint8) operand.Mem {
		return operand.Mem{Base: base, Index: index, Scale: scale}
	}
	switch i {
	case 0:
		return operand.Mem{Base: g.a0}
	case 1, 2, 4, 8:
		return at(g.a0, g.r1, uint8(i))
	case 3, 6, 12:
		return at(g.a0, g.r3, uint8(i/3))
	case 5, 10:
		return at(g.a0, g.r5, uint8(i/5))
	case 7:
		return operand.Mem{Base: g.a7}
	case 9, 11:
		return at(g.a7, g.r1, uint8(i-7))
	case 13:
		return at(g.a7, g.r3, 2)
	}
	panic("row")
}

// each visits the accumulators with the address of each in the matrix that starts at start, with rows ld (a parameter) apart.
func (g *gemmCode) each(v int, start reg.GPVirtual, ld string, do func(acc reg.VecPhysical, m operand.Mem, last bool)) {
	g.MOVQ(start, g.tmp)
	for i := range g.mr {
		for j := range v {
			do(g.acc(i, j, v), operand.Mem{Base: g.tmp, Disp: j * g.vbytes()}, j == v-1)
		}
		if i < g.mr-1 {
			g.ADDQ(g.arg(ld), g.tmp)
		}
	}
}

// panel computes mr rows of v vectors at the columns that c, b and mask point at; tl masks the last vector if not nil.
func (g *gemmCode) panel(v int, tl *tail) {
	loaded, zeros, loop, stored := g.label("loaded"), g.label("zeros"), g.label("loop"), g.label("looped")
	load := func(m operand.Mem, last bool, d reg.VecPhysical) {
		if last && tl != nil {
			g.loadTail(m, *tl, d)
		} else {
			g.mov(m, d)
		}
	}

	// The start of the chains: C, the bias, or zero.
	fromBias := g.label("bias")
	g.TESTQ(operand.I32(gemmBias), g.arg("flags"))
	g.JNE(operand.LabelRef(fromBias))
	g.TESTQ(operand.I32(gemmAccumulate), g.arg("flags"))
	g.JE(operand.LabelRef(zeros))
	g.each(v, g.c, "ldc", func(acc reg.VecPhysical, m operand.Mem, last bool) { load(m, last, acc) })
	g.JMP(operand.LabelRef(loaded))
	g.Label(fromBias)
	g.Load(g.Param("bias"), g.tmp)
	for i := range g.mr {
		g.broadcast(operand.Mem{Base: g.tmp, Disp: i * g.size()}, g.acc(i, 0, v))
		for j := 1; j < v; j++ {
			g.copyto(g.acc(i, 0, v), g.acc(i, j, v))
		}
	}
	g.JMP(operand.LabelRef(loaded))
	g.Label(zeros)
	for i := range g.mr * v {
		g.zero(g.r(i))
	}
	g.Label(loaded)

	// The chains: one step adds a column of A times a row of B.
	g.Load(g.Param("k"), g.k)
	g.TESTQ(g.k, g.k)
	g.JE(operand.LabelRef(stored))
	g.Load(g.Param("a"), g.a0)
	if g.mr > 7 {
		g.LEAQ(operand.Mem{Base: g.a0, Index: g.r1, Scale: 2}, g.a7)
		g.ADDQ(g.r5, g.a7)
	}
	g.MOVQ(g.b, g.tmp)
	g.Label(loop)
	direct := func(j int) bool { return g.mr == 1 && (tl == nil || j < v-1) }
	for j := range v {
		if !direct(j) {
			load(operand.Mem{Base: g.tmp, Disp: j * g.vbytes()}, j == v-1, g.bReg(j))
		}
	}
	for i := range g.mr {
		a := g.aReg(i)
		g.broadcast(g.aAt(i), a)
		for j := range v {
			if direct(j) {
				g.fma231(operand.Mem{Base: g.tmp, Disp: j * g.vbytes()}, a, g.acc(i, j, v))
			} else {
				g.fma231(g.bReg(j), a, g.acc(i, j, v))
			}
		}
	}
	g.ADDQ(g.aCol, g.a0)
	if g.mr > 7 {
		g.ADDQ(g.aCol, g.a7)
	}
	g.ADDQ(g.ldb, g.tmp)
	g.DECQ(g.k)
	g.JNE(operand.LabelRef(loop))
	g.Label(stored)

	// The epilogue. B's registers and the first of A's are free now.
	noReLU, noMask := g.label("linear"), g.label("unmasked")
	zero, tmp := g.bReg(0), g.aReg(0)
	g.TESTQ(operand.I32(gemmReLU|gemmMask), g.arg("flags"))
	g.JE(operand.LabelRef(noMask))
	g.zero(zero)
	g.TESTQ(operand.I32(gemmReLU), g.arg("flags"))
	g.JE(operand.LabelRef(noReLU))
	for i := range g.mr * v {
		g.max(g.r(i), zero, g.r(i)) // NaN stays NaN
	}
	g.Label(noReLU)
	g.TESTQ(operand.I32(gemmMask), g.arg("flags"))
	g.JE(operand.LabelRef(noMask))
	g.each(v, g.mask, "ldMask", func(acc reg.VecPhysical, m operand.Mem, last bool) {
		load(m, last, tmp)
		g.keep(g.compare(cmpLT, tmp, zero, reg.K2, tmp), acc, acc)
	})
	g.Label(noMask)
	g.each(v, g.c, "ldc", func(acc reg.VecPhysical, m operand.Mem, last bool) {
		if last && tl != nil {
			g.storeTail(acc, *tl, m)
		} else {
			g.mov(acc, m)
		}
	})
}
