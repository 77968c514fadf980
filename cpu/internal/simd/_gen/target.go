package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set that kernels are written for.
type isa int

const (
	avx2   isa = iota // AVX2 and FMA, 16 registers of 32 bytes
	avx512            // AVX-512 F, DQ, BW, VL, 32 registers of 64 bytes and mask registers
)

func (i isa) String() string { return [...]string{"AVX2", "AVX512"}[i] }

// target is an avo context plus the instruction set and the number type that code is being written for. Its methods
// hide what differs between them, so that a kernel is described once and written four times.
type target struct {
	*build.Context
	isa    isa
	bits   int             // 32 or 64: the width of a number
	fn     string          // the function being written; labels start from it
	labels int             // labels made so far in fn
	data   map[string]bool // names of the constants already in the file
	pool   []reg.VecPhysical
	memory bool // constants stay in memory: the code needs the registers
}

// goType is the Go type of a number.
func (t *target) goType() string { return fmt.Sprintf("float%d", t.bits) }

// suffix tells the functions of one target from those of another, as in addF32AVX512.
func (t *target) suffix() string { return fmt.Sprintf("F%d%s", t.bits, t.isa) }

func (t *target) size() int  { return t.bits / 8 }
func (t *target) shift() int { return map[int]int{32: 2, 64: 3}[t.bits] }
func (t *target) lanes() int { return t.vbytes() / t.size() }
func (t *target) vbytes() int {
	if t.isa == avx512 {
		return 64
	}
	return 32
}
func (t *target) registers() int {
	if t.isa == avx512 {
		return 32
	}
	return 16
}

// r is vector register i of this target. Registers are named by hand: avo's allocator would hand out numbers from 16
// up also to AVX2 code, which would then need AVX-512.
func (t *target) r(i int) reg.VecPhysical {
	if i < 0 || i >= t.registers() {
		panic(fmt.Sprintf("%s: no vector register %d", t.fn, i))
	}
	if t.isa == avx512 {
		return zmm[i]
	}
	return ymm[i]
}

// begin starts a function. T in the signature stands for the number type.
func (t *target) begin(name, signature string, doc ...string) {
	t.fn = name + t.suffix()
	t.labels = 0
	t.Function(t.fn)
	t.Attributes(attr.NOSPLIT)
	t.Pragma("noescape")
	t.SignatureExpr(strings.ReplaceAll(signature, "T", t.goType()))
	doc[0] = t.fn + " " + doc[0]
	t.Doc(doc...)
	t.pool = nil
	for i := range t.registers() {
		t.pool = append(t.pool, t.r(i))
	}
}

// end writes the return; VZEROUPPER, because Go's own code is SSE.
func (t *target) end() {
	t.VZEROUPPER()
	t.RET()
}

// take gives a vector register that is free in this function.
func (t *target) take() reg.VecPhysical {
	if len(t.pool) == 0 {
		panic(t.fn + ": out of vector registers")
	}
	r := t.pool[0]
	t.pool = t.pool[1:]
	return r
}

// drop returns registers to the pool.
func (t *target) drop(rs ...reg.VecPhysical) { t.pool = append(rs, t.pool...) }

// label makes a new label name for the current function.
func (t *target) label(what string) string {
	t.labels++
	return fmt.Sprintf("%s_%d", what, t.labels)
}

// load reads parameter name into a new general register.
func (t *target) load(name string) reg.GPVirtual {
	r := t.GP64()
	t.Load(t.Param(name), r)
	return r
}

// arg is the place of parameter name on the stack.
func (t *target) arg(name string) operand.Mem {
	b, err := t.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// number is the bit pattern of x in the number type, as a datum.
func (t *target) number(x float64) operand.Constant {
	if t.bits == 32 {
		return operand.U32(math.Float32bits(float32(x)))
	}
	return operand.U64(math.Float64bits(x))
}

// word is an integer as wide as a number.
func (t *target) word(x uint64) operand.Constant {
	if t.bits == 32 {
		return operand.U32(x)
	}
	return operand.U64(x)
}

// constant is the memory of a full vector of copies of c.
func (t *target) constant(c operand.Constant) operand.Mem {
	var name string
	switch v := c.(type) {
	case operand.U32:
		name = fmt.Sprintf("c32_%08x", uint32(v))
	case operand.U64:
		name = fmt.Sprintf("c64_%016x", uint64(v))
	}
	if t.data[name] {
		return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
	}
	t.data[name] = true
	m := t.StaticGlobal(name)
	t.DataAttributes(attr.RODATA | attr.NOPTR)
	for range t.lanes() {
		t.AppendDatum(c)
	}
	return m
}

// bcast fills a new register with copies of c.
func (t *target) bcast(c operand.Constant) reg.VecPhysical {
	r := t.take()
	t.broadcast(t.constant(c), r)
	return r
}

type vop = func(...operand.Op)

func (t *target) pick(single, double vop) vop {
	if t.bits == 32 {
		return single
	}
	return double
}

// The instructions, in Go's operand order: the last operand is the destination, and sub(b, a, d) is d = a - b.

func (t *target) mov(ops ...operand.Op)    { t.pick(t.VMOVUPS, t.VMOVUPD)(ops...) }
func (t *target) copyto(ops ...operand.Op) { t.pick(t.VMOVAPS, t.VMOVAPD)(ops...) }
func (t *target) add(ops ...operand.Op)    { t.pick(t.VADDPS, t.VADDPD)(ops...) }
func (t *target) sub(ops ...operand.Op)    { t.pick(t.VSUBPS, t.VSUBPD)(ops...) }
func (t *target) mul(ops ...operand.Op)    { t.pick(t.VMULPS, t.VMULPD)(ops...) }
func (t *target) div(ops ...operand.Op)    { t.pick(t.VDIVPS, t.VDIVPD)(ops...) }
func (t *target) sqrt(ops ...operand.Op)   { t.pick(t.VSQRTPS, t.VSQRTPD)(ops...) }

// max(b, a, d): d = a > b ? a : b, so b where one is NaN and where both are zeros. min likewise.
func (t *target) max(ops ...operand.Op) { t.pick(t.VMAXPS, t.VMAXPD)(ops...) }
func (t *target) min(ops ...operand.Op) { t.pick(t.VMINPS, t.VMINPD)(ops...) }

// fma231(b, a, d): d += a*b. fma213(c, b, d): d = d*b + c. fnma likewise with the product negated.
func (t *target) fma231(ops ...operand.Op)  { t.pick(t.VFMADD231PS, t.VFMADD231PD)(ops...) }
func (t *target) fma213(ops ...operand.Op)  { t.pick(t.VFMADD213PS, t.VFMADD213PD)(ops...) }
func (t *target) fnma231(ops ...operand.Op) { t.pick(t.VFNMADD231PS, t.VFNMADD231PD)(ops...) }
func (t *target) fnma213(ops ...operand.Op) { t.pick(t.VFNMADD213PS, t.VFNMADD213PD)(ops...) }

func (t *target) and(ops ...operand.Op)  { t.pick(t.VANDPS, t.VANDPD)(ops...) }
func (t *target) andn(ops ...operand.Op) { t.pick(t.VANDNPS, t.VANDNPD)(ops...) }
func (t *target) or(ops ...operand.Op)   { t.pick(t.VORPS, t.VORPD)(ops...) }
func (t *target) xor(ops ...operand.Op)  { t.pick(t.VXORPS, t.VXORPD)(ops...) }

// iadd and the like work on integers as wide as a number.
func (t *target) iadd(ops ...operand.Op) { t.pick(t.VPADDD, t.VPADDQ)(ops...) }
func (t *target) isub(ops ...operand.Op) { t.pick(t.VPSUBD, t.VPSUBQ)(ops...) }
func (t *target) ishl(ops ...operand.Op) { t.pick(t.VPSLLD, t.VPSLLQ)(ops...) }
func (t *target) ishr(ops ...operand.Op) { t.pick(t.VPSRLD, t.VPSRLQ)(ops...) }

func (t *target) broadcast(m operand.Op, d reg.VecPhysical) {
	t.pick(t.VBROADCASTSS, t.VBROADCASTSD)(m, d)
}

// zero clears d.
func (t *target) zero(d reg.VecPhysical) { t.xor(d, d, d) }

// Comparison predicates: ordered ones are false on NaN, unordered ones true; none signals.
const (
	cmpEQ    = 0x00
	cmpLT    = 0x11
	cmpLE    = 0x12
	cmpUNORD = 0x03
	cmpNEQ   = 0x04 // unordered: NaN differs from everything
	cmpGE    = 0x1d
	cmpGT    = 0x1e
	cmpNLT   = 0x15 // unordered: not less
	cmpNGT   = 0x1a
)

// cond is the result of a comparison: a mask register or a vector of all-one and all-zero words.
type cond struct {
	k reg.Register
	v reg.VecPhysical
}

// compare gives a OP b, as compare(OP, b, a). In AVX-512 it goes to mask register k; in AVX2 to v.
func (t *target) compare(op uint8, b, a operand.Op, k reg.Register, v reg.VecPhysical) cond {
	if t.isa == avx512 {
		t.pick(t.VCMPPS, t.VCMPPD)(operand.U8(op), b, a, k)
		return cond{k: k}
	}
	if t.bits == 32 {
		t.VCMPPS(operand.U8(op), b, a, v)
	} else {
		t.VCMPPD(operand.U8(op), b, a, v)
	}
	return cond{v: v}
}

// blend sets d to yes where c holds and to no elsewhere.
func (t *target) blend(c cond, yes, no operand.Op, d reg.VecPhysical) {
	if t.isa == avx512 {
		t.pick(t.VBLENDMPS, t.VBLENDMPD)(yes, no, c.k, d)
		return
	}
	if t.bits == 32 {
		t.VBLENDVPS(c.v, yes, no, d)
	} else {
		t.VBLENDVPD(c.v, yes, no, d)
	}
}

// keep sets d to a where c holds and to +0 elsewhere.
func (t *target) keep(c cond, a, d reg.VecPhysical) {
	if t.isa == avx512 {
		if t.bits == 32 {
			t.VMOVAPS_Z(a, c.k, d)
		} else {
			t.VMOVAPD_Z(a, c.k, d)
		}
		return
	}
	t.and(a, c.v, d)
}

// move sets d to a where c holds, addWhere adds a there. In AVX2 addWhere destroys c.
func (t *target) move(c cond, a operand.Op, d reg.VecPhysical) {
	if t.isa == avx512 {
		t.mov(a, c.k, d)
		return
	}
	t.blend(c, a, d, d)
}

func (t *target) addWhere(c cond, a operand.Op, d reg.VecPhysical) {
	if t.isa == avx512 {
		t.add(a, d, c.k, d)
		return
	}
	t.and(a, c.v, c.v)
	t.add(c.v, d, d)
}

// tail is the mask of the last, ragged vector: a mask register, K1 unless another is named, or a vector register in AVX2.
type tail struct {
	v reg.VecPhysical
	k reg.Register
}

// half is the same mask for vectors of 16 bytes.
func (tl tail) half() tail {
	if tl.v != nil {
		tl.v = tl.v.AsX().(reg.VecPhysical)
	}
	return tl
}

func (tl tail) mask() reg.Register {
	if tl.k == nil {
		return reg.K1
	}
	return tl.k
}

// tailMask makes the mask of the first n lanes, 0 < n <= lanes. n is destroyed.
func (t *target) tailMask(n reg.GPVirtual, v reg.VecPhysical) tail {
	tl := tail{v: v}
	t.makeTail(n, tl)
	return tl
}

func (t *target) makeTail(n reg.GPVirtual, tl tail) {
	if t.isa == avx512 {
		ones := t.GP64()
		t.MOVQ(operand.I32(-1), ones)
		t.BZHIQ(n, ones, ones)
		t.KMOVW(ones.As32(), tl.mask())
		return
	}
	m := t.GP64()
	t.LEAQ(t.maskTable(), m)
	t.NEGQ(n)
	t.mov(operand.Mem{Base: m, Index: n, Scale: uint8(t.size()), Disp: 32}, tl.v)
}

// maskTable is 32 bytes of ones and 32 of zeros: read at -n numbers from its middle it gives n lanes of ones.
func (t *target) maskTable() operand.Mem {
	const name = "tailMasks"
	if t.data[name] {
		return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
	}
	t.data[name] = true
	m := t.StaticGlobal(name)
	t.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		t.AppendDatum(operand.U64(map[bool]uint64{true: math.MaxUint64}[i < 4]))
	}
	return m
}

// loadTail reads the lanes of the mask and sets the others to zero; memory under the others is not touched.
func (t *target) loadTail(m operand.Mem, tl tail, d reg.VecPhysical) {
	switch {
	case t.isa == avx512 && t.bits == 32:
		t.VMOVUPS_Z(m, tl.mask(), d)
	case t.isa == avx512:
		t.VMOVUPD_Z(m, tl.mask(), d)
	case t.bits == 32:
		t.VMASKMOVPS(m, tl.v, d)
	default:
		t.VMASKMOVPD(m, tl.v, d)
	}
}

// storeTail writes the lanes of the mask.
func (t *target) storeTail(s reg.VecPhysical, tl tail, m operand.Mem) {
	switch {
	case t.isa == avx512:
		t.mov(s, tl.mask(), m)
	case t.bits == 32:
		t.VMASKMOVPS(s, tl.v, m)
	default:
		t.VMASKMOVPD(s, tl.v, m)
	}
}

// bytes turns a count of numbers in r into a count of bytes.
func (t *target) bytes(r reg.GPVirtual) reg.GPVirtual {
	t.SHLQ(operand.U8(t.shift()), r)
	return r
}

var zmm = []reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13,
	reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26,
	reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

var ymm = []reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13,
	reg.Y14, reg.Y15,
}
