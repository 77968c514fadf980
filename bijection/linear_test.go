package bijection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/param"
)

// matrixOf is the matrix of a linear map without bias, [D][D]: its direction applied to the unit vectors.
func matrixOf(t *testing.T, m bijection.Bound, forward bool, in map[string][]float64) [][]float64 {
	t.Helper()
	d := m.DataShape().Size()
	one := make([]float64, d*d)
	for i := range d {
		one[i*d+i] = 1
	}
	in["x"] = one
	y := pass(t, m, graph.Evaluate, forward, d, in).Outputs["y"]
	w := make([][]float64, d)
	for i := range w {
		w[i] = make([]float64, d)
		for j := range d {
			w[i][j] = y[j*d+i]
		}
	}
	return w
}

// orthogonality is the largest element of W·Wᵀ − I.
func orthogonality(w [][]float64) float64 {
	worst := 0.
	for i := range w {
		for j := range w {
			dot := 0.
			for k := range w {
				dot += w[i][k] * w[j][k]
			}
			if i == j {
				dot--
			}
			worst = math.Max(worst, math.Abs(dot))
		}
	}
	return worst
}

// Householder is the product of its reflections, in their order: H_1 is the last that Forward applies. Vectors of length 0, and of a length whose
// square is no float, are reflected as their directions say.
func TestHouseholderIsItsReflections(t *testing.T) {
	const d, k, seed = 4, 5, 3
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	v := make([]float64, k*d)
	for i := range v {
		v[i] = rng.NormFloat64() * []float64{1, 1e-25, 1e200, 0, 1}[i/d]
	}
	m, err := bijection.Householder{Reflections: k}.Bind(param.NewRegistry().Scope(), graph.Shape{d}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"vectors": v}
	got := matrixOf(t, m, true, in)
	if e := orthogonality(got); e > 1e-14 {
		t.Errorf("not orthogonal: %g", e)
	}
	for j := range d {
		x := make([]float64, d)
		x[j] = 1
		for i := k - 1; i >= 0; i-- {
			h, largest := v[i*d:(i+1)*d], 0.
			for _, a := range h {
				largest = math.Max(largest, math.Abs(a))
			}
			if largest == 0 {
				continue
			}
			dot, square := 0., 0.
			for a := range d {
				dot += h[a] / largest * x[a]
				square += h[a] / largest * h[a] / largest
			}
			for a := range d {
				x[a] -= 2 * dot / square * h[a] / largest
			}
		}
		for i := range d {
			if e := math.Abs(got[i][j] - x[i]); e > 1e-14 {
				t.Errorf("element %d,%d is %g, want %g", i, j, got[i][j], x[i])
			}
		}
	}
}

// Rotation turns a plane by the angle of its generator, and stays orthogonal at angles of many turns.
func TestRotationTurnsByItsAngle(t *testing.T) {
	for _, angle := range []float64{0, 1e-12, 0.3, -2, math.Pi, 100, 700} {
		m, err := bijection.Rotation{}.Bind(param.NewRegistry().Scope(), graph.Shape{2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		w := matrixOf(t, m, false, map[string][]float64{"generator": {5, -angle / 2, angle / 2, -7}})
		tol := 1e-15 * (10 + 10*math.Abs(angle))
		for i, want := range []float64{math.Cos(angle), -math.Sin(angle), math.Sin(angle), math.Cos(angle)} {
			if got := w[i/2][i%2]; math.Abs(got-want) > tol {
				t.Errorf("angle %g: element %d is %.17g, want %.17g", angle, i, got, want)
			}
		}
		if e := orthogonality(w); e > tol {
			t.Errorf("angle %g: W·Wᵀ − I has an element %g", angle, e)
		}
	}
}

// A generator beyond its bound is a rotation all the same.
func TestRotationOfWildGenerator(t *testing.T) {
	const d = 5
	m, err := bijection.Rotation{}.Bind(param.NewRegistry().Scope(), graph.Shape{d}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := make([]float64, d*d)
	for i := range a {
		a[i] = float64(i%7-3) * 1e30
	}
	if e := orthogonality(matrixOf(t, m, false, map[string][]float64{"generator": a})); !(e < 1e-8) {
		t.Errorf("W·Wᵀ − I has an element %g", e)
	}
}

// The linear maps begin as the identity, whatever their parametrisation, where the number of reflections is even.
func TestLinearMapsBeginAsTheIdentity(t *testing.T) {
	for _, m := range []bijection.Bijection{
		bijection.LULinear{}, bijection.LULinear{Free: true}, bijection.Triangular{}, bijection.Triangular{Upper: true, Normalized: true},
		bijection.Householder{}, bijection.Householder{Reflections: 4}, bijection.QRLinear{}, bijection.SVDLinear{}, bijection.Rotation{},
	} {
		for d := 1; d < 5; d++ {
			r := param.NewRegistry()
			b, err := m.Bind(r.Scope(), graph.Shape{d}, nil)
			if err != nil {
				t.Fatal(err)
			}
			specs, err := r.Specs()
			if err != nil {
				t.Fatal(err)
			}
			set, in := param.New(specs, 1), map[string][]float64{}
			for _, s := range specs {
				in[s.Name] = set.Data(s.Name)
			}
			for _, forward := range []bool{false, true} {
				for i, row := range matrixOf(t, b, forward, in) {
					for j, got := range row {
						want := 0.
						if i == j {
							want = 1
						}
						if !tolerance.Float64.Value.Allows(got, want) {
							t.Errorf("%T of %d columns: element %d,%d is %g", m, d, i, j, got)
						}
					}
				}
			}
		}
	}
}
