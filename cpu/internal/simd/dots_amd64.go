//go:build !purego

package simd

import "unsafe"

// dotsOf is a microkernel in assembly: inner products of a fixed number of rows of A with n rows of B, 0 < n. k may be 0.
type dotsOf[T Float] func(c *T, ldc int, a *T, lda int, b *T, ldb, n, k, add int)

const (
	// dotsDepth bounds the numbers of a row in one call into assembly, so that those of A stay in the first-level cache. Longer sums go on with
	// what the part before left in C.
	dotsDepth = 512
	// dotsCall bounds the products of one call, and so its time.
	dotsCall = 1 << 18
)

// dotRows covers the rows of A with calls of microkernels, of which the first has one row: the fewest calls, of about as many rows each.
func dotRows[T Float](kernels []dotsOf[T], c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool) {
	checkDots(c, ldc, a, lda, b, ldb, m, n, k)
	if m == 0 || n == 0 {
		return
	}
	at := func(x []T, i int) *T {
		return (*T)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), i*int(unsafe.Sizeof(*new(T)))))
	}
	depth, live := min(k, dotsDepth), b2i(k > 0) // without numbers A and B may be empty
	calls := (m + len(kernels) - 1) / len(kernels)
	columns := max(16, dotsCall/max(1, depth*len(kernels))&^15)
	for d := 0; d < k || d == 0; d += dotsDepth {
		deep := min(depth, k-d)
		for q, i := 0, 0; q < calls; q++ {
			rows := m/calls + b2i(q < m%calls)
			for j := 0; j < n; j += columns {
				kernels[rows-1](at(c, i*ldc+j), ldc, at(a, (i*lda+d)*live), lda, at(b, (j*ldb+d)*live), ldb, min(columns, n-j), deep, b2i(add || d > 0))
			}
			i += rows
		}
	}
}
