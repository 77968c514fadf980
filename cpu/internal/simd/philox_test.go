package simd

import (
	"math"
	"testing"

	"diffeo/internal/philox"
)

// ulpNormal is what the sine, the logarithm, the root and their product may lose together.
const ulpNormal = 5

// exactNormal is philox.Normal with the angle reduced before it is rounded. In float64 the definition loses many units of the last
// place to that where the result is small.
func exactNormal(key [2]uint32, stream uint32, row uint64, index int) float64 {
	keys := philoxKeys(key)
	w := philoxBlock(&keys, [4]uint32{uint32(index / 4), stream, uint32(row), uint32(row >> 32)})
	pair := index % 4 / 2 * 2
	radius := math.Sqrt(-2 * math.Log((float64(w[pair])+0.5)*0x1p-32))
	quadrant := (int(w[pair+1]) + 1<<29) >> 30
	rest := (float64(int(w[pair+1])-quadrant<<30) + 0.5) * 0x1p-32 * 2 * math.Pi
	return radius * quarter(quadrant+1-index%2, rest)
}

// normalOff is the distance of a normal from the definition in units of the last place, or if that is less from exactNormal.
func normalOff[T Float](t *testing.T, got T, key [2]uint32, stream uint32, row uint64, index int) float64 {
	want, exact := philox.Normal(key, stream, row, index), exactNormal(key, stream, row, index)
	if math.Abs(want-exact) > 0x1p-48 {
		t.Fatalf("key %x, stream %x, row %d, index %d: %v by definition, %v exactly", key, stream, row, index, want, exact)
	}
	return min(ulps(got, want), ulps(got, exact))
}

// testPhilox: every number is the one that package philox defines, for any number of lanes and any row, also where its 32 or 64 bits overflow,
// and nothing else is written.
func testPhilox[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 1, 40*50)[0]
	worst := 0.0
	for round := range 400 {
		lanes, n := r.IntN(40), r.IntN(30)
		ld := lanes + r.IntN(4)
		key, stream := [2]uint32{r.Uint32(), r.Uint32()}, r.Uint32()
		first := r.Uint64()
		switch round % 4 {
		case 0:
			first = uint64(r.IntN(1000))
		case 1:
			first = 1<<32 - uint64(r.IntN(40))
		case 2:
			first = -uint64(r.IntN(40))
		}
		size := 0
		if lanes > 0 && n > 0 {
			size = (n-1)*ld + lanes
		}
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
			dst := ar.slice(size, r.IntN(2) == 0)
			d.draw(dst, key, stream, first, lanes, n, ld)
			ar.check(t, d.name)
			for i, got := range dst {
				e, l := i/ld, i%ld
				if l >= lanes {
					if got != canary {
						t.Fatalf("%s: wrote between rows", d.name)
					}
					continue
				}
				want := d.want(key, stream, first+uint64(l), e)
				u := 0.0
				if d.ulp > 0 {
					u = normalOff(t, got, key, stream, first+uint64(l), e)
				}
				if got != T(want) && !(d.ulp > 0 && u <= d.ulp) {
					t.Fatalf("%s of key %x, stream %x, row %d, index %d is %v, want %v (%.2f ulp)", d.name, key, stream, first+uint64(l), e, got, want, u)
				}
				if d.ulp > 0 {
					worst = max(worst, u)
				}
			}
		}
	}
	t.Logf("normals: at most %.2f ulp", worst)
}

func TestPhilox(t *testing.T) { eachLevel(t, testPhilox[float32], testPhilox[float64]) }

// testPhiloxLarge crosses the cuts between calls, in both directions, and holds the tails of the normals to the definition.
func testPhiloxLarge[T Float](t *testing.T, k *Kernels[T]) {
	key := [2]uint32{77, 78}
	sizes := [][2]int{{1, 9001}, {70, 9001}, {5000, 7}, {40_000, 6}}
	if testing.Short() {
		sizes = sizes[:3]
	}
	worst, least := 0.0, math.Inf(1)
	for _, s := range sizes {
		lanes, n := s[0], s[1]
		dst := make([]T, lanes*n)
		k.PhiloxNormal(dst, key, 5, 3, lanes, n, lanes)
		for i, got := range dst {
			want := philox.Normal(key, 5, 3+uint64(i%lanes), i/lanes)
			u := normalOff(t, got, key, 5, 3+uint64(i%lanes), i/lanes)
			if !(u <= ulpNormal) {
				t.Fatalf("%d lanes of %d: number %d of lane %d is %v, want %v (%.2f ulp)", lanes, n, i/lanes, i%lanes, got, want, u)
			}
			worst, least = max(worst, u), min(least, math.Abs(want))
		}
	}
	t.Logf("at most %.2f ulp; the smallest number was %v", worst, least)
}

func TestPhiloxLarge(t *testing.T) { eachLevel(t, testPhiloxLarge[float32], testPhiloxLarge[float64]) }

// TestPhiloxKnownAnswers has the vectors of the authors' Random123 library.
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		key       [2]uint32
		ctr, want [4]uint32
	}{
		{want: [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		keys := philoxKeys(c.key)
		if got := philoxBlock(&keys, c.ctr); got != c.want {
			t.Errorf("key %x, counter %x: %x, want %x", c.key, c.ctr, got, c.want)
		}
	}
}

func testPhiloxShapes[T Float](t *testing.T, k *Kernels[T]) {
	d := make([]T, 50)
	draw := func(dst []T, lanes, n, ld int) func() {
		return func() { k.PhiloxNormal(dst, [2]uint32{}, 0, 0, lanes, n, ld) }
	}
	draw(d, 0, 5, 0)()
	draw(d, 5, 0, 0)()
	mustPanic(t, "too short", draw(d[:49], 10, 5, 10))
	mustPanic(t, "rows overlap", draw(d, 10, 5, 9))
	mustPanic(t, "negative", draw(d, -1, 5, 10))
	if n := testing.AllocsPerRun(3, draw(d, 10, 5, 10)); n != 0 {
		t.Errorf("allocates %v times", n)
	}
}

func TestPhiloxShapes(t *testing.T) {
	eachLevel(t, testPhiloxShapes[float32], testPhiloxShapes[float64])
}
