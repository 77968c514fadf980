package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// affineConfigs are affine maps of every kind.
func affineConfigs() (cs []AffineParams) {
	for bits := range 8 {
		for _, bound := range []float64{7, 0.5, 80} {
			cs = append(cs, AffineParams{Bound: bound, Soft: bits&1 != 0, Divide: bits&2 != 0, Centered: bits&4 != 0})
		}
	}
	return cs
}

// affineCase is columns of lanes in watched memory. Columns of different operands lie different steps apart.
type affineCase[T Float] struct {
	cols, n int
	ar      []*arena[T]
	at      AffineGradients[T] // the first ones are also operands of Affine
}

// affineArenas is the number of operands of AffineVJP.
const affineArenas = 7

func newAffineCase[T Float](r *rand.Rand, ar []*arena[T], cols, n int, atEnd bool) affineCase[T] {
	a := affineCase[T]{cols: cols, n: n, ar: ar}
	for i := range a.at {
		step := n + r.IntN(4)
		a.at[i] = Columns[T]{ar[i].slice(extent(cols, step, n), atEnd), step}
	}
	return a
}

// lane is the numbers of the operands in lane i of column j, in float64.
func (a *affineCase[T]) lane(j, i int) (x [affineArenas]float64) {
	for k, c := range a.at {
		x[k] = float64(c.Data[j*c.Step+i])
	}
	return x
}

// nearly reports whether got is want to tol parts of size; numbers that are too large for the type may be infinite, and those that are no
// longer normal have lost places.
func nearly[T Float](got, want, size, tol float64) bool {
	switch {
	case want != want || got != got:
		return want != want && got != got || size > largestOf[T]() // infinity less infinity, where float64 is still finite
	case math.IsInf(got, 0):
		return math.IsInf(want, 0) && got == want || size*(1+tol) > largestOf[T]()
	}
	return math.Abs(got-want) <= tol*size+8*ulpOf[T](0)
}

func largestOf[T Float]() float64 {
	if bitsOf[T]() == 32 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// affineTolerance is what rounding of the exponent and the few operations around it may cost.
func affineTolerance[T Float](c *AffineParams) float64 { return (16 + 4*c.Bound) * eps[T]() }

// fill draws operands from the second on: any numbers, but log-derivatives within the bound.
func (a *affineCase[T]) fill(r *rand.Rand, c *AffineParams, from, logs int) {
	for k := from; k < affineArenas; k++ {
		for j := range a.cols {
			lanes := a.at[k].column(j, a.n)
			fillMixed(r, lanes)
			for i := range lanes {
				if k == logs {
					lanes[i] = T(c.Bound * (2*r.Float64() - 1))
				}
			}
		}
	}
}

// testAffine: values and gradients are those of the formulas, for any number of columns and lanes; nothing else is touched.
func testAffine[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, affineArenas, 5*43+40)
	for ci, c := range affineConfigs() {
		for n := 0; n <= 40; n += 1 + n/9 {
			a := newAffineCase(r, ar, r.IntN(5), n, r.IntN(2) == 0)
			what := fmt.Sprintf("affine map %d %+v, %d columns of %d", ci, c, a.cols, n)
			a.fill(r, &c, 2, -1)
			a.values(t, what, k, &c)
			a.fill(r, &c, 3, 4)
			a.gradients(t, what, k, &c)
		}
	}
}

func TestAffine(t *testing.T) { eachLevel(t, testAffine[float32], testAffine[float64]) }

// testAffineLanes: a lane's bits depend on its numbers and on nothing else, also beyond one call, with operands that all columns share, and with
// results in the place of operands.
func testAffineLanes[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	for _, size := range [][2]int{{1, 9000}, {70, 130}, {3, 37}} {
		cols, n := size[0], size[1]
		for _, c := range affineConfigs() {
			var o, own [affineArenas]Columns[T]
			for i := range o {
				o[i] = Columns[T]{make([]T, cols*n), n}
				normals[T](r)(o[i].Data)
				own[i] = Columns[T]{append([]T(nil), o[i].Data...), n}
			}
			at := func(j, i int) (one [affineArenas]Columns[T]) {
				for m := range one {
					one[m] = Columns[T]{[]T{o[m].Data[j*n+i]}, 1}
				}
				return one
			}
			same := func(what string, j, i int, a, b T) {
				if !sameBits(a, b) {
					t.Fatalf("%+v, %d columns of %d: %s of column %d, lane %d is %v in one way and %v in another", c, cols, n, what, j, i, a, b)
				}
			}
			run := func(o [affineArenas]Columns[T], cols, n int) {
				k.Affine((*AffineOperands[T])(o[:5]), cols, n, &c)
			}
			run(o, cols, n)
			k.Affine(&AffineOperands[T]{own[2], own[3], own[2], own[3], own[4]}, cols, n, &c)
			for range 50 {
				j, i := r.IntN(cols), r.IntN(n)
				one := at(j, i)
				run(one, 1, 1)
				same("y", j, i, one[0].Data[0], o[0].Data[j*n+i])
				same("log-derivative", j, i, one[1].Data[0], o[1].Data[j*n+i])
				same("y in place", j, i, own[2].Data[j*n+i], o[0].Data[j*n+i])
				same("log-derivative in place", j, i, own[3].Data[j*n+i], o[1].Data[j*n+i])
			}
			o[4], o[6] = o[1], Columns[T]{o[6].Data[:n], 0} // one gradient of the log-derivative for all
			grad := Columns[T]{append([]T(nil), o[5].Data...), n}
			k.AffineVJP(&AffineGradients[T]{o[0], o[2], own[6], o[3], o[4], o[5], o[6]}, cols, n, &c)
			k.AffineVJP(&AffineGradients[T]{grad, own[0], own[1], o[3], o[4], grad, o[6]}, cols, n, &c)
			for range 50 {
				j, i := r.IntN(cols), r.IntN(n)
				one := func(c Columns[T]) Columns[T] { return Columns[T]{[]T{c.Data[j*c.Step+i]}, 1} }
				x, y, z := one(o[0]), one(o[0]), one(o[0])
				k.AffineVJP(&AffineGradients[T]{x, y, z, one(o[3]), one(o[4]), one(o[5]), one(o[6])}, 1, 1, &c)
				same("gx", j, i, x.Data[0], o[0].Data[j*n+i])
				same("gt", j, i, y.Data[0], o[2].Data[j*n+i])
				same("graw", j, i, z.Data[0], own[6].Data[j*n+i])
				same("gx in place", j, i, x.Data[0], grad.Data[j*n+i])
				same("graw in place", j, i, z.Data[0], own[1].Data[j*n+i])
			}
		}
	}
}

func TestAffineLanes(t *testing.T) { eachLevel(t, testAffineLanes[float32], testAffineLanes[float64]) }

// testAffineEnds: however large a raw number is, the factor is within its bounds, and the raw number then has no gradient.
func testAffineEnds[T Float](t *testing.T, k *Kernels[T]) {
	one := func(x float64) Columns[T] { return Columns[T]{[]T{T(x)}, 1} }
	for _, c := range affineConfigs() {
		for _, raw := range []float64{1e6, -1e6, 1e30, -1e30, largestOf[T](), -largestOf[T]()} {
			y, l := one(0), one(0)
			k.Affine(&AffineOperands[T]{y, l, one(2), one(1), one(raw)}, 1, 1, &c)
			want := c.sign() * math.Copysign(c.Bound, raw)
			if got := float64(l.Data[0]); !(math.Abs(got-want) <= 1e-3*c.Bound && math.Abs(got) <= c.Bound*(1+eps[T]())) {
				t.Errorf("%+v: the log-derivative of raw %v is %v", c, raw, got)
			}
			gx, gt, graw := one(0), one(0), one(0)
			k.AffineVJP(&AffineGradients[T]{gx, gt, graw, one(1), l, one(1), one(1)}, 1, 1, &c)
			if got := float64(graw.Data[0]); !(math.Abs(got) <= 1e-5*(1+math.Exp(c.Bound))) {
				t.Errorf("%+v: the gradient of raw %v is %v", c, raw, got)
			}
		}
	}
	three := Columns[T]{make([]T, 3), 1}
	mustPanic(t, "Affine with a short operand", func() {
		k.Affine(&AffineOperands[T]{three, three, three, three, one(0)}, 3, 1, &AffineParams{Bound: 1})
	})
	mustPanic(t, "AffineVJP with a short result", func() {
		k.AffineVJP(&AffineGradients[T]{three, one(0), three, three, three, three, three}, 2, 2, &AffineParams{Bound: 1})
	})
}

func TestAffineEnds(t *testing.T) { eachLevel(t, testAffineEnds[float32], testAffineEnds[float64]) }
