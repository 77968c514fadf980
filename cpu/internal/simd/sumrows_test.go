package simd

import (
	"math"
	"math/big"
	"testing"
)

// testSumRows: each row's sum has the bits of Sum, stored or added, whatever the number of rows, their length and distance.
func testSumRows[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 1, 40000)[0]
	check := func(units, stride, n int) {
		length := 0
		if units > 0 && n > 0 {
			length = (units-1)*stride + n
		}
		x := ar.slice(length, r.IntN(2) == 0)
		for i := range x {
			x[i] = T(r.NormFloat64() * math.Exp(3*r.NormFloat64()))
		}
		if length > 0 && r.IntN(4) == 0 {
			x[r.IntN(length)] = specials[T]()[r.IntN(len(specials[T]()))]
		}
		for _, add := range []bool{false, true} {
			got := make([]float64, units+1)
			for u := range got {
				got[u] = float64(u) + 0.1
			}
			k.SumRows(got, x, units, stride, n, add)
			for u := range units {
				want := 0.0
				if n > 0 {
					want = k.Sum(x[u*stride:][:n])
				}
				if add {
					want += float64(u) + 0.1
				}
				if !sameBits(got[u], want) {
					t.Fatalf("%d rows of %d, %d apart, add %v: row %d has %x, Sum gives %x", units, n, stride, add, u, got[u], want)
				}
			}
			if got[units] != float64(units)+0.1 {
				t.Fatalf("%d rows of %d: a sum too many was written", units, n)
			}
		}
	}
	for n := range 150 {
		check(r.IntN(6), n+r.IntN(20), n)
	}
	for _, n := range []int{1000, 8191, 8192, 8193, 9000} {
		check(4, n+3, n)
	}
	check(300, 128, 128) // more than one call
	check(301, 129, 127)
	check(0, 0, 16)
	check(5, 0, 33) // the same row again and again
	check(5, 7, 33) // rows that overlap

	x, acc := make([]T, 100), make([]float64, 9)
	mustPanic(t, "SumRows with a short source", func() { k.SumRows(acc, x[:99], 10, 10, 10, false) })
	mustPanic(t, "SumRows with too few sums", func() { k.SumRows(acc, x, 10, 10, 10, false) })
	mustPanic(t, "SumRows of a negative number of rows", func() { k.SumRows(acc, x, -1, 10, 10, false) })
}

func TestSumRows(t *testing.T) { eachLevel(t, testSumRows[float32], testSumRows[float64]) }

// testProductSums: near the exact sum, the bits of the Go twin at every level, nothing beyond the slices read.
func testProductSums[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 2, 20000)
	lengths := []int{8191, 8192, 8193, 16384, 19999}
	for n := range 130 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		a, b := ar[0].slice(n, n%2 == 0), ar[1].slice(n, n%3 == 0)
		dot, squares := new(big.Float).SetPrec(2000), new(big.Float).SetPrec(2000)
		size := 0.0
		for i := range a {
			a[i], b[i] = T(r.NormFloat64()*math.Exp(3*r.NormFloat64())), T(r.NormFloat64())
			x, y := new(big.Float).SetPrec(200).SetFloat64(float64(a[i])), big.NewFloat(float64(b[i]))
			dot.Add(dot, new(big.Float).SetPrec(200).Mul(x, y))
			squares.Add(squares, new(big.Float).SetPrec(200).Mul(x, x))
			size += math.Abs(float64(a[i]) * float64(b[i]))
		}
		for _, c := range []struct {
			name       string
			got, twin  float64
			want       *big.Float
			magnitudes float64
		}{
			{"MulSum", k.MulSum(a, b), genericMulSum(a, b), dot, size},
			{"SquareSum", k.SquareSum(a), genericSquareSum(a), squares, math.Inf(1)},
		} {
			if math.Float64bits(c.got) != math.Float64bits(c.twin) {
				t.Fatalf("%s of %d is %x, the Go twin gives %x", c.name, n, c.got, c.twin)
			}
			w, _ := c.want.Float64()
			if math.Abs(c.got-w) > min(c.magnitudes, math.Abs(w)+size)*0x1p-52*float64(n/sumLanes+6) {
				t.Fatalf("%s of %d is %v, want %v", c.name, n, c.got, w)
			}
		}
	}
	mustPanic(t, "MulSum of different lengths", func() { k.MulSum(make([]T, 3), make([]T, 4)) })
	for _, special := range []float64{math.NaN(), math.Inf(-1)} {
		for _, n := range []int{1, 16, 40} {
			for i := range n {
				x := make([]T, n)
				x[i] = T(special)
				if got, want := k.SquareSum(x), special*special; !sameBits(got, want) {
					t.Fatalf("SquareSum of %d with %v at %d is %v", n, special, i, got)
				}
			}
		}
	}
}

func TestProductSums(t *testing.T) {
	eachLevel(t, testProductSums[float32], testProductSums[float64])
}

// TestSquareSumRange: the square of a float32 beyond the range of float32 counts.
func TestSquareSumRange(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *Kernels[float32]) {
		x := make([]float32, 20)
		x[3], x[19] = 3e30, 4e30
		want := float64(x[3])*float64(x[3]) + float64(x[19])*float64(x[19])
		if got := k.SquareSum(x); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}, nil)
}
