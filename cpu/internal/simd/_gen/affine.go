package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Bits of the argument flags of the affine kernels and places of their scalars; package simd has the same.
const (
	affineSoft = 1 << iota
	affineCentered
)

const (
	affineBound = iota // the bound of the log-scale, negative where the map divides
	affineShare        // 1 through it
	affineSign         // 1, or -1 where the map divides
	affineReach        // the bound
	affineTwice        // 2 through it
	affineScalars
)

// affineCode is an affine kernel being written: a loop over columns, and in it one over vectors of lanes.
type affineCode struct {
	*target
	base    map[string]reg.GPVirtual // of each operand, where its column starts
	at      reg.GPVirtual
	tail    tail
	ragged  bool // the code being written is for the last, ragged vector
	scalars [affineScalars]vec
}

func affine(t *target) {
	affineKernel(t, []string{"y", "l", "x", "t", "raw"}, "affine", "computes affine maps of cols columns of n lanes. See genericAffine.",
		func(a *affineCode) func() {
			tanh, exp := a.newHalfTanh(), a.newTameExp()
			return func() { a.values(tanh, exp) }
		})
	affineKernel(t, []string{"gx", "gt", "graw", "v", "l", "gy", "gl"}, "affineVJP",
		"computes the gradients of affine maps of cols columns of n lanes. See genericAffineVJP.",
		func(a *affineCode) func() {
			one, exp := a.bcast(a.number(1)), a.newTameExp()
			return func() { a.gradients(one, exp) }
		})
}

// affineKernel writes a kernel with these operands; prepare writes what stays the same and returns the code of one vector.
func affineKernel(t *target, operands []string, name, doc string, prepare func(a *affineCode) func()) {
	signature := "func("
	for i, o := range operands {
		if i > 0 {
			signature += ", "
		}
		signature += o
	}
	t.begin(name, signature+" *T, steps *int, cols, n int, scalars *T, flags int)", doc)
	t.memory = true // columns may be short: what is made ready costs more than it saves
	defer func() { t.memory = false }()
	a := &affineCode{target: t, base: map[string]reg.GPVirtual{}, at: t.GP64()}
	for _, o := range operands {
		a.base[o] = t.load(o)
	}
	s := t.load("scalars")
	for i := range a.scalars {
		a.scalars[i] = t.take()
		t.broadcast(operand.Mem{Base: s, Disp: i * t.size()}, a.scalars[i])
	}
	if t.isa == avx2 {
		a.tail.v = t.take()
	}
	vector := prepare(a)
	steps, cols, n, left := t.load("steps"), t.load("cols"), t.load("n"), t.GP64()
	column, loop, rest, next, even := t.label("column"), t.label("loop"), t.label("rest"), t.label("next"), t.label("even")
	t.MOVQ(n, left)
	t.ANDQ(operand.I32(t.lanes()-1), left)
	t.JE(operand.LabelRef(even))
	t.tailMask(left, a.tail.v)
	t.Label(even)

	t.Label(column)
	t.XORQ(a.at, a.at)
	t.MOVQ(n, left)
	t.Label(loop)
	t.CMPQ(left, operand.I32(t.lanes()))
	t.JLT(operand.LabelRef(rest))
	vector()
	t.ADDQ(operand.I32(t.vbytes()), a.at)
	t.SUBQ(operand.I32(t.lanes()), left)
	t.JMP(operand.LabelRef(loop))
	t.Label(rest)
	t.TESTQ(left, left)
	t.JE(operand.LabelRef(next))
	a.ragged = true
	vector()
	t.Label(next)
	for i, o := range operands {
		t.MOVQ(operand.Mem{Base: steps, Disp: 8 * i}, left)
		t.LEAQ(operand.Mem{Base: a.base[o], Index: left, Scale: uint8(t.size())}, a.base[o])
	}
	t.DECQ(cols)
	t.JNE(operand.LabelRef(column))
	t.end()
}

// get reads a vector of an operand into a new register, put writes one.
func (a *affineCode) get(name string) vec {
	r, m := a.take(), operand.Mem{Base: a.base[name], Index: a.at, Scale: 1}
	if a.ragged {
		a.loadTail(m, a.tail, r)
	} else {
		a.mov(m, r)
	}
	return r
}

func (a *affineCode) put(r vec, name string) {
	m := operand.Mem{Base: a.base[name], Index: a.at, Scale: 1}
	if a.ragged {
		a.storeTail(r, a.tail, m)
	} else {
		a.mov(r, m)
	}
}

// either writes two ways, of which the first is taken where the flag is set. Registers that they take are free again behind them.
func (a *affineCode) either(flag int32, set, clear func()) {
	otherwise, done := a.label("unset"), a.label("join")
	free := append([]vec(nil), a.pool...)
	a.TESTQ(operand.I32(flag), a.arg("flags"))
	a.JE(operand.LabelRef(otherwise))
	set()
	a.JMP(operand.LabelRef(done))
	a.pool = append([]vec(nil), free...)
	a.Label(otherwise)
	clear()
	a.Label(done)
	a.pool = free
}

// values is the map and its log-derivative.
func (a *affineCode) values(tanh, exp func(vec)) {
	free := append([]vec(nil), a.pool...)
	l := a.get("raw")
	a.either(affineSoft, func() {
		d := a.take()
		a.set(a.constant(a.number(math.Copysign(0, -1))), d)
		a.andn(l, d, d)
		a.add(a.scalars[affineReach], d, d)
		a.div(d, l, l)
	}, func() {
		a.mul(a.scalars[affineTwice], l, l)
		tanh(l)
	})
	a.mul(a.scalars[affineBound], l, l)
	e := a.take()
	a.copyto(l, e)
	exp(e)
	x, t := a.get("x"), a.get("t")
	a.put(l, "l") // which may be where x was
	a.either(affineCentered, func() {
		a.sub(t, x, x)
		a.mul(e, x, x)
	}, func() { a.fma213(t, e, x) })
	a.put(x, "y")
	a.pool = free
}

// gradients is those of the point, the shift and the raw number.
func (a *affineCode) gradients(one vec, exp func(vec)) {
	free := append([]vec(nil), a.pool...)
	l := a.get("l")
	slope := a.take()
	a.mul(a.scalars[affineShare], l, slope)
	gx := l
	exp(gx)
	gy, v, gl := a.get("gy"), a.get("v"), a.get("gl")
	a.mul(gy, gx, gx)
	a.put(gx, "gx")
	a.either(affineCentered, func() {
		a.fma231(gy, v, gl)
		a.mov(a.constant(a.number(math.Copysign(0, -1))), gy)
		a.xor(gx, gy, gy)
	}, func() { a.fma231(gx, v, gl) })
	a.put(gy, "gt")
	a.mul(a.scalars[affineSign], gl, gl)
	a.either(affineSoft, func() {
		a.set(a.constant(a.number(math.Copysign(0, -1))), v)
		a.andn(slope, v, slope)
		a.sub(slope, one, slope)
		a.mul(slope, slope, slope)
	}, func() { a.fnma213(one, slope, slope) })
	a.mul(slope, gl, gl)
	a.put(gl, "graw")
	a.pool = free
}
