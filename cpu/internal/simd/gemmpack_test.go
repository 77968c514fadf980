package simd

import (
	"math"
	"testing"
)

// With memory for copies of a transposed A a product has the same bits as without, for every shape, start and end.
func TestGemmScratch(t *testing.T) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer SetLevelForTest(l)()
			testGemmScratch[float32](t)
			testGemmScratch[float64](t)
		})
	}
}

func testGemmScratch[T Float](t *testing.T) {
	k := For[T]()
	numbers := func(n int, phase float64) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = T(math.Sin(phase + 1.7*float64(i)))
		}
		return s
	}
	scratch := make([]T, GemmScratch)
	for _, c := range []struct{ m, k, n, step int }{
		{14, 300, 256, 256}, {29, 513, 130, 300}, {100, 257, 64, 256}, {5, 64, 128, 512}, {13, 7, 129, 128}, {3, 40, 200, 1024}, {31, 256, 65, 999},
	} {
		a, b := numbers((c.k-1)*c.step+c.m, 0.1), numbers(c.k*c.n, 0.2)
		bias, mask := numbers(c.m, 0.3), numbers(c.m*c.n, 0.4)
		for _, e := range []Epilogue[T]{{}, {Accumulate: true}, {Bias: bias, ReLU: true}, {Mask: mask, LdMask: c.n}} {
			want, got := numbers(c.m*c.n, 0.5), numbers(c.m*c.n, 0.5)
			k.Gemm(want, c.n, a, 1, c.step, b, c.n, c.m, c.k, c.n, e)
			e.Scratch = scratch
			k.Gemm(got, c.n, a, 1, c.step, b, c.n, c.m, c.k, c.n, e)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%T, %+v: number %d is %v with scratch and %v without", want, c, i, got[i], want[i])
				}
			}
		}
	}
}
