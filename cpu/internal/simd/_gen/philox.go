package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The multipliers of Philox4x32. Its Weyl constants are in package simd, which makes the keys of all rounds.
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
)

// philoxCode is a kernel of random numbers being written. Words of 32 bits are the lower halves of lanes of 64, in which products fit;
// for float32 the even and the odd rows are computed apart and then joined.
type philoxCode struct {
	*target
	wide                    *target // for lanes of 64 bits
	keys, block, left, to   reg.GPVirtual
	lanesLeft, ld, row, dst reg.GPVirtual
	rows                    []vec // the rows' numbers, by group
	tail                    tail
}

func philox(t *target) {
	for _, kind := range []string{"Normal", "Uniform", "Sign"} {
		philoxKernel(t, kind)
	}
}

func philoxKernel(t *target, kind string) {
	t.begin("philox"+kind, "func(dst *T, ld int, keys *uint64, stream, row uint64, lanes, block, n int)",
		"writes n numbers of each lane, rows ld apart, from those of the given block of four on. See generic"+kind+"s.")
	t.memory = true
	defer func() { t.memory = false }()
	wide := *t
	wide.bits = 64
	p := &philoxCode{target: t, wide: &wide}
	p.dst, p.ld, p.keys = t.load("dst"), t.bytes(t.load("ld")), t.load("keys")
	p.row, p.lanesLeft = t.load("row"), t.load("lanes")
	p.block, p.left, p.to = t.GP64(), t.GP64(), t.GP64()
	if t.isa == avx2 {
		p.tail.v = t.take()
	}
	for range 64 / t.bits {
		p.rows = append(p.rows, t.take())
	}
	store := p.kind(kind)

	vector, last, block, next := t.label("vector"), t.label("last"), t.label("block"), t.label("next")
	t.Label(vector)
	n := t.GP64()
	t.MOVQ(p.lanesLeft, n)
	t.CMPQ(n, operand.I32(t.lanes()))
	t.JLE(operand.LabelRef(last))
	t.MOVQ(operand.I32(int32(t.lanes())), n)
	t.Label(last)
	t.tailMask(n, p.tail.v)
	p.broadcastWord(p.row, p.rows[0])
	for i := len(p.rows) - 1; i >= 0; i-- {
		wide.iadd(p.numbers(i, len(p.rows)), p.rows[0], p.rows[i])
	}
	t.Load(t.Param("block"), p.block)
	t.Load(t.Param("n"), p.left)
	t.MOVQ(p.dst, p.to)
	t.Label(block)
	free := append([]vec(nil), t.pool...)
	w := p.words()
	for i := range 4 {
		store(i, w, func(r vec) {
			t.storeTail(r, p.tail, operand.Mem{Base: p.to})
			t.ADDQ(p.ld, p.to)
			t.DECQ(p.left)
			t.JE(operand.LabelRef(next))
		})
	}
	t.pool = free
	t.INCQ(p.block)
	t.JMP(operand.LabelRef(block))
	t.Label(next)
	t.ADDQ(operand.I32(t.vbytes()), p.dst)
	t.ADDQ(operand.I32(t.lanes()), p.row)
	t.SUBQ(operand.I32(t.lanes()), p.lanesLeft)
	t.JG(operand.LabelRef(vector))
	t.end()
}

func (p *philoxCode) broadcastWord(r reg.GPVirtual, d vec) {
	p.VMOVQ(r, d.AsX())
	p.VPBROADCASTQ(d.AsX(), d)
}

// numbers are first, first+step, …, one in each lane of 64 bits.
func (p *philoxCode) numbers(first, step int) operand.Mem {
	name := map[[2]int]string{{0, 1}: "lanes01", {0, 2}: "lanes02", {1, 2}: "lanes12"}[[2]int{first, step}]
	m := operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
	if p.data[name] {
		return m
	}
	p.data[name] = true
	m = p.StaticGlobal(name)
	p.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range p.wide.lanes() {
		p.AppendDatum(operand.U64(first + i*step))
	}
	return m
}

func (p *philoxCode) xor64(ops ...operand.Op) { p.wide.xor(ops...) }

// words are the four words of every lane.
func (p *philoxCode) words() [4]vec {
	var groups [][4]vec
	m0, m1 := p.wide.constant(operand.U64(philoxM0)), p.wide.constant(operand.U64(philoxM1))
	for _, rows := range p.rows {
		var c [4]vec
		for i := range c {
			c[i] = p.take()
		}
		q0, q1, key := p.take(), p.take(), p.take()
		stream := p.load("stream")
		p.broadcastWord(p.block, c[0])
		p.broadcastWord(stream, c[1])
		p.wide.copyto(rows, c[2])
		p.wide.ishr(operand.U8(32), rows, c[3])
		for round := range 10 {
			p.VPMULUDQ(m0, c[0], q0)
			p.VPMULUDQ(m1, c[2], q1)
			p.wide.ishr(operand.U8(32), q1, c[0])
			p.xor64(c[1], c[0], c[0])
			p.VPBROADCASTQ(operand.Mem{Base: p.keys, Disp: 16 * round}, key)
			p.xor64(key, c[0], c[0])
			p.wide.ishr(operand.U8(32), q0, c[2])
			p.xor64(c[3], c[2], c[2])
			p.VPBROADCASTQ(operand.Mem{Base: p.keys, Disp: 16*round + 8}, key)
			p.xor64(key, c[2], c[2])
			c[1], c[3], q0, q1 = q1, q0, c[1], c[3]
		}
		p.drop(q0, q1, key)
		groups = append(groups, c)
	}
	low := p.wide.constant(operand.U64(math.MaxUint32))
	for i, w := range groups[0] {
		p.wide.and(low, w, w)
		if len(groups) > 1 {
			odd := groups[1][i]
			p.wide.ishl(operand.U8(32), odd, odd)
			p.wide.or(odd, w, w)
			p.drop(odd)
		}
	}
	return groups[0]
}

// kind returns the code that stores number i of a block with words w.
func (p *philoxCode) kind(kind string) func(i int, w [4]vec, store func(vec)) {
	switch kind {
	case "Normal":
		return p.normal()
	case "Uniform":
		half, unit := p.k(p.number(0.5)), p.k(p.number(0x1p-23))
		return func(i int, w [4]vec, store func(vec)) {
			x := w[i]
			p.ishr(operand.U8(9), x, x) // 23 bits and the half: what float32 holds exactly
			p.toFloat(x)
			p.add(half, x, x)
			p.mul(unit, x, x)
			store(x)
		}
	}
	sign, one := p.k(p.number(math.Copysign(0, -1))), p.k(p.number(1))
	return func(i int, w [4]vec, store func(vec)) {
		x := w[i]
		s := p.take()
		p.ishl(operand.U8(p.bits-32), x, x)
		p.set(sign, s)
		p.andn(s, x, x) // the sign where the highest bit is not set
		p.or(one, x, x)
		p.drop(s)
		store(x)
	}
}

// toFloat turns integers into numbers: from 0 to 2^31-1 (float32, where they may also be negative) or 2^52-1 (float64).
func (p *philoxCode) toFloat(x vec) {
	if p.bits == 32 {
		p.VCVTDQ2PS(x, x)
		return
	}
	two52 := p.constant(p.number(0x1p52))
	p.or(two52, x, x)
	p.sub(two52, x, x)
}

// normal is Box and Muller's pair: the radius √(-2 log u) with u = (w₀+½)/2³² times cosine and sine of 2π·(w₁+½)/2³².
func (p *philoxCode) normal() func(i int, w [4]vec, store func(vec)) {
	t := p.target
	one := t.bcast(t.number(1))
	lg, sincos := t.newLogarithm(one), t.newSinCos()
	half, scale := t.k(t.number(0.5)), t.k(t.number(0x1p-32))
	zero, sign, minusTwo := t.k(t.number(0)), t.k(t.number(math.Copysign(0, -1))), t.k(t.number(-2))

	radius := func(w vec) { // replaces w
		x, e := w, t.take()
		if t.bits == 64 {
			p.toFloat(x)
			t.add(half, x, x)
			t.mul(scale, x, x)
			t.split(lg, x, e)
		} else {
			// Above ½ the complement 1-u is what float32 holds well: -(1-u) is f of the logarithm itself, if its exponent is 0.
			top, u, tmp := t.take(), t.take(), t.take()
			t.VPSRAD(operand.U8(31), x, top)
			t.xor(top, x, x)
			p.toFloat(x)
			t.add(half, x, x)
			t.mul(scale, x, x)
			upper := t.ofBits(top, reg.K2)
			t.sub(x, one, u)
			t.blend(upper, u, x, u)
			t.split(lg, u, e)
			t.set(sign, tmp)
			t.xor(tmp, x, x)
			t.blend(upper, x, u, x)
			c := t.compare(cmpEQ, zero, e, reg.K3, tmp)
			t.blend(c, x, u, x)
			t.drop(top, u, tmp)
		}
		t.join(lg, e, x)
		t.mul(minusTwo, x, x)
		t.sqrt(x, x)
		t.drop(e)
	}
	const eighth = 1 << 29
	offset, rest, all := t.k(t.word(eighth)), t.k(t.word(1<<30-1)), t.k(t.word(math.MaxUint32))
	unit, bit := t.k(t.number(2*math.Pi*0x1p-32)), t.k(t.word(1))
	var sin, cos vec
	angle := func(w vec) { // replaces w by the quadrant
		x, z := t.take(), t.take()
		sin, cos = t.take(), t.take()
		t.iadd(offset, w, w)
		if t.bits == 64 {
			t.and(all, w, w)
		}
		t.and(rest, w, x)
		if t.bits == 32 {
			t.isub(offset, x, x)
			p.toFloat(x)
		} else {
			p.toFloat(x)
			t.sub(t.k(t.number(eighth)), x, x)
		}
		t.add(half, x, x)
		t.mul(unit, x, x)
		sincos(x, z, sin, cos)
		t.ishr(operand.U8(30), w, w)
		t.and(bit, w, x)
		t.zero(z)
		t.isub(x, z, x)
		odd := t.ofBits(x, reg.K2)
		t.blend(odd, sin, cos, z)
		t.blend(odd, cos, sin, sin)
		t.copyto(z, cos)
		t.drop(x, z)
	}
	flip := func(quadrant, x vec) {
		q := t.take()
		t.ishr(operand.U8(1), quadrant, q)
		t.ishl(operand.U8(t.bits-1), q, q)
		t.xor(q, x, x)
		t.drop(q)
	}
	return func(i int, w [4]vec, store func(vec)) {
		r, q := w[i&^1], w[i|1]
		if i%2 == 0 {
			radius(r)
			angle(q)
			z := t.take()
			t.iadd(bit, q, z)
			flip(z, cos)
			t.mul(r, cos, cos)
			t.drop(z)
			store(cos)
			return
		}
		flip(q, sin)
		t.mul(r, sin, sin)
		store(sin)
		t.drop(sin, cos)
	}
}
