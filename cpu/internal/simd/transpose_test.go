package simd

import (
	"fmt"
	"testing"
)

func testTranspose[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const most = 70
	ar := newArenas[T](t, 2, (most+3)*(most+3))
	step := 1
	if testing.Short() {
		step = 3
	}
	check := func(ar []*arena[T], rows, cols int) {
		lds, ldd := cols+r.IntN(4), rows+r.IntN(4)
		extent := func(rows, ld, cols int) int {
			if rows == 0 || cols == 0 {
				return 0
			}
			return (rows-1)*ld + cols
		}
		atEnd := r.IntN(2) == 0
		src, dst := ar[0].slice(extent(rows, lds, cols), atEnd), ar[1].slice(extent(cols, ldd, rows), atEnd)
		for i := range src {
			src[i] = T(i)
		}
		k.Transpose(dst, ldd, src, lds, rows, cols)
		what := fmt.Sprintf("%d×%d, rows %d and %d apart", rows, cols, lds, ldd)
		ar[1].check(t, what)
		for x, got := range dst {
			want := T(canary)
			if c, row := x/ldd, x%ldd; row < rows {
				want = src[row*lds+c]
			}
			if got != want {
				t.Fatalf("%s: element %d,%d is %v, want %v", what, x/ldd, x%ldd, got, want)
			}
		}
	}
	for rows := 0; rows <= most; rows += step {
		for cols := 0; cols <= most; cols += step {
			check(ar, rows, cols)
		}
	}
	// Beyond one call, with every remainder that a cut can leave.
	wide := newArenas[T](t, 2, 2060*20)
	for cols := 2045; cols < 2055; cols++ {
		check(wide, 17, cols)
	}
}

func TestTranspose(t *testing.T) { eachLevel(t, testTranspose[float32], testTranspose[float64]) }

func testTransposeBadShapes[T Float](t *testing.T, k *Kernels[T]) {
	src, dst := make([]T, 8*9), make([]T, 8*9)
	mustPanic(t, "source too short", func() { k.Transpose(dst, 8, src[:71], 9, 8, 9) })
	mustPanic(t, "destination too short", func() { k.Transpose(dst[:71], 8, src, 9, 8, 9) })
	mustPanic(t, "rows overlap", func() { k.Transpose(dst, 8, src, 8, 8, 9) })
	mustPanic(t, "columns overlap", func() { k.Transpose(dst, 7, src, 9, 8, 9) })
	mustPanic(t, "negative size", func() { k.Transpose(dst, 8, src, 9, -8, 9) })
}

func TestTransposeBadShapesPanic(t *testing.T) {
	eachLevel(t, testTransposeBadShapes[float32], testTransposeBadShapes[float64])
}
