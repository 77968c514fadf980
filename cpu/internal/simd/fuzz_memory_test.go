package simd

import (
	"math"
	"testing"
)

// FuzzTranspose moves any bits, from and to rows at any distance: each number arrives where it belongs, and nothing else changes.
func FuzzTranspose(f *testing.F) {
	f.Add(uint16(3), uint16(5), uint8(1), uint8(2), true, []byte("bits to move\x00\x00\xc0\xff"))
	f.Add(uint16(2100), uint16(3), uint8(0), uint8(0), false, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint16(16), uint16(2050), uint8(5), uint8(200), true, []byte("\x01\x00\xa0\x7f\x01\x00\xf0\x7f"))
	const most = 1 << 16
	w := watch(f, 2, most)
	f.Fuzz(func(t *testing.T, rows, cols uint16, gapS, gapD uint8, atEnd bool, data []byte) {
		r, c := int(rows%4096), int(cols%4096)
		for r*(c+int(gapS)) > most || c*(r+int(gapD)) > most {
			r, c = r/2, c/2
		}
		fuzzTranspose(t, w.f32, r, c, c+int(gapS), r+int(gapD), atEnd, numbers[float32](data))
		fuzzTranspose(t, w.f64, r, c, c+int(gapS), r+int(gapD), atEnd, numbers[float64](data))
	})
}

func fuzzTranspose[T Float](t *testing.T, ar []*arena[T], rows, cols, lds, ldd int, atEnd bool, bits []T) {
	src := ar[0].slice(extent(rows, lds, cols), atEnd)
	for i := range src {
		src[i] = T(i)
		if len(bits) > 0 && i%3 == 0 {
			src[i] = bits[i/3%len(bits)]
		}
	}
	kernelsAt(func(l Level, k *Kernels[T]) {
		dst := ar[1].slice(extent(cols, ldd, rows), !atEnd)
		k.Transpose(dst, ldd, src, lds, rows, cols)
		ar[1].check(t, "Transpose")
		for x, got := range dst {
			want := T(canary)
			if c, r := x/ldd, x%ldd; r < rows {
				want = src[r*lds+c]
			}
			if math.Float64bits(float64(got)) != math.Float64bits(float64(want)) {
				t.Fatalf("%v: %d×%d, rows %d and %d apart: element %d,%d is %v, want %v", l, rows, cols, lds, ldd, x/ldd, x%ldd, got, want)
			}
		}
	})
}

// FuzzSums adds up any bits: every level has the bits of the Go twin, for rows of any length and distance, also where they overlap.
func FuzzSums(f *testing.F) {
	f.Add([]byte("numbers of any size to add up, twice sixteen of them at the least, so that all partial sums have their share, and a rest!"), uint8(3), uint8(7), true)
	f.Add(make([]byte, 700), uint8(200), uint8(0), false)
	f.Add([]byte("\x00\x00\x80\x7f\x00\x00\x80\xff\x00\x00\xc0\x7f\x01\x00\x00\x00"), uint8(1), uint8(1), true)
	const most = 2048
	w := watch(f, 2, most)
	f.Fuzz(func(t *testing.T, data []byte, units, stride uint8, atEnd bool) {
		data = data[:min(len(data), 8*most)]
		fuzzSums(t, w.f32, numbers[float32](data), int(units), int(stride), atEnd)
		fuzzSums(t, w.f64, numbers[float64](data), int(units), int(stride), atEnd)
	})
}

func fuzzSums[T Float](t *testing.T, ar []*arena[T], bits []T, units, stride int, atEnd bool) {
	bits = bits[:min(len(bits), 2048)]
	x, y := ar[0].slice(len(bits), atEnd), ar[1].slice(len(bits), !atEnd)
	copy(x, bits)
	for i := range bits {
		y[i] = bits[len(bits)-1-i]
	}
	for units > 0 && (units-1)*stride > len(x) {
		units--
	}
	n := 0
	if units > 0 {
		n = len(x) - (units-1)*stride
	}
	got, want := make([]float64, units+1), make([]float64, units+1)
	kernelsAt(func(l Level, k *Kernels[T]) {
		same := func(what string, got, want float64) {
			if !sameBits(got, want) {
				t.Fatalf("%v: %s of %d numbers (%d rows %d apart) is %x, the Go twin gives %x", l, what, len(x), units, stride, got, want)
			}
		}
		same("Sum", k.Sum(x), genericSum(x))
		same("SquareSum", k.SquareSum(x), genericSquareSum(x))
		same("MulSum", k.MulSum(x, y), genericMulSum(x, y))
		for _, add := range []bool{false, true} {
			for u := range got {
				got[u], want[u] = float64(u)+0.1, float64(u)+0.1
			}
			k.SumRows(got, x, units, stride, n, add)
			genericSumRows(want, x, units, stride, n, add)
			for u := range got {
				same("SumRows", got[u], want[u])
			}
		}
	})
	ar[0].check(t, "sums")
}
