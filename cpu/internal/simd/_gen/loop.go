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

	// guard, if there is one, writes a jump to odd if a source has numbers that the code cannot do, for one vector: the kernel
	// stops there and returns the number of elements done. Like prepare it is called once and returns the code.
	guard func(t *target) func(in []reg.VecPhysical, odd string)

	// wide is for float32 only: prepare and guard get a target for float64, sources are converted to it and the result back.
	wide bool
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
	sig += ", n int)"
	if op.guard != nil {
		sig += " (done int)"
	}
	return sig
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
	v := t // the target of the code for one vector
	if op.wide {
		w := *t
		w.bits = 64
		v = &w
	}
	body := op.prepare(v)
	odd := t.label("odd")
	var guard func(in []reg.VecPhysical, odd string)
	if op.guard != nil {
		guard = op.guard(v)
	}
	step := v.lanes() * t.size() // bytes of one vector

	element := func(off int, load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem)) {
		free := append([]reg.VecPhysical(nil), v.pool...)
		in := make([]reg.VecPhysical, len(op.srcs))
		for i, name := range op.srcs {
			in[i] = v.take()
			load(operand.Mem{Base: ptr[name], Index: at, Scale: 1, Disp: off}, in[i])
		}
		if guard != nil {
			guard(in, odd)
		}
		store(body(in, s), operand.Mem{Base: ptr["dst"], Index: at, Scale: 1, Disp: off})
		v.pool = free
	}
	full := func(off int) {
		if op.wide {
			element(off, t.loadWide, t.storeWide)
			return
		}
		element(off, func(m operand.Mem, d reg.VecPhysical) { t.mov(m, d) },
			func(r reg.VecPhysical, m operand.Mem) { t.mov(r, m) })
	}
	turn := func(vectors int, next string) {
		loop := t.label("loop")
		t.Label(loop)
		t.CMPQ(n, operand.I32(vectors*v.lanes()))
		t.JLT(operand.LabelRef(next))
		for u := range vectors {
			full(u * step)
		}
		t.ADDQ(operand.I32(vectors*step), at)
		t.SUBQ(operand.I32(vectors*v.lanes()), n)
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
		m = v.take()
	}
	tl := t.tailMask(n, m)
	if op.wide {
		tmp := v.take()
		element(0, func(m operand.Mem, d reg.VecPhysical) { t.loadWideTail(m, tl, d, tmp) },
			func(r reg.VecPhysical, m operand.Mem) { t.storeWideTail(r, tl, m) })
	} else {
		element(0, func(m operand.Mem, d reg.VecPhysical) { t.loadTail(m, tl, d) },
			func(r reg.VecPhysical, m operand.Mem) { t.storeTail(r, tl, m) })
	}
	t.Label(done)
	if op.guard != nil {
		t.Load(t.Param("n"), at)
		t.Store(at, t.ReturnIndex(0))
		t.end()
		t.Label(odd)
		t.SHRQ(operand.U8(t.shift()), at)
		t.Store(at, t.ReturnIndex(0))
	}
	t.end()
}

// half is the lower half of a vector register: as many float32 as the whole has float64.
func (t *target) half(r reg.VecPhysical) reg.VecPhysical {
	if t.isa == avx512 {
		return r.AsY().(reg.VecPhysical)
	}
	return r.AsX().(reg.VecPhysical)
}

// loadWide reads half a vector of float32 as float64, storeWide writes such a vector back; the others do so under a mask.
func (t *target) loadWide(m operand.Mem, d reg.VecPhysical) { t.VCVTPS2PD(m, d) }

func (t *target) storeWide(r reg.VecPhysical, m operand.Mem) {
	t.narrow(r)
	t.mov(t.half(r), m)
}

func (t *target) narrow(r reg.VecPhysical) {
	if t.isa == avx512 {
		t.VCVTPD2PS(r, t.half(r))
	} else {
		t.VCVTPD2PSY(r, t.half(r))
	}
}

// loadWideTail sets the lanes outside of the mask to 1, which a guard lets pass.
func (t *target) loadWideTail(m operand.Mem, tl tail, d, tmp reg.VecPhysical) {
	one := t.constant(t.number(1))
	if t.isa == avx512 {
		t.VCVTPS2PD(one, d)
		t.VCVTPS2PD(m, reg.K1, d)
		return
	}
	t.VMASKMOVPS(m, t.half(tl.v), t.half(d))
	t.mov(one, tmp)
	t.VANDNPS(t.half(tmp), t.half(tl.v), t.half(tmp))
	t.VORPS(t.half(tmp), t.half(d), t.half(d))
	t.VCVTPS2PD(t.half(d), d)
}

func (t *target) storeWideTail(r reg.VecPhysical, tl tail, m operand.Mem) {
	t.narrow(r)
	if t.isa == avx512 {
		t.VMOVUPS(t.half(r), reg.K1, m)
		return
	}
	t.VMASKMOVPS(t.half(r), t.half(tl.v), m)
}
