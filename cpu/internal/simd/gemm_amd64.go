//go:build !purego

package simd

import "unsafe"

// gemmRows is a microkernel in assembly: it computes a fixed number of rows of C (1 to 14), all n columns. Steps are in
// elements. flags has the bits below; bias and mask are read only if theirs is set. k and n may be 0.
type gemmRows[T Float] func(c *T, ldc int, a *T, aRow, aCol int, b *T, ldb, k, n int, bias, mask *T, ldMask, flags int)

const (
	gemmAccumulate = 1 << iota
	gemmReLU
	gemmMask
	gemmBias
)

// gemmKernels is the microkernels of one instruction set and number type.
type gemmKernels[T Float] struct {
	rows  []gemmRows[T] // the one for r rows at r
	width int           // columns at which the tallest works best
	// pack copies k rows of cols numbers, lds apart, to rows packed apart; cols fills more than packed−vector.
	pack           func(dst, src *T, lds, k, cols int)
	packed, vector int
}

// gemmCall bounds the elements of B that one call into assembly reads, and so its time.
const gemmCall = 1 << 16

// panels covers C with calls of microkernels. Columns and the inner dimension are cut to keep calls short and their operands in the
// cache; a cut inner dimension goes on with the sums that the part before left in C, so that no result depends on the cuts.
func (g *gemmKernels[T]) panels(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e *Epilogue[T]) {
	checkGemm(c, ldc, a, aRow, aCol, b, ldb, m, k, n, e)
	if m == 0 || n == 0 {
		return
	}
	flags := 0
	if e.Accumulate {
		flags |= gemmAccumulate
	}
	if e.Bias != nil {
		flags |= gemmBias
	}
	last := 0
	if e.ReLU {
		last |= gemmReLU
	}
	if e.Mask != nil {
		last |= gemmMask
	}
	p := gemmPlaces[T]{
		c: unsafe.Pointer(unsafe.SliceData(c)), a: unsafe.Pointer(unsafe.SliceData(a)), b: unsafe.Pointer(unsafe.SliceData(b)),
		bias: unsafe.Pointer(unsafe.SliceData(e.Bias)), mask: unsafe.Pointer(unsafe.SliceData(e.Mask)),
		ldc: ldc, aRow: aRow, aCol: aCol, ldb: ldb, ldMask: e.LdMask, m: m, k: k, n: n, flags: flags, last: last,
	}
	one := int(unsafe.Sizeof(*new(T)))
	if aRow == 1 && aCol*one >= packStride && n >= packColumns*g.width && k >= packColumns && len(e.Scratch) >= GemmScratch {
		g.blocks(&p, unsafe.Pointer(unsafe.SliceData(e.Scratch)))
		return
	}
	tall := len(g.rows) - 1
	if m <= tall && k <= gemmDepth && k*max(n, g.width) <= gemmCall { // one call, the common case of small products
		g.rows[m]((*T)(p.c), ldc, (*T)(p.a), aRow, aCol, (*T)(p.b), ldb, k, n, (*T)(p.bias), (*T)(p.mask), e.LdMask, flags|last)
		return
	}
	g.blocks(&p, nil)
}

// gemmPlaces is the operands of a product.
type gemmPlaces[T Float] struct {
	c, a, b, bias, mask          unsafe.Pointer
	ldc, aRow, aCol, ldb, ldMask int
	m, k, n                      int
	flags, last                  int // for the first and besides for the last part of the inner dimension
}

const (
	// packStride is how far apart, in bytes, the rows of a transposed A lie for packing to pay.
	packStride = 1024
	// packColumns is how many times the width, and how deep, a product must be for packing to pay.
	packColumns = 4
)

// blocks computes all of C. place has room for a piece of A, which is copied there before it is used: a transposed A has each of its numbers
// in another cache line and soon in another page, and all of them are read again for every panel of columns. nil: A is used in place.
func (g *gemmKernels[T]) blocks(p *gemmPlaces[T], place unsafe.Pointer) {
	one := int(unsafe.Sizeof(*new(T)))
	at := func(p unsafe.Pointer, i int) *T { return (*T)(unsafe.Add(p, i*one)) }
	tall := len(g.rows) - 1
	panels := (p.m + tall - 1) / tall
	kc := min(p.k, gemmDepth)
	nc := p.n
	if kc > 0 {
		nc = min(p.n, max(gemmCall/kc/g.width, 1)*g.width)
	}
	for j := 0; j < p.n; j += nc {
		nj := min(nc, p.n-j)
		f := p.flags
		for d := 0; d < p.k || d == 0; d += kc {
			kp := min(kc, p.k-d)
			if d+kp == p.k {
				f |= p.last
			}
			for q, i := 0, 0; q < panels; q++ {
				mr := p.m/panels + b2i(q < p.m%panels)
				a, aRow, aCol := at(p.a, (i*p.aRow+d*p.aCol)*b2i(p.k > 0)), p.aRow, p.aCol
				if place != nil && mr > g.packed-g.vector {
					g.pack((*T)(place), a, aCol, kp, mr)
					a, aCol = (*T)(place), g.packed
				}
				g.rows[mr](at(p.c, i*p.ldc+j), p.ldc, a, aRow, aCol, at(p.b, d*p.ldb+j), p.ldb, kp, nj,
					at(p.bias, i*b2i(f&gemmBias != 0)), at(p.mask, (i*p.ldMask+j)*b2i(f&gemmMask != 0)), p.ldMask, f)
				i += mr
			}
			f = f&^gemmBias | gemmAccumulate
			if kp == 0 {
				break
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
