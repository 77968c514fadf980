package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tolerances in units of the last place, by what is computed. Everything that rounds once is exact.
const (
	ulpExact  = 0
	ulpFused  = 1 // rounded once or twice
	ulpMath   = 2 // exp, log, tanh
	seedsRoot = 20261123
)

// eps is the distance from 1 to the next number.
func eps[T Float]() float64 {
	if bitsOf[T]() == 32 {
		return 0x1p-23
	}
	return 0x1p-52
}

func bitsOf[T Float]() int {
	if _, ok := any(*new(T)).(float32); ok {
		return 32
	}
	return 64
}

// eachLevel runs f as a subtest at every level that this machine supports, for both number types.
func eachLevel(t *testing.T, f32 func(t *testing.T, k *Kernels[float32]), f64 func(t *testing.T, k *Kernels[float64])) {
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k32, k64 := For[float32](), For[float64]()
		restore()
		if f32 != nil {
			t.Run(l.String()+"/float32", func(t *testing.T) { f32(t, k32) })
		}
		if f64 != nil {
			t.Run(l.String()+"/float64", func(t *testing.T) { f64(t, k64) })
		}
	}
}

// random is a generator whose seed a failing test prints.
func random(t testing.TB) *rand.Rand {
	seed := uint64(seedsRoot)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}

// ulps is the distance of got from want in units of the last place of want in type T; 0 for equal bits (signs of zero
// count) and for two NaN.
func ulps[T Float](got T, want float64) float64 {
	w := T(want)
	switch {
	case math.IsNaN(want):
		if got != got {
			return 0
		}
		return math.Inf(1)
	case got == w && math.Signbit(float64(got)) == math.Signbit(float64(w)):
		return 0
	case got == w || got != got || math.IsInf(float64(got), 0) != math.IsInf(float64(w), 0):
		return math.Inf(1)
	}
	return math.Abs(float64(got)-want) / ulpOf[T](want)
}

// ulpOf is the unit of the last place of type T at x, which is finite.
func ulpOf[T Float](x float64) float64 {
	_, e := math.Frexp(x)
	if bitsOf[T]() == 32 {
		return math.Ldexp(1, max(e-24, -149))
	}
	return math.Ldexp(1, max(e-53, -1074))
}

// specials are the numbers that break kernels.
func specials[T Float]() []T {
	xs := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 3, math.NaN(), math.Inf(1), math.Inf(-1), 1.5e-5, -7e4}
	if bitsOf[T]() == 32 {
		xs = append(xs, 0x1p-149, -0x1p-149, 0x1.8p-140, 0x1p-126, -0x1p-126, math.MaxFloat32, -math.MaxFloat32)
	} else {
		xs = append(xs, 0x1p-1074, -0x1p-1074, 0x1.8p-1060, 0x1p-1022, -0x1p-1022, math.MaxFloat64, -math.MaxFloat64)
	}
	ys := make([]T, len(xs))
	for i, x := range xs {
		ys[i] = T(x)
	}
	return ys
}

// fillMixed fills xs with numbers of all sizes and some special ones.
func fillMixed[T Float](r *rand.Rand, xs []T) {
	sp := specials[T]()
	for i := range xs {
		switch r.IntN(8) {
		case 0:
			xs[i] = sp[r.IntN(len(sp))]
		case 1:
			xs[i] = T(r.NormFloat64() * math.Exp(20*r.NormFloat64()))
		default:
			xs[i] = T(r.NormFloat64())
		}
	}
}

// canary stands around what a kernel may write.
const canary = -12345.5

// arena hands out slices in memory whose two sides are watched: no access at all beyond one side (where the system allows such
// pages), canaries beyond the other. Slices start at every alignment.
type arena[T Float] struct {
	page  []T // its first and last element are next to forbidden memory
	atEnd bool
	inner [2]int
}

func newArenas[T Float](t testing.TB, n, capacity int) []*arena[T] {
	as := make([]*arena[T], n)
	for i := range as {
		as[i] = &arena[T]{page: guardedPage[T](t, capacity+64)}
	}
	return as
}

// slice is n elements, at the end of the page or at its start.
func (a *arena[T]) slice(n int, atEnd bool) []T {
	lo := 0
	if atEnd {
		lo = len(a.page) - n
	}
	for i := range a.page {
		a.page[i] = canary
	}
	a.atEnd, a.inner = atEnd, [2]int{lo, lo + n}
	return a.page[lo : lo+n : lo+n]
}

// check fails the test if a canary is gone.
func (a *arena[T]) check(t testing.TB, what string) {
	t.Helper()
	for i, x := range a.page {
		if (i < a.inner[0] || i >= a.inner[1]) && x != canary {
			t.Fatalf("%s: wrote %v at %d, outside of %d to %d", what, x, i-a.inner[0], 0, a.inner[1]-a.inner[0])
		}
	}
}

// mustPanic fails the test unless f panics.
func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func sizesName(m, k, n int) string { return fmt.Sprintf("%dx%dx%d", m, k, n) }

func sizeName(m, n int) string { return fmt.Sprintf("%dx%d", m, n) }
