package simd

import (
	"fmt"
	"math"
	"testing"
)

// adamReference is the formula of AdamStep, word by word, in float64.
func adamReference(p, g, m, v float64, h AdamStep) (pn, mn, vn float64) {
	g *= h.GradScale
	m = h.Beta1*m + (1-h.Beta1)*g
	v = h.Beta2*v + (1-h.Beta2)*g*g
	p -= h.LR * h.WeightDecay * p
	p -= h.LR * (m / h.Correction1) / (math.Sqrt(v/h.Correction2) + h.Eps)
	return p, m, v
}

func testAdam[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 4, 20000)
	steps := []AdamStep{
		{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.1, Correction2: 0.001, GradScale: 1},
		{LR: 0.1, Beta1: 0.8, Beta2: 0.95, Eps: 1e-5, Correction1: 0.7, Correction2: 0.5, GradScale: 0.25, WeightDecay: 0.3},
	}
	lengths := []int{8192, 8195, 17001}
	for n := range 301 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		var x [4][]T // p, g, m, v
		for i := range x {
			x[i] = ar[i].slice(n, n%2 == 0)
			normals[T](r)(x[i])
		}
		old := [4][]float64{}
		for j := range x[3] {
			x[3][j] *= x[3][j]
		}
		for i := range x {
			for _, y := range x[i] {
				old[i] = append(old[i], float64(y))
			}
		}
		h := steps[n%2]
		k.Adam(x[0], x[1], x[2], x[3], h)
		what := fmt.Sprintf("%d parameters", n)
		for _, a := range ar {
			a.check(t, what)
		}
		for j := range n {
			p, m, v := adamReference(old[0][j], old[1][j], old[2][j], old[3][j], h)
			update := math.Abs(p-old[0][j]) + math.Abs(p)
			near := func(got T, want, size float64) bool { return math.Abs(float64(got)-want) <= 8*eps[T]()*size }
			if !near(x[0][j], p, update) || !near(x[2][j], m, math.Abs(old[1][j])+math.Abs(old[2][j])) || !near(x[3][j], v, v) {
				t.Fatalf("%s, number %d: got %v %v %v, want %v %v %v", what, j, x[0][j], x[2][j], x[3][j], p, m, v)
			}
			if float64(x[1][j]) != old[1][j] {
				t.Fatalf("%s: gradient %d changed", what, j)
			}
		}
	}
}

func TestAdam(t *testing.T) { eachLevel(t, testAdam[float32], testAdam[float64]) }

// testAdamPosition: a parameter's bits do not depend on where it stands, so that parameters may be cut among workers.
func testAdamPosition[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const n = 133
	h := AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.19, Correction2: 0.002, GradScale: 0.5, WeightDecay: 0.01}
	var whole, parts [4][]T
	for i := range whole {
		whole[i] = make([]T, n)
		normals[T](r)(whole[i])
	}
	k.Abs(whole[3], whole[3])
	for i := range parts {
		parts[i] = append([]T(nil), whole[i]...)
	}
	k.Adam(whole[0], whole[1], whole[2], whole[3], h)
	for lo := 0; lo < n; {
		hi := min(n, lo+1+r.IntN(20))
		k.Adam(parts[0][lo:hi], parts[1][lo:hi], parts[2][lo:hi], parts[3][lo:hi], h)
		lo = hi
	}
	for i := range whole {
		for j := range n {
			if whole[i][j] != parts[i][j] {
				t.Fatalf("array %d, element %d: %x in one piece, %x in parts", i, j, whole[i][j], parts[i][j])
			}
		}
	}
}

func TestAdamPosition(t *testing.T) {
	eachLevel(t, testAdamPosition[float32], testAdamPosition[float64])
}

// testAdamZero: a parameter that never had a gradient, as a masked weight, stays as it is, bit by bit.
func testAdamZero[T Float](t *testing.T, k *Kernels[T]) {
	const n = 37
	p, g, m, v := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	k.Adam(p, g, m, v, AdamStep{LR: 1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.1, Correction2: 0.001, GradScale: 1})
	for i := range p {
		if p[i] != 0 || m[i] != 0 || v[i] != 0 {
			t.Fatalf("number %d became %v, moments %v and %v", i, p[i], m[i], v[i])
		}
	}
	mustPanic(t, "Adam with a short gradient", func() { k.Adam(p, g[:n-1], m, v, AdamStep{}) })
}

func TestAdamZero(t *testing.T) { eachLevel(t, testAdamZero[float32], testAdamZero[float64]) }
