package main

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mapOp is a kernel that computes each element of dst from the elements at the same place in its sources and perhaps
// one scalar.
type mapOp struct {
	name   string
	srcs   []string // names of the sources; dst among them means that it is read as well
	scalar bool     // a last argument s
	unroll int      // vectors in one turn of the main loop
	doc    string   // what comes after the name in the declaration's comment

	// prepare writes what stays the same over the slice (constants) and returns the code for one vector: it gets the
	// sources and the scalar, may overwrite the sources, and returns the register of the result.
	prepare func(t *target) func(in []reg.VecPhysical, s reg.VecPhysical) reg.VecPhysical
}

// signature of the assembly: pointers and the number of elements.
func (op mapOp) signature() string {
	args := []string{"dst"}
	for _, s := range op.srcs {
		if s != "dst" {
			args = append(args, s)
		}
	}
	sig := "func(" + strings.Join(args, ", ") + " *T"
	if op.scalar {
		sig += ", s T"
	}
	return sig + ", n int)"
}

// write makes the function: a loop over op.unroll vectors at a time, one over single vectors, and a masked rest.
func (op mapOp) write(t *target) {
	t.begin(op.name, op.signature(), op.doc)
	ptr := map[string]reg.GPVirtual{"dst": t.load("dst")}
	for _, s := range op.srcs {
		if s != "dst" {
			ptr[s] = t.load(s)
		}
	}
	n, at := t.load("n"), t.GP64()
	t.XORQ(at, at)
	var s reg.VecPhysical
	if op.scalar {
		s = t.take()
		t.broadcast(t.arg("s"), s)
	}
	body := op.prepare(t)

	element := func(off int, load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem)) {
		free := append([]reg.VecPhysical(nil), t.pool...)
		in := make([]reg.VecPhysical, len(op.srcs))
		for i, name := range op.srcs {
			in[i] = t.take()
			load(operand.Mem{Base: ptr[name], Index: at, Scale: 1, Disp: off}, in[i])
		}
		store(body(in, s), operand.Mem{Base: ptr["dst"], Index: at, Scale: 1, Disp: off})
		t.pool = free
	}
	full := func(off int) {
		element(off, func(m operand.Mem, d reg.VecPhysical) { t.mov(m, d) },
			func(r reg.VecPhysical, m operand.Mem) { t.mov(r, m) })
	}
	turn := func(vectors int, next string) {
		loop := t.label("loop")
		t.Label(loop)
		t.CMPQ(n, operand.I32(vectors*t.lanes()))
		t.JLT(operand.LabelRef(next))
		for u := range vectors {
			full(u * t.vbytes())
		}
		t.ADDQ(operand.I32(vectors*t.vbytes()), at)
		t.SUBQ(operand.I32(vectors*t.lanes()), n)
		t.JMP(operand.LabelRef(loop))
		t.Label(next)
	}
	if op.unroll > 1 {
		turn(op.unroll, t.label("single"))
	}
	turn(1, t.label("rest"))

	done := t.label("done")
	t.TESTQ(n, n)
	t.JE(operand.LabelRef(done))
	var m reg.VecPhysical
	if t.isa == avx2 {
		m = t.take()
	}
	tl := t.tailMask(n, m)
	element(0, func(m operand.Mem, d reg.VecPhysical) { t.loadTail(m, tl, d) },
		func(r reg.VecPhysical, m operand.Mem) { t.storeTail(r, tl, m) })
	t.Label(done)
	t.end()
}
