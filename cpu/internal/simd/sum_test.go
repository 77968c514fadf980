package simd

import (
	"math"
	"math/big"
	"testing"
)

// testSum: the result is near the exact sum, has the bits of the Go twin at every level, and nothing beyond the slice is read.
func testSum[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 1, 20000)[0]
	lengths := []int{8191, 8192, 8193, 16384, 19999}
	for n := range 301 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		x := ar.slice(n, n%2 == 0)
		exact, size := new(big.Float).SetPrec(2000), 0.0
		for i := range x {
			x[i] = T(r.NormFloat64() * math.Exp(3*r.NormFloat64()))
			exact.Add(exact, big.NewFloat(float64(x[i])))
			size += math.Abs(float64(x[i]))
		}
		got, want := k.Sum(x), genericSum(x)
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("sum of %d is %x, the Go twin gives %x", n, got, want)
		}
		if w, _ := exact.Float64(); math.Abs(got-w) > size*0x1p-52*float64(n/sumLanes+5) {
			t.Fatalf("sum of %d is %v, want %v", n, got, w)
		}
	}
	for _, special := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, n := range []int{1, 16, 40} {
			for i := range n {
				x := make([]T, n)
				x[i] = T(special)
				if got := k.Sum(x); got != special && !(got != got && special != special) {
					t.Fatalf("sum of %d with %v at %d is %v", n, special, i, got)
				}
			}
		}
	}
}

func TestSum(t *testing.T) { eachLevel(t, testSum[float32], testSum[float64]) }

// TestSumIsAccurate: float32 numbers that a float32 sum would lose.
func TestSumIsAccurate(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *Kernels[float32]) {
		x := make([]float32, 1000)
		for i := range x {
			x[i] = 1
		}
		x[0] = 1 << 30
		if got := k.Sum(x); got != 1<<30+999 {
			t.Errorf("got %v", got)
		}
	}, nil)
}
