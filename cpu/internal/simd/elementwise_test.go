package simd

import (
	"fmt"
	"math"
	"testing"
)

// mapCase is an elementwise kernel with what it should compute, in float64.
type mapCase[T Float] struct {
	name string
	srcs int
	ulp  float64
	run  func(dst []T, src [][]T, s T)
	want func(x []float64, s float64) float64
}

func mapCases[T Float](k *Kernels[T]) []mapCase[T] {
	var cs []mapCase[T]
	unary := func(name string, f func(dst, a []T), ulp float64, want func(float64) float64) {
		cs = append(cs, mapCase[T]{name, 1, ulp, func(d []T, x [][]T, _ T) { f(d, x[0]) },
			func(x []float64, _ float64) float64 { return want(x[0]) }})
	}
	binary := func(name string, f func(dst, a, b []T), want func(a, b float64) float64) {
		cs = append(cs, mapCase[T]{name, 2, ulpExact, func(d []T, x [][]T, _ T) { f(d, x[0], x[1]) },
			func(x []float64, _ float64) float64 { return want(x[0], x[1]) }})
	}
	scalar := func(name string, f func(dst, a []T, s T), want func(a, s float64) float64) {
		cs = append(cs, mapCase[T]{name, 1, ulpExact, func(d []T, x [][]T, s T) { f(d, x[0], s) },
			func(x []float64, s float64) float64 { return want(x[0], s) }})
	}
	truth := func(f func(a, b float64) bool) func(a, b float64) float64 {
		return func(a, b float64) float64 {
			if f(a, b) {
				return 1
			}
			return 0
		}
	}
	add := func(a, b float64) float64 { return a + b }
	sub := func(a, b float64) float64 { return a - b }
	mul := func(a, b float64) float64 { return a * b }
	div := func(a, b float64) float64 { return a / b }
	larger := func(a, b float64) float64 { return max(a, b) }
	smaller := func(a, b float64) float64 { return min(a, b) }
	lt := truth(func(a, b float64) bool { return a < b })
	le := truth(func(a, b float64) bool { return a <= b })
	gt := truth(func(a, b float64) bool { return a > b })
	ge := truth(func(a, b float64) bool { return a >= b })
	eq := truth(func(a, b float64) bool { return a == b })
	ne := truth(func(a, b float64) bool { return a != b })

	unary("Exp", k.Exp, ulpMath, refExp)
	unary("Log", k.Log, ulpMath, refLog)
	unary("Tanh", k.Tanh, ulpMath, math.Tanh)
	unary("Sigmoid", k.Sigmoid, ulpMath, refSigmoid)
	unary("Softplus", k.Softplus, ulpMath, refSoftplus)
	unary("Expm1", k.Expm1, ulpMath, math.Expm1)
	unary("Log1p", k.Log1p, ulpMath, math.Log1p)
	unary("Erf", k.Erf, ulpMath, math.Erf)
	unary("Sin", k.Sin, ulpMath, sin)
	unary("Cos", k.Cos, ulpMath, cos)
	unary("Recip", k.Recip, ulpExact, func(a float64) float64 { return 1 / a })
	unary("Floor", k.Floor, ulpExact, math.Floor)
	unary("Sign", k.Sign, ulpExact, func(a float64) float64 {
		if a != a || a == 0 {
			return a
		}
		return math.Copysign(1, a)
	})
	unary("Finite", k.Finite, ulpExact, func(a float64) float64 {
		if math.IsNaN(a) || math.IsInf(a, 0) {
			return 0
		}
		return 1
	})
	cs = append(cs, mapCase[T]{"Pow", 2, ulpMath, func(d []T, x [][]T, _ T) { k.Pow(d, x[0], x[1]) },
		func(x []float64, _ float64) float64 { return math.Pow(x[0], x[1]) }})
	unary("Neg", k.Neg, ulpExact, func(a float64) float64 { return -a })
	unary("Abs", k.Abs, ulpExact, math.Abs)
	unary("Sqrt", k.Sqrt, ulpExact, math.Sqrt)
	unary("Copy", k.Copy, ulpExact, func(a float64) float64 { return a })
	unary("ReLU", k.ReLU, ulpExact, func(a float64) float64 {
		if a < 0 {
			return 0
		}
		return a
	})
	for _, o := range []struct {
		name string
		f    func(dst, a, b []T)
		s    func(dst, a []T, s T)
		want func(a, b float64) float64
	}{
		{"Add", k.Add, k.AddS, add}, {"Sub", k.Sub, k.SubS, sub}, {"Mul", k.Mul, k.MulS, mul}, {"Div", k.Div, k.DivS, div},
		{"Max", k.Max, k.MaxS, larger}, {"Min", k.Min, k.MinS, smaller},
		{"Less", k.Less, k.LessS, lt}, {"LessEq", k.LessEq, k.LessEqS, le}, {"Greater", k.Greater, k.GreaterS, gt},
		{"GreaterEq", k.GreaterEq, k.GreaterEqS, ge}, {"Equal", k.Equal, k.EqualS, eq}, {"NotEqual", k.NotEqual, k.NotEqualS, ne},
	} {
		binary(o.name, o.f, o.want)
		scalar(o.name+"S", o.s, o.want)
	}
	scalar("RSubS", k.RSubS, func(a, s float64) float64 { return s - a })
	scalar("RDivS", k.RDivS, func(a, s float64) float64 { return s / a })
	scalar("Fill", func(dst, _ []T, s T) { k.Fill(dst, s) }, func(_, s float64) float64 { return s })
	binary("ReLUGrad", k.ReLUGrad, func(g, y float64) float64 {
		if y > 0 {
			return g
		}
		return 0
	})
	cs = append(cs,
		mapCase[T]{"Select", 3, ulpExact, func(d []T, x [][]T, _ T) { k.Select(d, x[0], x[1], x[2]) },
			func(x []float64, _ float64) float64 {
				if x[0] != 0 {
					return x[1]
				}
				return x[2]
			}},
		mapCase[T]{"FMA", 3, ulpFused, func(d []T, x [][]T, _ T) { k.FMA(d, x[0], x[1], x[2]) }, nil},
		mapCase[T]{"AXPY", 2, ulpFused, func(d []T, x [][]T, s T) {
			copy(d, x[1])
			k.AXPY(d, x[0], s)
		}, nil},
	)
	return cs
}

// check says how element i of the case, got, differs from what it should be, or nothing.
func (c *mapCase[T]) check(src [][]T, i int, s, got T) string {
	x := make([]float64, 3)
	for j := range c.srcs {
		x[j] = float64(src[j][i])
	}
	if c.want != nil {
		want := c.want(x, float64(s))
		if u := ulps(got, want); !(u <= c.ulp) {
			return fmt.Sprintf("element %d of %v, scalar %v: got %v, want %v (%.2f ulp)", i, at(src, i), s, got, want, u)
		}
		return ""
	}
	// A product and a sum, rounded once or twice: the sum can cancel, so the unit is that of the larger term.
	a, b, add := x[0], x[1], x[2]
	if c.name == "AXPY" {
		a, b, add = x[0], float64(s), x[1]
	}
	want := math.FMA(a, b, add)
	product := math.Abs(float64(T(a * b)))
	if math.IsInf(product, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return "" // the product overflows: fused and unfused may differ
	}
	unit := max(product, math.Abs(add), math.Abs(want))
	if ulps(got, want) == 0 || math.Abs(float64(got)-want) <= (0.5+c.ulp)*ulpOf[T](unit) {
		return ""
	}
	return fmt.Sprintf("element %d of %v, scalar %v: got %v, want %v", i, at(src, i), s, got, want)
}

func testElementwise[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	lengths, step := 300, 1
	if testing.Short() {
		step = 7
	}
	dst, src := newArenas[T](t, 1, lengths)[0], newArenas[T](t, 3, lengths)
	for _, c := range mapCases(k) {
		for n := 0; n <= lengths; n += step {
			what := fmt.Sprintf("%s of %d", c.name, n)
			atEnd := n%2 == 0
			x := make([][]T, c.srcs)
			for j := range x {
				x[j] = src[j].slice(n, atEnd)
				fillMixed(r, x[j])
			}
			s := T(r.NormFloat64())
			if n%5 == 0 {
				s = specials[T]()[r.IntN(len(specials[T]()))]
			}
			d := dst.slice(n, atEnd)
			c.run(d, x, s)
			dst.check(t, what)
			for j := range x {
				src[j].check(t, what)
			}
			for i := range d {
				if wrong := c.check(x, i, s, d[i]); wrong != "" {
					t.Fatalf("%s: %s", what, wrong)
				}
			}
			if c.name == "AXPY" {
				continue // its destination is a source already
			}
			for j := range x { // in place
				y := append([][]T(nil), x...)
				y[j] = append([]T(nil), x[j]...)
				c.run(y[j], y, s)
				for i := range d {
					if !sameBits(d[i], y[j][i]) {
						t.Fatalf("%s in place of source %d: element %d is %v, was %v", what, j, i, y[j][i], d[i])
					}
				}
			}
		}
	}
}

func at[T Float](x [][]T, i int) (v []T) {
	for _, s := range x {
		v = append(v, s[i])
	}
	return v
}

// sameBits is equality that tells zeros apart and takes NaN for equal.
func sameBits[T Float](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

func TestElementwise(t *testing.T) { eachLevel(t, testElementwise[float32], testElementwise[float64]) }

// testSpecialPairs tries every special number with every other.
func testSpecialPairs[T Float](t *testing.T, k *Kernels[T]) {
	sp := specials[T]()
	var a, b, c []T
	for i, x := range sp {
		for j, y := range sp {
			a, b, c = append(a, x), append(b, y), append(c, sp[(i+j)%len(sp)])
		}
	}
	d := make([]T, len(a))
	for _, cs := range mapCases(k) {
		for _, s := range sp {
			x := [][]T{a, b, c}[:cs.srcs]
			cs.run(d, x, s)
			for i := range d {
				if wrong := cs.check(x, i, s, d[i]); wrong != "" {
					t.Fatalf("%s: %s", cs.name, wrong)
				}
			}
		}
	}
}

func TestSpecialPairs(t *testing.T) {
	eachLevel(t, testSpecialPairs[float32], testSpecialPairs[float64])
}

// testPosition: an element's bits depend on nothing but its operands.
func testPosition[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const n = 133
	x := [][]T{make([]T, n), make([]T, n), make([]T, n)}
	for _, y := range x {
		fillMixed(r, y)
	}
	all, one := make([]T, n), make([]T, n)
	for _, c := range mapCases(k) {
		s := T(r.NormFloat64())
		c.run(all, x[:c.srcs], s)
		for range 40 {
			lo := r.IntN(n)
			hi := lo + r.IntN(n-lo+1)
			part := make([][]T, c.srcs)
			for j := range part {
				part[j] = x[j][lo:hi]
			}
			c.run(one[lo:hi], part, s)
			for i := lo; i < hi; i++ {
				if !sameBits(all[i], one[i]) {
					t.Fatalf("%s: element %d is %v in a slice of %d and %v in one from %d to %d", c.name, i, all[i], n, one[i], lo, hi)
				}
			}
		}
	}
}

func TestPositionIndependence(t *testing.T) {
	eachLevel(t, testPosition[float32], testPosition[float64])
}

// testLong crosses the cut between two calls into assembly.
func testLong[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const n = 3*8192 + 77
	x := [][]T{make([]T, n), make([]T, n), make([]T, n)}
	for _, y := range x {
		fillMixed(r, y)
	}
	d := make([]T, n)
	for _, c := range mapCases(k) {
		c.run(d, x[:c.srcs], 1.25)
		for i := 0; i < n; i += 1 + i%11 {
			if wrong := c.check(x[:c.srcs], i, 1.25, d[i]); wrong != "" {
				t.Fatalf("%s: %s", c.name, wrong)
			}
		}
	}
}

func TestLongSlices(t *testing.T) { eachLevel(t, testLong[float32], testLong[float64]) }

// testShortSources: a source shorter than the destination is refused.
func testShortSources[T Float](t *testing.T, k *Kernels[T]) {
	for _, c := range mapCases(k) {
		if c.name == "Fill" {
			continue
		}
		for j := range c.srcs {
			if c.name == "AXPY" && j == 1 {
				continue // the destination
			}
			x := [][]T{make([]T, 9), make([]T, 9), make([]T, 9)}
			x[j] = make([]T, 8, 9)
			mustPanic(t, fmt.Sprintf("%s with source %d too short", c.name, j), func() { c.run(make([]T, 9), x[:c.srcs], 1) })
		}
	}
}

func TestShortSourcesPanic(t *testing.T) {
	eachLevel(t, testShortSources[float32], testShortSources[float64])
}
