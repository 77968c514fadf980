package simd

import "fmt"

// Float is a number type of the kernels.
type Float interface{ float32 | float64 }

// Epilogue says where the sums of a Gemm start and what is done with them. The zero value is the plain product.
type Epilogue[T Float] struct {
	// Bias, one number for each row of C, is where the sums of that row start; nil: at zero.
	Bias []T
	// Accumulate starts each sum at the old element of C. Bias must be nil then.
	Accumulate bool
	// ReLU replaces negative results by zero; NaN stays NaN.
	ReLU bool
	// Mask, rows of n numbers LdMask apart like those of C, keeps a result where the mask is above zero and sets it to
	// zero elsewhere (also where the mask or the result is NaN): the gradient of a ReLU whose output was Mask. nil: keep all.
	Mask   []T
	LdMask int
	// Scratch is memory of GemmScratch numbers that the product may use; nil: a product with a large transposed A is slower.
	Scratch []T
}

// GemmScratch is the numbers of Epilogue.Scratch: as many columns and rows of A as a microkernel takes at once.
const GemmScratch = gemmDepth * 16

// gemmDepth bounds the inner dimension of one call into assembly, so that what it reads again and again stays in the first-level cache.
const gemmDepth = 256

// checkGemm panics if an operand is too short for its shape. A slice ends at its last used element, not at a full row.
func checkGemm[T Float](c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e *Epilogue[T]) {
	if m < 0 || k < 0 || n < 0 || aRow < 0 || aCol < 0 {
		panic(fmt.Sprintf("simd: Gemm with negative size: m %d, k %d, n %d, steps of A %d and %d", m, k, n, aRow, aCol))
	}
	need := func(what string, have, rows, ld, last int) {
		if have < (rows-1)*ld+last {
			panic(fmt.Sprintf("simd: Gemm of %d×%d times %d×%d: %s has %d elements, needs %d", m, k, k, n, what, have, (rows-1)*ld+last))
		}
	}
	if m > 1 && ldc < n || k > 1 && ldb < n && n > 0 {
		panic(fmt.Sprintf("simd: Gemm of %d columns with rows of C %d apart and of B %d", n, ldc, ldb))
	}
	if m == 0 || n == 0 {
		return
	}
	need("C", len(c), m, ldc, n)
	if k > 0 {
		need("A", len(a), m, aRow, (k-1)*aCol+1)
		need("B", len(b), k, ldb, n)
	}
	if e.Bias != nil {
		need("the bias", len(e.Bias), m, 1, 1)
		if e.Accumulate {
			panic("simd: Gemm with both a bias and Accumulate: a sum has one start")
		}
	}
	if e.Mask != nil {
		need("the mask", len(e.Mask), m, e.LdMask, n)
	}
}
