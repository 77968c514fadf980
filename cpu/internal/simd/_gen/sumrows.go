package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// partials are the registers of the sumLanes partial sums of a row, of doubles, and how numbers are added to them.
type partials struct {
	*target
	wide  *target // the same for float64
	acc   []vec
	tmp   []vec
	masks []vec // AVX2: of the last, ragged group; in AVX-512 they are K1 and K2
}

func newPartials(t *target) *partials {
	p := &partials{target: t, wide: &target{Context: t.Context, isa: t.isa, bits: 64, data: t.data, fn: t.fn}}
	count := sumLanes / p.wide.lanes()
	for i := range count {
		p.acc = append(p.acc, t.r(i))
		p.tmp = append(p.tmp, t.r(count+i))
		if t.isa == avx2 {
			p.masks = append(p.masks, t.r(2*count+i))
		}
	}
	return p
}

// clear sets the partial sums to zero.
func (p *partials) clear() {
	for _, a := range p.acc {
		p.wide.zero(a)
	}
}

// part is where the numbers of register i of a group of sumLanes numbers lie.
func (p *partials) part(base reg.GPVirtual, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * p.wide.lanes() * p.size()}
}

// load reads the numbers of register i of the group at base as doubles; the ragged group only as far as its mask.
func (p *partials) load(base reg.GPVirtual, i int, ragged bool, d vec) {
	m := p.part(base, i)
	k := []reg.Register{reg.K1, reg.K2}[i%2]
	switch {
	case !ragged && p.bits == 32:
		p.VCVTPS2PD(m, d)
	case !ragged:
		p.wide.mov(m, d)
	case p.isa == avx512 && p.bits == 32:
		p.VCVTPS2PD_Z(m, k, d)
	case p.isa == avx512:
		p.VMOVUPD_Z(m, k, d)
	case p.bits == 32:
		p.VMASKMOVPS(m, p.masks[i].AsX(), d.AsX())
		p.VCVTPS2PD(d.AsX(), d)
	default:
		p.VMASKMOVPD(m, p.masks[i], d)
	}
}

// ragged makes the masks of a group of n numbers, 0 < n < sumLanes. tmp is destroyed.
func (p *partials) ragged(n, tmp reg.GPVirtual) {
	if p.isa == avx512 {
		p.MOVQ(operand.I32(-1), tmp)
		p.BZHIQ(n, tmp, tmp)
		p.KMOVW(tmp.As32(), reg.K1)
		p.KSHIFTRW(operand.U8(8), reg.K1, reg.K2)
		return
	}
	if p.bits == 32 {
		p.VMOVD(n.As32(), p.tmp[0].AsX())
		p.VPBROADCASTD(p.tmp[0].AsX(), p.tmp[0].AsX())
	} else {
		p.VMOVQ(n, p.tmp[0].AsX())
		p.VPBROADCASTQ(p.tmp[0].AsX(), p.tmp[0])
	}
	for i, m := range p.masks {
		at := p.indices().Offset(i * 4 * p.size())
		if p.bits == 32 {
			p.VPCMPGTD(at, p.tmp[0].AsX(), m.AsX())
		} else {
			p.VPCMPGTQ(at, p.tmp[0], m)
		}
	}
}

// indices are 0, 1, …, 15 as integers as wide as a number.
func (p *partials) indices() operand.Mem {
	name := fmt.Sprintf("indices%d", p.bits)
	m := operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
	if p.data[name] {
		return m
	}
	p.data[name] = true
	m = p.StaticGlobal(name)
	p.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range uint64(sumLanes) {
		p.AppendDatum(p.word(i))
	}
	return m
}

// join leaves the sum in the low part of the first register: partial j gets j+8, then j+4, j+2 and j+1.
func (p *partials) join() {
	for n := len(p.acc) / 2; n > 0; n /= 2 {
		for i := range n {
			p.VADDPD(p.acc[i+n], p.acc[i], p.acc[i])
		}
	}
	a, b := p.acc[0], p.acc[1]
	if p.isa == avx512 {
		p.VEXTRACTF64X4(operand.U8(1), a, b.AsY())
		p.VADDPD(b.AsY(), a.AsY(), a.AsY())
	}
	p.VEXTRACTF128(operand.U8(1), a.AsY(), b.AsX())
	p.VADDPD(b.AsX(), a.AsX(), a.AsX())
	p.VUNPCKHPD(a.AsX(), a.AsX(), b.AsX())
	p.VADDSD(b.AsX(), a.AsX(), a.AsX())
}

// sumRows writes the kernel that sums each of several rows.
func sumRows(t *target) {
	t.begin("sumRows", "func(acc *float64, src *T, units, stride, n, add int)",
		"sets acc to the sums of units rows of n numbers, or adds them to it if add is not 0.")
	acc, src, units, stride := t.load("acc"), t.load("src"), t.load("units"), t.bytes(t.load("stride"))
	groups, rest, add := t.load("n"), t.GP64(), t.load("add")
	left, at := t.GP64(), t.GP64()
	p := newPartials(t)
	t.MOVQ(groups, rest)
	t.ANDQ(operand.I32(sumLanes-1), rest)
	t.SHRQ(operand.U8(4), groups)
	row, loop, ragged, joined, store, done := t.label("row"), t.label("loop"), t.label("ragged"), t.label("join"), t.label("store"), t.label("done")
	p.ragged(rest, left)
	t.TESTQ(units, units)
	t.JE(operand.LabelRef(done))
	t.Label(row)
	p.clear()
	t.MOVQ(src, at)
	t.MOVQ(groups, left)
	t.TESTQ(left, left)
	t.JE(operand.LabelRef(ragged))
	t.Label(loop)
	for i, a := range p.acc {
		if t.bits == 32 {
			p.load(at, i, false, p.tmp[i])
			t.VADDPD(p.tmp[i], a, a)
		} else {
			t.VADDPD(p.part(at, i), a, a)
		}
	}
	t.ADDQ(operand.I32(sumLanes*t.size()), at)
	t.DECQ(left)
	t.JNE(operand.LabelRef(loop))
	t.Label(ragged)
	t.TESTQ(rest, rest)
	t.JE(operand.LabelRef(joined))
	for i, a := range p.acc {
		p.load(at, i, true, p.tmp[i])
		t.VADDPD(p.tmp[i], a, a) // adding +0 changes no partial sum: they are never -0
	}
	t.Label(joined)
	p.join()
	t.TESTQ(add, add)
	t.JE(operand.LabelRef(store))
	t.VADDSD(operand.Mem{Base: acc}, p.acc[0].AsX(), p.acc[0].AsX())
	t.Label(store)
	t.VMOVSD(p.acc[0].AsX(), operand.Mem{Base: acc})
	t.ADDQ(operand.I32(8), acc)
	t.ADDQ(stride, src)
	t.DECQ(units)
	t.JNE(operand.LabelRef(row))
	t.Label(done)
	t.end()
}

// squareSum and mulSum write the kernels that add products to partial sums. Product and sum are rounded apart, so that
// all levels give the same bits.
func squareSum(t *target) {
	productSum(t, "squareSum", "func(acc *float64, a *T, n int)", "adds the squares of a, a multiple of 16 in number, to the 16 partial sums in acc.", false)
}

func mulSum(t *target) {
	productSum(t, "mulSum", "func(acc *float64, a, b *T, n int)", "adds the products of a and b, a multiple of 16 in number, to the 16 partial sums in acc.", true)
}

func productSum(t *target, name, signature, doc string, two bool) {
	t.begin(name, signature, doc)
	acc, a, n := t.load("acc"), t.load("a"), t.load("n")
	var b reg.GPVirtual
	if two {
		b = t.load("b")
	}
	p := newPartials(t)
	var other vec // AVX2: b's number, one register after the others
	other = t.r(3 * len(p.acc))
	for i, r := range p.acc {
		p.wide.mov(operand.Mem{Base: acc, Disp: i * t.vbytes()}, r)
	}
	loop, done := t.label("loop"), t.label("done")
	t.Label(loop)
	t.CMPQ(n, operand.I32(sumLanes))
	t.JLT(operand.LabelRef(done))
	for i, r := range p.acc {
		p.load(a, i, false, p.tmp[i])
		switch {
		case !two:
			t.VMULPD(p.tmp[i], p.tmp[i], p.tmp[i])
		case t.bits == 64:
			t.VMULPD(p.part(b, i), p.tmp[i], p.tmp[i])
		default:
			p.load(b, i, false, other)
			t.VMULPD(other, p.tmp[i], p.tmp[i])
		}
		t.VADDPD(p.tmp[i], r, r)
	}
	t.ADDQ(operand.I32(sumLanes*t.size()), a)
	if two {
		t.ADDQ(operand.I32(sumLanes*t.size()), b)
	}
	t.SUBQ(operand.I32(sumLanes), n)
	t.JMP(operand.LabelRef(loop))
	t.Label(done)
	for i, r := range p.acc {
		p.wide.mov(r, operand.Mem{Base: acc, Disp: i * t.vbytes()})
	}
	t.end()
}
