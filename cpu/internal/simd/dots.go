package simd

import "fmt"

func genericDots[T Float](c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool) {
	checkDots(c, ldc, a, lda, b, ldb, m, n, k)
	for i := range m {
		for j := range n {
			s := T(0)
			if k > 0 {
				y := b[j*ldb:][:k]
				for l, x := range a[i*lda:][:k] {
					s += T(x * y[l])
				}
			}
			if add {
				s += c[i*ldc+j]
			}
			c[i*ldc+j] = s
		}
	}
}

// checkDots panics if an operand is too short for its shape.
func checkDots[T Float](c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int) {
	if m < 0 || n < 0 || k < 0 || lda < 0 || ldb < 0 || m > 1 && ldc < n {
		panic(fmt.Sprintf("simd: Dots of %d and %d rows of %d numbers, %d and %d apart, with rows of results %d apart", m, n, k, lda, ldb, ldc))
	}
	if m == 0 || n == 0 {
		return
	}
	need := func(what string, have, rows, ld, last int) {
		if have < (rows-1)*ld+last {
			panic(fmt.Sprintf("simd: Dots of %d and %d rows of %d numbers: %s has %d elements, needs %d", m, n, k, what, have, (rows-1)*ld+last))
		}
	}
	need("C", len(c), m, ldc, n)
	if k > 0 {
		need("A", len(a), m, lda, k)
		need("B", len(b), n, ldb, k)
	}
}
