package recipe_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flowtest"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/recipe"
)

// A regression is a map like others, with an embedded condition too.
func TestRegressionIsAFlow(t *testing.T) {
	for _, c := range []recipe.Config{
		{Dim: 2, Context: 2, Transforms: 1, Hidden: []int{6}, Regression: true},
		{Dim: 1, Context: 3, Transforms: 1, Hidden: []int{6}, Regression: true, ContextEmbedding: []int{4}},
		{Dim: 1, Context: 3, Transforms: 1, Hidden: []int{6}, Regression: true, ContextAngles: []int{0, 2}},
	} {
		f, err := recipe.New("maf", c)
		if err != nil {
			t.Fatal(err)
		}
		flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
	}
}

// regressed are the weights and the biases of a flow's regression on rows y = 0.8·c₀ + 0.6·e, and z = c₁ + 0.1·e, standardized with a deviation near 1.
func regressed(t *testing.T, rows int) (weights, bias []float64, err error) {
	t.Helper()
	c := recipe.Config{Dim: 2, Context: 2, Transforms: 1, Hidden: []int{4}, Regression: true}
	f, err := recipe.New("maf", c)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	params := param.New(bound.Specs, 1)
	rng := rand.New(rand.NewPCG(1, 2))
	x, cond := matrix.New[float32](rows, 2), matrix.New[float32](rows, 2)
	for r := range rows {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		copy(cond.Row(r), []float32{float32(a), float32(b)})
		copy(x.Row(r), []float32{float32(0.8*a + 0.6*rng.NormFloat64()), float32(b + 0.1*rng.NormFloat64())})
	}
	err = recipe.Regress(c, params, x, cond)
	name := "transform.transforms.0.conditioner.layers.0."
	return params.Data(name + "context"), params.Data(name + "bias"), err
}

// The first values are those of least squares; a column that the condition nearly tells, and too few rows, are left as they are.
func TestRegressFindsTheLine(t *testing.T) {
	weights, bias, err := regressed(t, 20000)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.8, 0, 0, 0, 0, 0, 0, 0} {
		if math.Abs(weights[i]-want) > 0.02 {
			t.Errorf("weight %d is %.4f, want %g", i, weights[i], want)
		}
	}
	for i, want := range []float64{0, 0, 7 * math.Atanh(math.Log(0.6)/7), 0} {
		if math.Abs(bias[i]-want) > 0.02 {
			t.Errorf("bias %d is %.4f, want %.4f", i, bias[i], want)
		}
	}
	few, _, err := regressed(t, 29)
	if err != nil || slices.Equal(few, weights) {
		t.Errorf("29 rows give %v (%v)", few, err)
	}
}

func TestRegressionRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		config recipe.Config
		says   string
	}{
		"maf":  {recipe.Config{Dim: 2, Regression: true}, "there is no condition"},
		"ncsf": {recipe.Config{Dim: 2, Context: 1, Regression: true}, "nothing is linear"},
	} {
		if _, err := recipe.New(name, c.config); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	c := recipe.Config{Dim: 1, Context: 1, Regression: true}
	if err := recipe.Regress(c, nil, matrix.New[float32](40, 1), matrix.New[float32](41, 1)); !errors.Is(err, fault.ErrShape) {
		t.Errorf("rows that differ: %v", err)
	}
}
