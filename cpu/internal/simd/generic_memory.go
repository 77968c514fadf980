package simd

import "fmt"

func genericFill[T Float](dst []T, s T) {
	for i := range dst {
		dst[i] = s
	}
}

// genericCopy is the kernel of all levels: the runtime's copy is as fast as any.
func genericCopy[T Float](dst, a []T) {
	check1(len(dst), len(a))
	copy(dst, a)
}

// genericFetch does nothing: plain Go has no way to.
func genericFetch[T Float]([]T) {}

func genericTranspose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	checkTranspose(dst, ldd, src, lds, rows, cols)
	if rows == 0 {
		return
	}
	for c := range cols {
		d := dst[c*ldd:]
		for r := range rows {
			d[r] = src[r*lds+c]
		}
	}
}

func checkTranspose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows < 0 || cols < 0 {
		panic(fmt.Sprintf("simd: Transpose of %d rows and %d columns", rows, cols))
	}
	if rows == 0 || cols == 0 {
		return
	}
	if rows > 1 && lds < cols || cols > 1 && ldd < rows || len(src) < (rows-1)*lds+cols || len(dst) < (cols-1)*ldd+rows {
		panic(fmt.Sprintf("simd: Transpose of %d×%d: %d elements in rows %d apart into %d elements in rows %d apart",
			rows, cols, len(src), lds, len(dst), ldd))
	}
}
