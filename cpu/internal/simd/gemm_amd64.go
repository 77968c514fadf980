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

// gemmCall bounds the elements of B that one call into assembly reads, and so its time.
const gemmCall = 1 << 16

// gemmPanels covers C with calls of microkernels. rows[r] is the one for r rows; width is the number of columns at which
// the tallest works best. Columns and the inner dimension are cut only to keep calls short; a cut inner dimension goes on with the
// sums that the part before left in C, so that no result depends on the cuts.
func gemmPanels[T Float](rows []gemmRows[T], width int, c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e *Epilogue[T]) {
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
	cp, ap, bp := unsafe.Pointer(unsafe.SliceData(c)), unsafe.Pointer(unsafe.SliceData(a)), unsafe.Pointer(unsafe.SliceData(b))
	bias, mask := unsafe.Pointer(unsafe.SliceData(e.Bias)), unsafe.Pointer(unsafe.SliceData(e.Mask))
	one := int(unsafe.Sizeof(*new(T)))
	at := func(p unsafe.Pointer, i int) *T { return (*T)(unsafe.Add(p, i*one)) }

	tall := len(rows) - 1
	if m <= tall && k*max(n, width) <= gemmCall { // one call, the common case of small products
		rows[m]((*T)(cp), ldc, (*T)(ap), aRow, aCol, (*T)(bp), ldb, k, n, (*T)(bias), (*T)(mask), e.LdMask, flags|last)
		return
	}
	panels := (m + tall - 1) / tall
	kc := min(k, gemmCall/width)
	nc := n
	if kc > 0 {
		nc = min(n, max(gemmCall/kc/width, 1)*width)
	}
	for j := 0; j < n; j += nc {
		nj := min(nc, n-j)
		f := flags
		for p := 0; p < k || p == 0; p += kc {
			kp := min(kc, k-p)
			if p+kp == k {
				f |= last
			}
			for q, i := 0, 0; q < panels; q++ {
				mr := m/panels + b2i(q < m%panels)
				rows[mr](at(cp, i*ldc+j), ldc, at(ap, (i*aRow+p*aCol)*b2i(k > 0)), aRow, aCol, at(bp, p*ldb+j), ldb, kp, nj,
					at(bias, i*b2i(f&gemmBias != 0)), at(mask, (i*e.LdMask+j)*b2i(f&gemmMask != 0)), e.LdMask, f)
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
