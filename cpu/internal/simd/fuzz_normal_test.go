package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzNormalLog takes numbers of every kind.
func FuzzNormalLog(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(17), true)
	f.Add(uint64(2), uint8(1), uint8(64), false)
	const cols, lanes = 8, 150
	w := watch(f, 2, cols*(lanes+3))
	f.Fuzz(func(t *testing.T, seed uint64, nCols, n uint8, atEnd bool) {
		fuzzNormalLog(t, w.f32, seed, int(nCols)%(cols+1), int(n)%(lanes+1), atEnd)
		fuzzNormalLog(t, w.f64, seed, int(nCols)%(cols+1), int(n)%(lanes+1), atEnd)
	})
}

func fuzzNormalLog[T Float](t *testing.T, ar []*arena[T], seed uint64, cols, n int, atEnd bool) {
	r := rand.New(rand.NewPCG(seed, 8))
	kernelsAt(func(level Level, k *Kernels[T]) {
		c := newNormalCase(r, ar, cols, n, atEnd)
		c.check(t, level.String(), k)
	})
}

// check runs the kernel and compares it with the formula in float64.
func (c *normalCase[T]) check(t testing.TB, what string, k *Kernels[T]) {
	t.Helper()
	k.NormalLog(c.dst, c.x, c.cols, c.n)
	for _, m := range c.ar {
		m.check(t, what)
	}
	for i := range c.n {
		squares := 0.0
		for j := range c.cols {
			v := float64(c.x.Data[j*c.x.Step+i])
			squares += v * v
		}
		want := -0.5*squares - 0.5*float64(c.cols)*math.Log(2*math.Pi)
		if got := float64(c.dst[i]); !nearly[T](got, want, max(squares, math.Abs(want)), float64(c.cols+8)*eps[T]()) {
			t.Fatalf("%s: lane %d: %v, want %v", what, i, got, want)
		}
	}
}
