package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Flags of winogradOut; package simd has the same.
const (
	winogradBias = 1 << iota
	winogradReLU
	winogradMask
)

// winogradBody writes the code of one vector with these ways to load and store.
type winogradBody func(load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem))

// winogradWays writes body for full vectors and for the first n lanes of one.
func winogradWays(t *target, ragged reg.VecPhysical, body winogradBody) {
	rest, done := t.label("rest"), t.label("done")
	t.CMPQ(t.arg("n"), operand.I32(t.lanes()))
	t.JNE(operand.LabelRef(rest))
	free := append([]reg.VecPhysical(nil), t.pool...)
	body(func(m operand.Mem, d reg.VecPhysical) { t.mov(m, d) }, func(s reg.VecPhysical, m operand.Mem) { t.mov(s, m) })
	t.JMP(operand.LabelRef(done))
	t.Label(rest)
	t.pool = free
	tl := t.tailMask(t.load("n"), ragged)
	body(func(m operand.Mem, d reg.VecPhysical) { t.loadTail(m, tl, d) }, func(s reg.VecPhysical, m operand.Mem) { t.storeTail(s, tl, m) })
	t.Label(done)
	t.end()
}

// winogradLoop writes the loops over channels and tiles around code that finds the image and the matrices at two registers, which are moved by 2·pixel and pixel for every tile.
func winogradLoop(t *target, image, matrices string, pixel, at, to reg.GPVirtual, prepare, code, next func()) {
	channel, tile, tiles := t.label("channel"), t.label("tile"), t.GP64()
	t.Label(channel)
	t.MOVQ(t.arg(image), at)
	t.MOVQ(t.arg(matrices), to)
	t.MOVQ(t.arg("tiles"), tiles)
	prepare()
	t.Label(tile)
	code()
	t.LEAQ(operand.Mem{Base: at, Index: pixel, Scale: 2}, at)
	t.ADDQ(pixel, to)
	t.DECQ(tiles)
	t.JNE(operand.LabelRef(tile))
	step := t.GP64()
	t.MOVQ(t.arg("plane"), step)
	t.ADDQ(step, t.arg(image))
	t.MOVQ(t.arg("step"), step)
	t.ADDQ(step, t.arg(matrices))
	next()
	t.DECQ(t.arg("channels"))
	t.JNE(operand.LabelRef(channel))
}

// winograd writes the transforms of Winograd's algorithm F(2×2, 3×3) for a vector of lanes of each pixel: counts above 0, distances in bytes.
func winograd(t *target) {
	winogradIn(t)
	winogradOut(t)
}

func winogradIn(t *target) {
	t.begin("winogradIn", "func(v, d *T, channels, tiles, n, pixel, plane, line, step, position int)", "transforms tiles of 4×4 pixels. See genericWinogradIn.")
	pixel, line, position := t.load("pixel"), t.load("line"), t.load("position")
	pixel3, position3, at, to := t.GP64(), t.GP64(), t.GP64(), t.GP64()
	t.LEAQ(operand.Mem{Base: pixel, Index: pixel, Scale: 2}, pixel3)
	t.LEAQ(operand.Mem{Base: position, Index: position, Scale: 2}, position3)
	var ragged reg.VecPhysical
	if t.isa == avx2 {
		ragged = t.take()
	}
	winogradWays(t, ragged, func(load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem)) {
		row, out := t.GP64(), t.GP64()
		var d1, d2, e [4]reg.VecPhysical // lines 1 and 2 of the tile, and a line of Bᵀ·d
		for q := range 4 {
			d1[q], d2[q], e[q] = t.take(), t.take(), t.take()
		}
		u := t.take()
		winogradLoop(t, "d", "v", pixel, at, to, func() {}, func() {
			columns := func(r [4]reg.VecPhysical) {
				load(operand.Mem{Base: row}, r[0])
				load(operand.Mem{Base: row, Index: pixel, Scale: 1}, r[1])
				load(operand.Mem{Base: row, Index: pixel, Scale: 2}, r[2])
				load(operand.Mem{Base: row, Index: pixel3, Scale: 1}, r[3])
			}
			write := func() {
				t.sub(e[2], e[0], u)
				store(u, operand.Mem{Base: out})
				t.add(e[2], e[1], u)
				store(u, operand.Mem{Base: out, Index: position, Scale: 1})
				t.sub(e[1], e[2], u)
				store(u, operand.Mem{Base: out, Index: position, Scale: 2})
				t.sub(e[3], e[1], u)
				store(u, operand.Mem{Base: out, Index: position3, Scale: 1})
				t.LEAQ(operand.Mem{Base: out, Index: position, Scale: 4}, out)
			}
			t.MOVQ(to, out)
			t.LEAQ(operand.Mem{Base: at, Index: line, Scale: 1}, row)
			columns(d1)
			t.ADDQ(line, row)
			columns(d2)
			t.MOVQ(at, row)
			columns(e)
			for q := range 4 {
				t.sub(d2[q], e[q], e[q])
			}
			write()
			for q := range 4 {
				t.add(d2[q], d1[q], e[q])
			}
			write()
			for q := range 4 {
				t.sub(d1[q], d2[q], e[q])
			}
			write()
			t.LEAQ(operand.Mem{Base: at, Index: line, Scale: 2}, row)
			t.ADDQ(line, row)
			columns(e)
			for q := range 4 {
				t.sub(e[q], d1[q], e[q])
			}
			write()
		}, func() {})
	})
}

func winogradOut(t *target) {
	t.begin("winogradOut", "func(y, m, bias, mask *T, channels, tiles, n, pixel, plane, line, step, position, maskPlane, maskLine, flags int)",
		"transforms back to tiles of 2×2 pixels. See genericWinogradOut.")
	pixel, line, position, maskLine := t.load("pixel"), t.load("line"), t.load("position"), t.load("maskLine")
	position3, at, from, flags := t.GP64(), t.GP64(), t.GP64(), t.load("flags")
	t.LEAQ(operand.Mem{Base: position, Index: position, Scale: 2}, position3)
	var ragged reg.VecPhysical
	if t.isa == avx2 {
		ragged = t.take()
	}
	winogradWays(t, ragged, func(load func(operand.Mem, reg.VecPhysical), store func(reg.VecPhysical, operand.Mem)) {
		row, mask := t.GP64(), t.GP64()
		var s [2][4]reg.VecPhysical // Aᵀ·m
		for q := range 4 {
			s[0][q], s[1][q] = t.take(), t.take()
		}
		a, b, zero, bias := t.take(), t.take(), t.take(), t.take()
		t.zero(zero)
		winogradLoop(t, "y", "m", pixel, at, from, func() {
			t.MOVQ(t.arg("mask"), mask)
			t.copyto(zero, bias)
			without := t.label("unbiased")
			t.TESTQ(operand.I32(winogradBias), flags)
			t.JE(operand.LabelRef(without))
			t.MOVQ(t.arg("bias"), row)
			t.broadcast(operand.Mem{Base: row}, bias)
			t.Label(without)
		}, func() {
			columns := func(each func(q int, m operand.Mem)) {
				each(0, operand.Mem{Base: row})
				each(1, operand.Mem{Base: row, Index: position, Scale: 1})
				each(2, operand.Mem{Base: row, Index: position, Scale: 2})
				each(3, operand.Mem{Base: row, Index: position3, Scale: 1})
				t.LEAQ(operand.Mem{Base: row, Index: position, Scale: 4}, row)
			}
			t.MOVQ(from, row)
			// The first line waits in s[1] until the second is there: b + c before a is added.
			columns(func(q int, m operand.Mem) { load(m, s[0][q]) })
			first := s[0]
			columns(func(q int, m operand.Mem) { load(m, s[1][q]) })
			columns(func(q int, m operand.Mem) {
				load(m, a)
				t.add(a, s[1][q], b) // m₁ + m₂
				t.add(first[q], b, first[q])
				t.sub(a, s[1][q], s[1][q]) // m₁ − m₂
			})
			columns(func(q int, m operand.Mem) {
				load(m, a)
				t.sub(a, s[1][q], s[1][q])
			})
			for r := range 2 {
				x := s[r]
				t.add(x[2], x[1], a)
				t.add(x[0], a, a)
				t.sub(x[2], x[1], b)
				t.sub(x[3], b, b)
				t.add(bias, a, a)
				t.add(bias, b, b)
				t.finish(flags, zero, x[0], mask, pixel, a, b, load)
				if r == 0 {
					store(a, operand.Mem{Base: at})
					store(b, operand.Mem{Base: at, Index: pixel, Scale: 1})
					t.LEAQ(operand.Mem{Base: at, Index: line, Scale: 1}, row)
					t.ADDQ(maskLine, mask)
					continue
				}
				store(a, operand.Mem{Base: row})
				store(b, operand.Mem{Base: row, Index: pixel, Scale: 1})
				t.SUBQ(maskLine, mask)
			}
			t.LEAQ(operand.Mem{Base: mask, Index: pixel, Scale: 2}, mask)
		}, func() {
			t.ADDQ(operand.I32(t.size()), t.arg("bias"))
			t.MOVQ(t.arg("maskPlane"), row)
			t.ADDQ(row, t.arg("mask"))
		})
	})
}

// finish applies the ReLU and the mask, where the flags ask for them, to two neighbouring pixels.
func (t *target) finish(flags reg.GPVirtual, zero, tmp reg.VecPhysical, mask, pixel reg.GPVirtual, a, b reg.VecPhysical, load func(operand.Mem, reg.VecPhysical)) {
	noReLU, noMask := t.label("linear"), t.label("unmasked")
	t.TESTQ(operand.I32(winogradReLU), flags)
	t.JE(operand.LabelRef(noReLU))
	t.max(a, zero, a)
	t.max(b, zero, b)
	t.Label(noReLU)
	t.TESTQ(operand.I32(winogradMask), flags)
	t.JE(operand.LabelRef(noMask))
	for i, x := range []reg.VecPhysical{a, b} {
		m := operand.Mem{Base: mask}
		if i == 1 {
			m.Index, m.Scale = pixel, 1
		}
		load(m, tmp)
		t.keep(t.compare(cmpGT, zero, tmp, reg.K2, tmp), x, x)
	}
	t.Label(noMask)
}
