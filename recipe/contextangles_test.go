package recipe_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
)

// What is conditioned on an angle is the same at π and at −π with every recipe, and a number there is another.
func TestContextAnglesHaveNoSeam(t *testing.T) {
	for _, name := range recipe.Names() {
		at := func(angles []int, theta float64) float64 {
			c := recipe.Config{Dim: 2, Context: 2, Transforms: 1, Hidden: []int{6}, ContextAngles: angles}
			if name == "unaf" {
				c.Signal, c.Nodes = 1, 4
			}
			f, err := recipe.New(name, c)
			if err != nil {
				t.Fatal(err)
			}
			b, err := f.Bind()
			if err != nil {
				t.Fatal(err)
			}
			g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
				g.Output("lp", b.LogProb(g, g.Input("x", 2), g.Input("c", 2)))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			set, rng := param.New(b.Specs, 1), rand.New(rand.NewPCG(1, 2))
			in := map[string][]float64{"x": {0.3, -0.4}, "c": {0.7, theta}}
			for _, s := range b.Specs {
				for _, w := range set.Data(s.Name) {
					in[s.Name] = append(in[s.Name], float64(w)+0.3*rng.NormFloat64())
				}
			}
			r, err := ref.Run(t.Context(), g, ref.Call{Rows: 1, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			return r.Outputs["lp"][0]
		}
		if a, b := at([]int{1}, math.Pi), at([]int{1}, -math.Pi); math.Abs(a-b) > 1e-9 {
			t.Errorf("%s: %v at π, %v at −π", name, a, b)
		}
		if a, b := at([]int{1}, 1), at([]int{1}, -1); math.Abs(a-b) < 1e-6 {
			t.Errorf("%s: the angle says nothing: %v at both 1 and −1", name, a)
		}
		if a, b := at(nil, math.Pi), at(nil, -math.Pi); math.Abs(a-b) < 1e-6 {
			t.Errorf("%s: a number that is no angle gives %v at π and at −π", name, a)
		}
	}
}

// A regression on an angle is one on its cosine and sine, behind the numbers.
func TestRegressOnAngles(t *testing.T) {
	c := recipe.Config{Dim: 1, Context: 2, Transforms: 1, Hidden: []int{4}, Regression: true, ContextAngles: []int{0}}
	f, err := recipe.New("maf", c)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	const rows = 20000
	params, rng := param.New(bound.Specs, 1), rand.New(rand.NewPCG(3, 4))
	x, cond := matrix.New[float32](rows, 1), matrix.New[float32](rows, 2)
	for r := range rows {
		theta, z := 2*math.Pi*rng.Float64()-math.Pi, rng.NormFloat64()
		copy(cond.Row(r), []float32{float32(theta), float32(z)})
		x.Row(r)[0] = float32(0.5*z - 0.7*math.Cos(theta) + 0.3*math.Sin(theta) + 0.6*rng.NormFloat64())
	}
	if err := recipe.Regress(c, params, x, cond); err != nil {
		t.Fatal(err)
	}
	weights := params.Data("transform.transforms.0.conditioner.layers.0.context")
	for i, want := range []float64{0.5, -0.7, 0.3} {
		if math.Abs(float64(weights[i])-want) > 0.02 {
			t.Errorf("weight %d is %.4f, want %g", i, weights[i], want)
		}
	}
}
