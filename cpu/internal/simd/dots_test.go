package simd

import (
	"fmt"
	"math"
	"testing"
)

// testDots: inner products are those in float64 to rounding, stored or added, for any number of rows, columns and numbers; nothing else is touched,
// and a sum has the same bits whatever stands beside it.
func testDots[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 4, 6000)
	for _, size := range [][3]int{
		{0, 3, 5}, {3, 0, 5}, {3, 2, 0}, {1, 1, 1}, {1, 2, 3}, {2, 3, 16}, {3, 4, 15}, {4, 5, 17}, {5, 6, 32}, {6, 7, 40}, {7, 8, 31}, {8, 9, 64}, {9, 11, 7},
		{33, 65, 61}, {65, 33, 64}, {10, 70, 70}, {70, 13, 65}, {5, 3, 1100},
	} {
		m, n, depth := size[0], size[1], size[2]
		lda, ldb, ldc, atEnd, add := depth+r.IntN(4), depth+r.IntN(4), n+r.IntN(4), r.IntN(2) == 0, r.IntN(2) == 0
		what := fmt.Sprintf("%d×%d of %d, rows %d, %d and %d apart, add %v", m, n, depth, lda, ldb, ldc, add)
		a, b := ar[0].slice(extent(m, lda, depth), atEnd), ar[1].slice(extent(n, ldb, depth), atEnd)
		c, again := ar[2].slice(extent(m, ldc, n), atEnd), ar[3].slice(1, atEnd)
		normals[T](r)(a)
		normals[T](r)(b)
		old := make([]T, len(c))
		for i := range m {
			for j := range n {
				c[i*ldc+j] = T(r.NormFloat64())
			}
		}
		copy(old, c)
		k.Dots(c, ldc, a, lda, b, ldb, m, n, depth, add)
		for _, x := range ar {
			x.check(t, what)
		}
		for x, got := range c {
			i, j := x/max(1, ldc), x%max(1, ldc)
			if j >= n {
				if got != T(canary) {
					t.Fatalf("%s: wrote between the rows, at %d,%d", what, i, j)
				}
				continue
			}
			want, size := 0.0, 1.0
			if add {
				want = float64(old[x])
			}
			for l := range depth {
				p := float64(a[i*lda+l]) * float64(b[j*ldb+l])
				want, size = want+p, size+math.Abs(p)
			}
			if !(math.Abs(float64(got)-want) <= 4*eps[T]()*size) {
				t.Fatalf("%s: element %d,%d is %v, want %v", what, i, j, got, want)
			}
			again[0] = old[x]
			k.Dots(again, 1, a[min(i*lda, len(a)):], lda, b[min(j*ldb, len(b)):], ldb, 1, 1, depth, add)
			if again[0] != got {
				t.Fatalf("%s: element %d,%d is %v, and alone %v", what, i, j, got, again[0])
			}
		}
	}
}

func TestDots(t *testing.T) { eachLevel(t, testDots[float32], testDots[float64]) }

func testDotsBadShapes[T Float](t *testing.T, k *Kernels[T]) {
	x := make([]T, 4*5)
	for what, f := range map[string]func(){
		"A too short":   func() { k.Dots(x, 4, x[:19], 5, x, 5, 4, 4, 5, false) },
		"B too short":   func() { k.Dots(x, 4, x, 5, x[:19], 5, 4, 4, 5, false) },
		"C too short":   func() { k.Dots(x[:15], 4, x, 5, x, 5, 4, 4, 5, false) },
		"rows overlap":  func() { k.Dots(x, 3, x, 5, x, 5, 4, 4, 5, false) },
		"negative size": func() { k.Dots(x, 4, x, 5, x, 5, -4, 4, 5, false) },
	} {
		mustPanic(t, what, f)
	}
}

func TestDotsBadShapesPanic(t *testing.T) {
	eachLevel(t, testDotsBadShapes[float32], testDotsBadShapes[float64])
}
