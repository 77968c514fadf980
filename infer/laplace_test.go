package infer

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/recipe"
	"diffeo/scalar"
	"diffeo/train"
)

// correlated is the normal with the mean (100, −2e−4, 3) and the covariance S·R·S, of very different scales.
func correlated() (t Target, mean []float64, covariance [3][3]float64) {
	mean = []float64{100, -2e-4, 3}
	scales := []float64{50, 1e-5, 1}
	r := [3][3]float64{{1, 0.9, -0.3}, {0.9, 1, 0}, {-0.3, 0, 1}}
	det := 1 - 0.81 - 0.09
	inverse := [3][3]float64{{1, -0.9, 0.3}, {-0.9, 1 - 0.09, -0.27}, {0.3, -0.27, 1 - 0.81}}
	for i := range 3 {
		for j := range 3 {
			covariance[i][j] = scales[i] * scales[j] * r[i][j]
		}
	}
	return Target{Dim: 3, Func: func(x, g []float64) (float64, error) {
		sum := 0.0
		for i := range 3 {
			g[i] = 0
			for j := range 3 {
				a, b := (x[i]-mean[i])/scales[i], (x[j]-mean[j])/scales[j]
				sum += a * b * inverse[i][j] / det
				g[i] -= b * inverse[i][j] / det / scales[i]
			}
		}
		return -sum / 2, nil
	}}, mean, covariance
}

// Of a normal the guess is exact, whatever its scales; followed by it, a flow that has learned nothing draws the normal.
func TestLaplace(t *testing.T) {
	target, mean, covariance := correlated()
	m, err := Laplace(t.Context(), target, []float64{0, 0, 0})
	must(t, err)
	for i := range 3 {
		if gap := math.Abs(m.Mean[i] - mean[i]); gap > 1e-4*math.Sqrt(covariance[i][i]) {
			t.Errorf("mean %d is %v, want %v", i, m.Mean[i], mean[i])
		}
		for j := range 3 {
			sum := 0.0
			for k := range 3 {
				sum += m.Factor[3*i+k] * m.Factor[3*j+k]
			}
			if size := math.Sqrt(covariance[i][i] * covariance[j][j]); math.Abs(sum-covariance[i][j]) > 1e-4*size {
				t.Errorf("covariance %d, %d is %v, want %v", i, j, sum, covariance[i][j])
			}
		}
	}
	f, _ := flowOf(t, "realnvp", recipe.Config{Dim: 3, Transforms: 2, Hidden: []int{8}})
	f = Onto(f, m)
	p := fresh(t, f)
	for _, s := range p.Specs() {
		clear(p.Data(s.Name)) // the identity
	}
	d, err := Draw[float64](t.Context(), f, p, target, 2000, Options{})
	must(t, err)
	if share := d.ESS() / 2000; share < 0.9999 {
		t.Errorf("a share of %v of the draws is effective", share)
	}
}

// A mode is found in a region with a border, and a flow over the guess, of a column above zero, fits it.
func TestLaplaceWithConstraints(t *testing.T) {
	target := Target{Dim: 3, Graph: func(b *graph.Builder, x graph.Value) graph.Value { // x₀ and x₁ around −1 and 1, x₂ ~ Gamma(3, 2)
		ends := graph.Sum(graph.Square(graph.Sub(graph.Slice(x, 0, 0, 2), b.Const([]float64{-1, 1}, 2))))
		rate := graph.Reshape(graph.Slice(x, 0, 2, 3))
		return graph.Sub(graph.Add(graph.Scale(graph.Log(rate), 2), graph.Scale(ends, -0.5)), graph.Scale(rate, 2))
	}}
	region := bijection.Static{Map: scalar.Exp{}, Columns: []int{2}}
	free, err := target.Unconstrained(region)
	must(t, err)
	guess, err := Laplace(t.Context(), free, []float64{0, 0, 0})
	must(t, err)
	f, _ := flowOf(t, "realnvp", recipe.Config{Dim: 3, Transforms: 4, Hidden: []int{32}})
	f = Onto(f, guess, region)
	p := fresh(t, f)
	_, err = ReverseKL[float64](t.Context(), f, p, target, Config{Train: train.Config{Steps: 400, Batch: 128, Rate: 5e-3}})
	must(t, err)
	d, err := Draw[float64](t.Context(), f, p, target, 4000, Options{Seed: 2})
	must(t, err)
	for i := range d.X.Rows {
		if r := d.X.Row(i); !(r[2] > 0) {
			t.Fatalf("draw %d is %v", i, r)
		}
	}
	means, deviations := d.Moments()
	if share := d.ESS() / 4000; share < 0.8 || math.Abs(means[2]-1.5) > 0.06 || math.Abs(deviations[2]-math.Sqrt(0.75)) > 0.06 {
		t.Errorf("share %.3f, means %.3v, deviations %.3v", share, means, deviations)
	}
}

// Away from the mode there is no normal around it.
func TestSpreadAwayFromTheMode(t *testing.T) {
	target, mean, _ := correlated()
	e, err := newEvaluator(t.Context(), target)
	must(t, err)
	if _, err := e.spread([]float64{mean[0] + 25, mean[1], mean[2]}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "still rises") {
		t.Errorf("half a deviation from the mode: %v", err)
	}
}

func TestBadLaplace(t *testing.T) {
	target, _, _ := correlated()
	flat := Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value { return graph.Scale(graph.Sum(x), 0) }}
	steep := Target{Dim: 1, Graph: func(_ *graph.Builder, x graph.Value) graph.Value { return graph.Sum(graph.Log(x)) }}
	gone := errors.New("the simulator is gone")
	broken := Target{Dim: 1, Func: func(x, _ []float64) (float64, error) { return 0, gone }}
	for _, test := range []struct {
		target Target
		from   []float64
		want   error
		text   string
	}{
		{Target{}, nil, fault.ErrConfig, "a target of 0 columns"},
		{target, []float64{1}, fault.ErrShape, "a start of 1 numbers"},
		{flat, []float64{0, 0}, fault.ErrData, "no curvature"},
		{steep, []float64{-1}, fault.ErrNonFinite, "at the start [-1]"},
		{broken, []float64{0}, gone, "target at row 0"},
	} {
		if _, err := Laplace(t.Context(), test.target, test.from); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("from %v: %v, want %v with %q", test.from, err, test.want, test.text)
		}
	}
}
