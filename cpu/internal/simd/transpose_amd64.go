//go:build !purego

package simd

// strip is a kernel that transposes a fixed number of rows, the height, if there are enough columns to fill 16 bytes.
type strip[T Float] struct {
	height int
	f      func(dst *T, ldd int, src *T, lds, cols int)
}

var (
	stripsF32AVX2   = [...]strip[float32]{{4, transpose4F32AVX2}, {8, transpose8F32AVX2}}
	stripsF64AVX2   = [...]strip[float64]{{2, transpose2F64AVX2}, {4, transpose4F64AVX2}}
	stripsF32AVX512 = [...]strip[float32]{{4, transpose4F32AVX2}, {8, transpose8F32AVX2}, {16, transpose16F32AVX512}}
	stripsF64AVX512 = [...]strip[float64]{{2, transpose2F64AVX2}, {4, transpose4F64AVX2}, {8, transpose8F64AVX512}}
)

func transposeF32AVX2(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	transposeStrips(stripsF32AVX2[:], 4, dst, ldd, src, lds, rows, cols)
}

func transposeF64AVX2(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	transposeStrips(stripsF64AVX2[:], 2, dst, ldd, src, lds, rows, cols)
}

func transposeF32AVX512(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	transposeStrips(stripsF32AVX512[:], 4, dst, ldd, src, lds, rows, cols)
}

func transposeF64AVX512(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	transposeStrips(stripsF64AVX512[:], 2, dst, ldd, src, lds, rows, cols)
}

// stripCall is how many columns one call into assembly gets at most.
const stripCall = 1024

// transposeStrips covers the rows with strips from low to high; fewest is the least number of columns that they take. A strip at the end
// steps back to a full height, so that some elements are written twice. What is smaller than any strip goes to plain Go.
func transposeStrips[T Float](strips []strip[T], fewest int, dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows < strips[0].height || cols < fewest {
		genericTranspose(dst, ldd, src, lds, rows, cols)
		return
	}
	checkTranspose(dst, ldd, src, lds, rows, cols)
	for r := 0; r < rows; {
		// The lowest strip that covers what is left, if there are rows enough for it; else the highest that fits.
		s := strips[0]
		for _, higher := range strips[1:] {
			if higher.height <= rows && s.height < rows-r {
				s = higher
			}
		}
		at := min(r, rows-s.height)
		for c := 0; c < cols; {
			n := min(stripCall, cols-c)
			if cols-c-n < fewest {
				n = cols - c
			}
			s.f(&dst[c*ldd+at], ldd, &src[at*lds+c], lds, n)
			c += n
		}
		r = at + s.height
	}
}
