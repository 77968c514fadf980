package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// normalVectors is how many vectors of lanes the longest loop of the kernel below takes at once.
const normalVectors = 4

// normalLog writes the kernel of the standard normal log-density: for a few vectors of lanes, a loop over columns.
func normalLog(t *target) {
	t.begin("normalLog", "func(dst, x *T, step, cols, n int, c T)", "computes c minus half the sum of squares of n points of cols columns. See genericNormalLog.")
	dst, x, step, n := t.load("dst"), t.load("x"), t.bytes(t.load("step")), t.load("n")
	half, c := t.bcast(t.number(-0.5)), t.take()
	t.broadcast(t.arg("c"), c)
	var ragged reg.VecPhysical
	if t.isa == avx2 {
		ragged = t.take()
	}
	points := func(vectors int, load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem)) {
		free := append([]reg.VecPhysical(nil), t.pool...)
		squares, column, left := make([]reg.VecPhysical, vectors), t.GP64(), t.GP64()
		for i := range squares {
			squares[i] = t.take()
			t.zero(squares[i])
		}
		t.MOVQ(x, column)
		t.Load(t.Param("cols"), left)
		loop, done := t.label("column"), t.label("sum")
		t.Label(loop)
		t.TESTQ(left, left)
		t.JE(operand.LabelRef(done))
		v := t.take()
		for i, s := range squares {
			load(operand.Mem{Base: column, Disp: i * t.vbytes()}, v)
			t.fma231(v, v, s)
		}
		t.ADDQ(step, column)
		t.DECQ(left)
		t.JMP(operand.LabelRef(loop))
		t.Label(done)
		for i, s := range squares {
			t.fma213(c, half, s)
			store(s, operand.Mem{Base: dst, Disp: i * t.vbytes()})
		}
		t.pool = free
	}
	turn := func(vectors int, next string) {
		loop := t.label("loop")
		t.Label(loop)
		t.CMPQ(n, operand.I32(vectors*t.lanes()))
		t.JLT(operand.LabelRef(next))
		points(vectors, func(m operand.Mem, d reg.VecPhysical) { t.mov(m, d) }, func(s reg.VecPhysical, m operand.Mem) { t.mov(s, m) })
		t.ADDQ(operand.I32(vectors*t.vbytes()), x)
		t.ADDQ(operand.I32(vectors*t.vbytes()), dst)
		t.SUBQ(operand.I32(vectors*t.lanes()), n)
		t.JMP(operand.LabelRef(loop))
		t.Label(next)
	}
	turn(normalVectors, t.label("single"))
	turn(1, t.label("rest"))
	done := t.label("done")
	t.TESTQ(n, n)
	t.JE(operand.LabelRef(done))
	tl := t.tailMask(n, ragged)
	points(1, func(m operand.Mem, d reg.VecPhysical) { t.loadTail(m, tl, d) }, func(s reg.VecPhysical, m operand.Mem) { t.storeTail(s, tl, m) })
	t.Label(done)
	t.end()
}
