package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzDots: inner products of rows of any number, length and distance are near those of the Go twin in float64, with guard pages, and nothing between the
// rows is touched.
func FuzzDots(f *testing.F) {
	f.Add(uint8(33), uint8(65), uint16(128), uint8(0), true, true, uint64(1))
	f.Add(uint8(3), uint8(1), uint16(1030), uint8(7), false, false, uint64(2))
	f.Add(uint8(4), uint8(4), uint16(0), uint8(1), true, false, uint64(3))
	w := watch(f, 3, 1<<17)
	f.Fuzz(func(t *testing.T, m, n uint8, k uint16, gap uint8, atEnd, add bool, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 6))
		fuzzDots(t, w.f32, r, int(m%80), int(n%80), int(k%1200), int(gap), atEnd, add)
		fuzzDots(t, w.f64, r, int(m%80), int(n%80), int(k%1200), int(gap), atEnd, add)
	})
}

func fuzzDots[T Float](t *testing.T, ar []*arena[T], r *rand.Rand, m, n, depth, gap int, atEnd, add bool) {
	ld, ldc := depth+gap, n+gap
	a, b, c := ar[0].slice(extent(m, ld, depth), atEnd), ar[1].slice(extent(n, ld, depth), !atEnd), ar[2].slice(extent(m, ldc, n), atEnd)
	manySizes[T](r)(a)
	manySizes[T](r)(b)
	a64, b64 := doubles(a), doubles(b)
	kernelsAt(func(l Level, k *Kernels[T]) {
		want := make([]float64, len(c))
		for x := range c {
			c[x] = canary
			if x%max(1, ldc) < n {
				c[x] = T(x % 7)
			}
			want[x] = float64(c[x])
		}
		k.Dots(c, ldc, a, ld, b, ld, m, n, depth, add)
		genericDots(want, ldc, a64, ld, b64, ld, m, n, depth, add)
		for _, x := range ar {
			x.check(t, "Dots")
		}
		for x, got := range c {
			size := 7.0
			if i, j := x/max(1, ldc), x%max(1, ldc); j < n {
				for l := range depth {
					size += math.Abs(a64[i*ld+l] * b64[j*ld+l])
				}
			}
			if d := math.Abs(float64(got) - want[x]); !(d <= float64(depth+2)*eps[T]()*size) && size < largestOf[T]() {
				t.Fatalf("%v: %d×%d of %d: number %d is %v, want %v (size %v)", l, m, n, depth, x, got, want[x], size)
			}
		}
	})
}
