package simd

// Kernels is the table of one level for one number type. It never changes; fetch it once with For and keep it.
//
// In the comments i runs over the elements of dst; sources must be at least as long. Comparisons give 1 or 0, and with
// NaN only NotEqual holds.
type Kernels[T Float] struct {
	// Gemm computes C = A·B, of sizes m×n, m×k and k×n, or what e makes of it. Element (i,p) of A is a[i*aRow+p*aCol], so
	// that A may be a transposed matrix; rows of B and C are contiguous, ldb and ldc elements apart. Any size may be 0.
	// C must not overlap anything else. Rows of B that start at multiples of 64 bytes are fastest.
	//
	// Element (i,j) is one chain: it starts at zero, at the bias of row i, or at the old C, and adds a(i,p)·b(p,j) for
	// p = 0, 1, …, k-1, in that order, each by a fused multiply-add (Generic: product and sum rounded apart). So its bits do not
	// depend on m, n, or where it stands, and a product may be cut along k with Accumulate. Nor on the order of the factors: a layer
	// W·x of one to a few rows is fastest as x·Wᵀ with the rows in A and the transposed weights in B (a bias is copied to C
	// first and accumulated to), and has the bits of the same row in a tile.
	Gemm func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e Epilogue[T])

	// Row adds x·Wᵀ to y, for one row x with its numbers step apart and blocks of the transposed weights. Numbers of y that several blocks
	// reach get them in their order: one chain of fused multiply-adds as in Gemm, so blocks in the order of x give the bits that the row has as a
	// column of B.
	Row func(y, x []T, step int, w []T, blocks []RowBlock)

	// Dots sets c[i*ldc+j], for i < m and j < n, to the inner product of k numbers from a[i*lda] and b[j*ldb] on, or if add is set adds that to it: A·Bᵀ
	// with both as they lie. The order of a sum is the level's own; it does not depend on the other rows. Any size may be 0.
	Dots func(c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int, add bool)

	// Transpose sets dst[c*ldd+r] = src[r*lds+c] for r < rows and c < cols. dst must not overlap src.
	Transpose func(dst []T, ldd int, src []T, lds, rows, cols int)

	// Exp sets dst[i] = e^a[i]; too small gives denormals, then 0; too large +Inf. Within 2 ulp.
	Exp func(dst, a []T)
	// Log sets dst[i] to the natural logarithm: -Inf at ±0, NaN below. Within 2 ulp.
	Log func(dst, a []T)
	// Tanh sets dst[i] to the hyperbolic tangent; the sign of a zero stays. Within 2 ulp.
	Tanh func(dst, a []T)

	// Sigmoid sets dst[i] = 1/(1+e^-a[i]); far below zero it goes through denormals to 0. Within 2 ulp.
	Sigmoid func(dst, a []T)
	// Softplus sets dst[i] = log(1+e^a[i]); far below zero it is e^a[i]. Within 2 ulp.
	Softplus func(dst, a []T)
	// Expm1 sets dst[i] = e^a[i] - 1, accurate near 0; the sign of a zero stays. Within 2 ulp.
	Expm1 func(dst, a []T)
	// Log1p sets dst[i] = log(1+a[i]), accurate near 0; the sign of a zero stays; -Inf at -1, NaN below. Within 2 ulp.
	Log1p func(dst, a []T)
	// Erf sets dst[i] to the error function 2/√π·∫₀ᵃ e^-t² dt; the sign of a zero stays. Within 2 ulp.
	Erf func(dst, a []T)
	// Sin sets dst[i] to the sine of a[i] radians, NaN for an infinite one; the sign of a zero stays. Within 2 ulp. Angles beyond 2¹⁶
	// (float64: 2³⁰) go through package math one by one.
	Sin func(dst, a []T)
	// Cos sets dst[i] to the cosine, likewise.
	Cos func(dst, a []T)
	// Pow sets dst[i] to a[i] to the power b[i], with the special cases of math.Pow. Float32 is computed in float64, so it is
	// rounded almost correctly; bases that are not positive and finite, and exponents that are not finite, go through package math one by
	// one. Float64 is math.Pow at every level: 2 ulp would need logarithms of twice the precision.
	Pow func(dst, a, b []T)

	Recip  func(dst, a []T) // 1 / a[i]
	Floor  func(dst, a []T) // the largest integer not above a[i]; zeros, infinities and NaN stay
	Sign   func(dst, a []T) // -1 or 1; zeros and NaN stay
	Finite func(dst, a []T) // 0 where a[i] is NaN or infinite, else 1

	Neg  func(dst, a []T) // -a[i], also of zeros and NaN
	Abs  func(dst, a []T) // |a[i]|
	Sqrt func(dst, a []T) // √a[i], correctly rounded
	ReLU func(dst, a []T) // 0 where a[i] < 0, else a[i]: NaN and -0 stay

	Add func(dst, a, b []T) // a[i] + b[i]
	Sub func(dst, a, b []T) // a[i] - b[i]
	Mul func(dst, a, b []T) // a[i] * b[i]
	Div func(dst, a, b []T) // a[i] / b[i]
	// Max sets dst[i] = max(a[i], b[i]) with the rules of Go's built-in: NaN if one is NaN, and +0 is above -0.
	Max func(dst, a, b []T)
	// Min sets dst[i] = min(a[i], b[i]), likewise.
	Min func(dst, a, b []T)

	AddS  func(dst, a []T, s T) // a[i] + s
	SubS  func(dst, a []T, s T) // a[i] - s
	RSubS func(dst, a []T, s T) // s - a[i]
	MulS  func(dst, a []T, s T) // a[i] * s
	DivS  func(dst, a []T, s T) // a[i] / s
	RDivS func(dst, a []T, s T) // s / a[i]
	MaxS  func(dst, a []T, s T) // max(a[i], s), as Max
	MinS  func(dst, a []T, s T) // min(a[i], s), as Max

	Less      func(dst, a, b []T) // a[i] < b[i]
	LessEq    func(dst, a, b []T) // a[i] <= b[i]
	Greater   func(dst, a, b []T) // a[i] > b[i]
	GreaterEq func(dst, a, b []T) // a[i] >= b[i]
	Equal     func(dst, a, b []T) // a[i] == b[i]
	NotEqual  func(dst, a, b []T) // a[i] != b[i]

	LessS      func(dst, a []T, s T) // a[i] < s
	LessEqS    func(dst, a []T, s T) // a[i] <= s
	GreaterS   func(dst, a []T, s T) // a[i] > s
	GreaterEqS func(dst, a []T, s T) // a[i] >= s
	EqualS     func(dst, a []T, s T) // a[i] == s
	NotEqualS  func(dst, a []T, s T) // a[i] != s

	// Select sets dst[i] = a[i] where cond[i] != 0 (so also where it is NaN), else b[i].
	Select func(dst, cond, a, b []T)
	// ReLUGrad sets dst[i] = g[i] where y[i] > 0, else 0.
	ReLUGrad func(dst, g, y []T)
	// FMA sets dst[i] = a[i]*b[i] + c[i], rounded once (Generic: twice).
	FMA func(dst, a, b, c []T)
	// AXPY adds s*x[i] to dst[i], rounded once (Generic: twice).
	AXPY func(dst, x []T, s T)
	// Fill sets dst[i] = s.
	Fill func(dst []T, s T)
	// Copy sets dst[i] = a[i]; they may overlap.
	Copy func(dst, a []T)
	// Fetch brings src nearer, into the first-level cache, while other work goes on: for stretches whose next one the processor cannot guess. Generic: nothing.
	Fetch func(src []T)

	// Sum adds in float64: element i goes to partial sum i mod 16, in order; then partial j gets j+8, j+4, j+2 and j+1. The
	// result has the same bits at every level.
	Sum func(src []T) float64
	// SumRows sums each of units rows of n numbers that start stride elements apart in src: the result of Sum, bit by bit, is
	// stored in acc[u] for row u, or if add is set added to it. One call for all rows is several times faster than Sum on each if they are short.
	SumRows func(acc []float64, src []T, units, stride, n int, add bool)
	// SquareSum is the sum of the squares in float64, in the order of Sum, each square and each sum rounded: the same bits at
	// every level. The squares of float32 are exact and cannot overflow.
	SquareSum func(src []T) float64
	// MulSum is the sum of a[i]*b[i], likewise. It panics if the lengths differ.
	MulSum func(a, b []T) float64

	// RQS sets y[i] to the rational-quadratic spline c at x[i], or to its inverse there, and l[i] to the logarithm of the
	// derivative of that map, for lanes numbers. Lane i has a spline of its own, whose raw parameters are theta[p*ld+i] for p below c.Rows(). A point
	// on a knot counts to the bin on its right; a point of the box stays in the box. Everything is finite for finite x and theta. y or l may be x.
	RQS func(y, l, x, theta []T, ld, lanes int, c *SplineParams, inverse bool)
	// RQSVJP computes the gradients of RQS: gx[i] with respect to x[i] and gtheta[p*ldGrad+i] with respect to theta[p*ld+i], for
	// gradients gy[i] of y[i] and gl[i] of l[i]. Without gtheta (nil) only gx. gx may be any of gy, gl and x; gtheta may be theta.
	RQSVJP func(gx, gtheta []T, ldGrad int, gy, gl, x, theta []T, ld, lanes int, c *SplineParams, inverse bool)

	// Affine sets y to the affine maps c of x, and l to their log-derivatives: n lanes in each of cols columns, each lane with its own shift t and
	// raw log-scale. Everything is finite for finite x, t and raw. A result may lie where an operand does, column by column.
	Affine func(o *AffineOperands[T], cols, n int, c *AffineParams)
	// AffineVJP computes the gradients of Affine from its operands and log-derivatives.
	AffineVJP func(o *AffineGradients[T], cols, n int, c *AffineParams)

	// WinogradIn transforms tiles of 4×4 pixels of an image d, two apart, for Winograd's algorithm: v gets Bᵀ·d·B, 16 numbers of each. The same bits at every level.
	WinogradIn func(v, d []T, w *WinogradTiles)
	// WinogradOut transforms 16 products of each tile, m, to 2×2 pixels of an image y, and adds the bias of the channel, if there is one; then the ReLU of w, and zeros where the
	// mask, if there is one, is not above zero, as in an Epilogue. The same bits at every level.
	WinogradOut func(y, m, bias, mask []T, w *WinogradTiles)

	// NormalLog sets dst[i] to the log-density −½ Σ x² − cols/2·log 2π of n points of cols independent standard normals: column j of point i is
	// lane i of column j of x. A point's squares are added from the first column on. dst may not overlap x.
	NormalLog func(dst []T, x Columns[T], cols, n int)

	// PhiloxNormal sets dst[k*ld+l], for k < n and l < lanes, to element k of a draw of standard normals for row firstRow+l. The number
	// is a function of key, stream, row and k alone: the words of Philox4x32-10 (Salmon et al., SC 2011) at counter (k/4, stream, row), of which
	// Box and Muller's method makes pairs. Within a few ulp of the same in exact arithmetic.
	PhiloxNormal func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int)
	// PhiloxUniform draws from (0, 1): (⌊w/2⁹⌋ + ½)/2²³ for a word w.
	PhiloxUniform func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int)
	// PhiloxSign draws -1 or 1.
	PhiloxSign func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int)

	// Adam updates len(p) parameters p and their moments m and v from gradients g. See AdamStep.
	Adam func(p, g, m, v []T, h AdamStep)
}

// For gives the kernels of the active level.
func For[T Float]() *Kernels[T] {
	var table any
	switch any(*new(T)).(type) {
	case float32:
		table = table32(ActiveLevel())
	case float64:
		table = table64(ActiveLevel())
	}
	return table.(*Kernels[T])
}

// generic32 and generic64 are the tables of plain Go.
var (
	generic32 = genericKernels[float32]()
	generic64 = genericKernels[float64]()
)

// genericKernels lists the Go twins.
func genericKernels[T Float]() Kernels[T] {
	return Kernels[T]{
		Gemm: genericGemm[T], Row: genericRow[T], Dots: genericDots[T], Transpose: genericTranspose[T],
		Exp: genericExp[T], Log: genericLog[T], Tanh: genericTanh[T],
		Sigmoid: genericSigmoid[T], Softplus: genericSoftplus[T], Expm1: genericExpm1[T], Log1p: genericLog1p[T],
		Erf: genericErf[T], Sin: genericSin[T], Cos: genericCos[T], Pow: genericPow[T],
		Recip: genericRecip[T], Floor: genericFloor[T], Sign: genericSign[T], Finite: genericFinite[T],
		Neg: genericNeg[T], Abs: genericAbs[T], Sqrt: genericSqrt[T], ReLU: genericReLU[T],
		Add: genericAdd[T], Sub: genericSub[T], Mul: genericMul[T], Div: genericDiv[T], Max: genericMax[T], Min: genericMin[T],
		AddS: genericAddS[T], SubS: genericSubS[T], RSubS: genericRSubS[T], MulS: genericMulS[T], DivS: genericDivS[T],
		RDivS: genericRDivS[T], MaxS: genericMaxS[T], MinS: genericMinS[T],
		Less: genericLess[T], LessEq: genericLessEq[T], Greater: genericGreater[T], GreaterEq: genericGreaterEq[T],
		Equal: genericEqual[T], NotEqual: genericNotEqual[T],
		LessS: genericLessS[T], LessEqS: genericLessEqS[T], GreaterS: genericGreaterS[T], GreaterEqS: genericGreaterEqS[T],
		EqualS: genericEqualS[T], NotEqualS: genericNotEqualS[T],
		Select: genericSelect[T], ReLUGrad: genericReLUGrad[T], FMA: genericFMA[T], AXPY: genericAXPY[T],
		Fill: genericFill[T], Copy: genericCopy[T], Fetch: genericFetch[T], Sum: genericSum[T], SumRows: genericSumRows[T],
		SquareSum: genericSquareSum[T], MulSum: genericMulSum[T],
		RQS: genericRQS[T], RQSVJP: genericRQSVJP[T], Affine: genericAffine[T], AffineVJP: genericAffineVJP[T],
		WinogradIn: genericWinogradIn[T], WinogradOut: genericWinogradOut[T],
		NormalLog:    genericNormalLog[T],
		PhiloxNormal: genericNormals[T], PhiloxUniform: genericUniforms[T], PhiloxSign: genericSigns[T], Adam: genericAdam[T],
	}
}
