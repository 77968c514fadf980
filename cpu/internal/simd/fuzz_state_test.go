package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/internal/philox"
)

// FuzzPhilox draws for any key, stream, row and layout: uniforms and signs are those of the definition, normals within some ulp of it.
func FuzzPhilox(f *testing.F) {
	f.Add(uint64(1), uint32(2), uint64(3), uint8(17), uint8(5), uint8(1), true)
	f.Add(^uint64(0), ^uint32(0), ^uint64(0), uint8(40), uint8(30), uint8(0), false)
	f.Add(uint64(7), uint32(0), uint64(1<<32-3), uint8(64), uint8(1), uint8(9), true)
	w := watch(f, 1, 255*(64+255))
	f.Fuzz(func(t *testing.T, key uint64, stream uint32, first uint64, lanes, n, gap uint8, atEnd bool) {
		n %= 64
		at := [2]uint32{uint32(key), uint32(key >> 32)}
		fuzzPhilox(t, w.f32[0], at, stream, first, int(lanes), int(n), int(lanes)+int(gap), atEnd)
		fuzzPhilox(t, w.f64[0], at, stream, first, int(lanes), int(n), int(lanes)+int(gap), atEnd)
	})
}

func fuzzPhilox[T Float](t *testing.T, ar *arena[T], key [2]uint32, stream uint32, first uint64, lanes, n, ld int, atEnd bool) {
	kernelsAt(func(l Level, k *Kernels[T]) {
		for _, d := range []struct {
			name string
			draw func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int)
			want func(key [2]uint32, stream uint32, row uint64, index int) float64
			ulp  float64
		}{
			{"PhiloxNormal", k.PhiloxNormal, philox.Normal, ulpNormal},
			{"PhiloxUniform", k.PhiloxUniform, philox.Uniform, 0},
			{"PhiloxSign", k.PhiloxSign, philox.Sign, 0},
		} {
			dst := ar.slice(extent(n, ld, lanes), atEnd)
			d.draw(dst, key, stream, first, lanes, n, ld)
			ar.check(t, d.name)
			for i, got := range dst {
				e, lane := i/ld, i%ld
				row := first + uint64(lane)
				switch {
				case lane >= lanes:
					if got != canary {
						t.Fatalf("%v %s: wrote between rows", l, d.name)
					}
				case d.ulp == 0 && got != T(d.want(key, stream, row, e)),
					d.ulp > 0 && !(normalOff(t, got, key, stream, row, e) <= d.ulp):
					t.Fatalf("%v: %s of key %x, stream %x, row %d, index %d is %v, want %v", l, d.name, key, stream, row, e, got, d.want(key, stream, row, e))
				}
			}
		}
	})
}

// FuzzAdam steps from numbers of any scale with any rates: within rounding of the formula in float64, and no neighbour is touched.
func FuzzAdam(f *testing.F) {
	f.Add(uint16(37), uint64(1), 1e-3, 0.9, 0.999, 0.01, int8(0), true)
	f.Add(uint16(8195), uint64(2), 0.1, 0.0, 0.5, 0.0, int8(-30), false)
	f.Add(uint16(0), uint64(3), 1.0, 0.999, 0.9999, 1.0, int8(20), true)
	const most = 10_000
	w := watch(f, 4, most)
	f.Fuzz(func(t *testing.T, n uint16, seed uint64, rate, beta1, beta2, decay float64, scale int8, atEnd bool) {
		within := func(x, high float64) float64 { // any number to one in [0, high]
			if x = math.Abs(x); !(x <= high) {
				x = high * (0.5 + 0.5*math.Sin(min(x, 1e9)))
				if x != x {
					x = high
				}
			}
			return x
		}
		r := rand.New(rand.NewPCG(seed, 5))
		h := AdamStep{
			LR: within(rate, 1), Beta1: within(beta1, 0.999), Beta2: within(beta2, 0.9999), Eps: math.Pow(10, -1-9*r.Float64()),
			WeightDecay: within(decay, 1), GradScale: r.Float64(),
		}
		steps := float64(1 + r.IntN(2000))
		h.Correction1, h.Correction2 = 1-math.Pow(h.Beta1, steps), 1-math.Pow(h.Beta2, steps)
		size := math.Ldexp(1, int(scale)%40)
		fuzzAdam(t, w.f32, r, int(n)%most, h, size, atEnd)
		fuzzAdam(t, w.f64, r, int(n)%most, h, size, atEnd)
	})
}

func fuzzAdam[T Float](t *testing.T, ar []*arena[T], r *rand.Rand, n int, h AdamStep, size float64, atEnd bool) {
	var old [4][]T // p, g, m, v
	for i := range old {
		old[i] = make([]T, n)
		for j := range old[i] {
			old[i][j] = T(r.NormFloat64())
			if i == 1 || i == 2 {
				old[i][j] *= T(size)
			} else if i == 3 {
				old[i][j] = T(float64(old[i][j]) * float64(old[i][j]) * size * size)
			}
		}
	}
	kernelsAt(func(l Level, k *Kernels[T]) {
		var x [4][]T
		for i := range x {
			x[i] = ar[i].slice(n, atEnd)
			copy(x[i], old[i])
		}
		k.Adam(x[0], x[1], x[2], x[3], h)
		for _, a := range ar {
			a.check(t, "Adam")
		}
		tiny := float64(ulpOf[T](0)) // of numbers that are no longer normal
		for j := range n {
			p0, g, m0, v0 := float64(old[0][j]), float64(old[1][j]), float64(old[2][j]), float64(old[3][j])
			p, m, v := adamReference(p0, g, m0, v0, h)
			near := func(got T, want, size float64) bool {
				return math.Abs(float64(got)-want) <= 8*eps[T]()*size+4*tiny
			}
			// Where terms of m cancel, the error is that of the terms, and the update has it too.
			moments := math.Abs(h.Beta1*m0) + math.Abs((1-h.Beta1)*g*h.GradScale)
			update := h.LR * (moments + tiny/eps[T]()) / h.Correction1 / (math.Sqrt(v/h.Correction2) + h.Eps)
			if !near(x[0][j], p, math.Abs(p0)+update) || !near(x[2][j], m, moments) || !near(x[3][j], v, v) {
				t.Fatalf("%v: %+v: number %d, parameter %v, gradient %v, moments %v and %v: got %v %v %v, want %v %v %v",
					l, h, j, p0, g, m0, v0, x[0][j], x[2][j], x[3][j], p, m, v)
			}
			if x[1][j] != old[1][j] {
				t.Fatalf("%v: gradient %d changed", l, j)
			}
		}
	})
}
