package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzWinograd transforms tiles of any number of channels, tiles and lanes, with gaps between all: every level has the bits of the Go twin, and no neighbour is touched.
func FuzzWinograd(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(2), uint8(8), uint8(0), true)
	f.Add(uint64(2), uint8(1), uint8(4), uint8(16), uint8(7), false)
	f.Add(uint64(3), uint8(2), uint8(1), uint8(29), uint8(3), true)
	f.Add(uint64(4), uint8(2), uint8(3), uint8(5), uint8(14), false)
	const most = 1 << 13
	w := watch(f, 4, most)
	f.Fuzz(func(t *testing.T, seed uint64, channels, tiles, lanes, kind uint8, atEnd bool) {
		s := WinogradTiles{Channels: int(channels) % 4, Tiles: int(tiles) % 5, Lanes: int(lanes) % 40, ReLU: kind&1 != 0}
		fuzzWinograd(t, w.f32, seed, s, kind, atEnd)
		fuzzWinograd(t, w.f64, seed, s, kind, atEnd)
	})
}

func fuzzWinograd[T Float](t *testing.T, ar []*arena[T], seed uint64, w WinogradTiles, kind uint8, atEnd bool) {
	gap := int(kind >> 4)
	w.Step = w.Tiles*w.Lanes + gap
	w.Position = w.Channels*w.Step + gap
	w.Line = (2*w.Tiles+2)*w.Lanes + gap
	w.Plane = 4*w.Line + gap
	w.MaskLine, w.MaskPlane = w.Line+3, 2*(w.Line+3)+gap
	r := rand.New(rand.NewPCG(seed, 11))
	fill := func(s []T) []T {
		for i := range s {
			s[i] = T(r.NormFloat64())
			if r.IntN(50) == 0 {
				s[i] = []T{0, T(math.Copysign(0, -1)), T(math.NaN()), T(math.Inf(1))}[r.IntN(4)]
			}
		}
		return s
	}
	same := func(level Level, what string, got, want []T) {
		for i := range want {
			if math.Float64bits(float64(got[i])) != math.Float64bits(float64(want[i])) && !(got[i] != got[i] && want[i] != want[i]) {
				t.Fatalf("%v: %s of %+v: number %d is %v, and in Go %v", level, what, w, i, got[i], want[i])
			}
		}
	}
	image, matrices := w.extents(4)
	d := fill(ar[0].slice(image, atEnd))
	want := make([]T, matrices)
	for i := range want {
		want[i] = canary
	}
	genericWinogradIn(want, d, &w)
	kernelsAt(func(level Level, k *Kernels[T]) {
		v := ar[1].slice(matrices, !atEnd)
		k.WinogradIn(v, d, &w)
		ar[1].check(t, "WinogradIn")
		same(level, "WinogradIn", v, want)
	})

	image, matrices = w.extents(2)
	m := fill(ar[0].slice(matrices, atEnd))
	var bias, mask []T
	if kind&2 != 0 {
		bias = fill(ar[2].slice(w.Channels, !atEnd))
	}
	if kind&4 != 0 {
		masks := w
		masks.Plane, masks.Line = w.MaskPlane, w.MaskLine
		n, _ := masks.extents(2)
		mask = fill(ar[3].slice(n, atEnd))
	}
	want = make([]T, image)
	for i := range want {
		want[i] = canary
	}
	genericWinogradOut(want, m, bias, mask, &w)
	kernelsAt(func(level Level, k *Kernels[T]) {
		y := ar[1].slice(image, !atEnd)
		k.WinogradOut(y, m, bias, mask, &w)
		ar[1].check(t, "WinogradOut")
		same(level, "WinogradOut", y, want)
	})
}

// A convolution of 3×3 pixels is products of the transforms: of the filter [1 … 9], say, with an image of two tiles.
func TestWinogradIsAConvolution(t *testing.T) {
	const lanes = 3
	g := [3][3]float64{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	side := func(a, b, c float64) [4]float64 { return [4]float64{a, (a + b + c) / 2, (a - b + c) / 2, c} }
	var half [4][3]float64
	for q := range 3 {
		for r, x := range side(g[0][q], g[1][q], g[2][q]) {
			half[r][q] = x
		}
	}
	w := WinogradTiles{Channels: 1, Tiles: 2, Lanes: lanes, Line: 6 * lanes, Plane: 24 * lanes, Step: 2 * lanes, Position: 2 * lanes}
	d := make([]float64, 24*lanes)
	for i := range d {
		d[i] = math.Sin(float64(i * i))
	}
	kernelsAt(func(level Level, k *Kernels[float64]) {
		v, y := make([]float64, 16*w.Position), make([]float64, 2*w.Line)
		k.WinogradIn(v, d, &w)
		for r, row := range half {
			for q, u := range side(row[0], row[1], row[2]) {
				for i := range w.Position {
					v[(4*r+q)*w.Position+i] *= u
				}
			}
		}
		k.WinogradOut(y, v, nil, nil, &w)
		for l := range 2 {
			for p := range 4 {
				for i := range lanes {
					want := 0.0
					for a := range 3 {
						for b := range 3 {
							want += g[a][b] * d[(l+a)*w.Line+(p+b)*lanes+i]
						}
					}
					if got := y[l*w.Line+p*lanes+i]; math.Abs(got-want) > 1e-12 {
						t.Errorf("%v: pixel %d,%d of lane %d is %v, want %v", level, l, p, i, got, want)
					}
				}
			}
		}
	})
}
