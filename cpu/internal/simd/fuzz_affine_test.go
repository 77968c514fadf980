package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzAffine maps numbers of every kind with any bound, of any number of columns and lanes: within rounding of the formulas in float64, and no neighbour
// is touched.
func FuzzAffine(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(3), uint8(17), 7.0, true)
	f.Add(uint64(2), uint8(7), uint8(1), uint8(64), 0.5, false)
	f.Add(uint64(3), uint8(5), uint8(0), uint8(9), 80.0, true)
	const cols, lanes = 8, 80
	w := watch(f, affineArenas, cols*(lanes+3))
	f.Fuzz(func(t *testing.T, seed uint64, kind, nCols, n uint8, bound float64, atEnd bool) {
		c := AffineParams{Bound: 7, Soft: kind&1 != 0, Divide: kind&2 != 0, Centered: kind&4 != 0}
		if bound > 1e-3 && bound <= 80 {
			c.Bound = bound
		}
		fuzzAffine(t, w.f32, seed, int(nCols)%(cols+1), int(n)%(lanes+1), &c, atEnd)
		fuzzAffine(t, w.f64, seed, int(nCols)%(cols+1), int(n)%(lanes+1), &c, atEnd)
	})
}

func fuzzAffine[T Float](t *testing.T, ar []*arena[T], seed uint64, cols, n int, c *AffineParams, atEnd bool) {
	r := rand.New(rand.NewPCG(seed, 7))
	kernelsAt(func(level Level, k *Kernels[T]) {
		a := newAffineCase(r, ar, cols, n, atEnd)
		a.fill(r, c, 2, -1)
		a.values(t, level.String(), k, c)
		a.fill(r, c, 3, 4)
		a.gradients(t, level.String(), k, c)
	})
}

// values runs Affine and compares it with the formula in float64.
func (a *affineCase[T]) values(t testing.TB, what string, k *Kernels[T], c *AffineParams) {
	t.Helper()
	k.Affine((*AffineOperands[T])(a.at[:5]), a.cols, a.n, c)
	for _, m := range a.ar {
		m.check(t, what)
	}
	for j := range a.cols {
		for i := range a.n {
			o := a.lane(j, i)
			y, l, x, shift, log := o[0], o[1], o[2], o[3], c.log(o[4])
			want, size := x*math.Exp(log)+shift, math.Abs(x*math.Exp(log))+math.Abs(shift)
			if c.Centered {
				want, size = (x-shift)*math.Exp(log), (math.Abs(x)+math.Abs(shift))*math.Exp(max(log, 0))
			}
			tol := affineTolerance[T](c)
			if !nearly[T](l, log, math.Abs(log), tol) || !nearly[T](y, want, size, tol) {
				t.Fatalf("%s: column %d, lane %d: %v, shift %v, raw %v became %v with log-derivative %v, want %v with %v", what, j, i, x, shift, o[4], y, l, want, log)
			}
		}
	}
}

// gradients runs AffineVJP and compares it with the formula in float64.
func (a *affineCase[T]) gradients(t testing.TB, what string, k *Kernels[T], c *AffineParams) {
	t.Helper()
	k.AffineVJP(&a.at, a.cols, a.n, c)
	for _, m := range a.ar {
		m.check(t, what)
	}
	for j := range a.cols {
		for i := range a.n {
			o := a.lane(j, i)
			v, l, gy, gl := o[3], o[4], o[5], o[6]
			gx, share := gy*math.Exp(l), l/c.Bound
			gt, inner := gy, gx*v
			if c.Centered {
				gt, inner = -gx, gy*v
			}
			slope := 1 - share*share
			if c.Soft {
				slope = (1 - math.Abs(share)) * (1 - math.Abs(share))
			}
			tol := affineTolerance[T](c)
			graw, size := c.sign()*slope*(inner+gl), math.Abs(inner)+math.Abs(gl)
			if !c.Centered { // it goes by way of gx, which may be so small that it lost places
				size += 8 * ulpOf[T](0) * math.Abs(v) / tol
			}
			if !c.Centered && math.Abs(gx) > 0.99*largestOf[T]() { // or so large that it is infinite
				graw, o[2], size = 0, 0, 0
			}
			if !nearly[T](o[0], gx, math.Abs(gx), tol) || !nearly[T](o[1], gt, math.Abs(gt), tol) || !nearly[T](o[2], graw, size, tol) {
				t.Fatalf("%s: column %d, lane %d: gradients at %v, log-derivative %v, for %v and %v are %v, %v, %v, want %v, %v, %v",
					what, j, i, v, l, gy, gl, o[0], o[1], o[2], gx, gt, graw)
			}
		}
	}
}
