package recipe_test

import (
	"math"
	"testing"

	"diffeo/graph"
	"diffeo/recipe"
)

// On the torus the density has no seam: beside −π and π in any column log-densities agree, and so do their slopes along the other columns, whose
// networks see the angle; and it integrates to one.
func TestNCSFHasNoSeam(t *testing.T) {
	const near = 1e-9
	f, err := recipe.New("ncsf", recipe.Config{Dim: 3, Transforms: 3, Hidden: []int{8}, Activation: "tanh", Bins: 4, Context: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, weights := bind(t, f, 0.5)
	var x, c []float64
	for column := range 3 {
		for _, other := range []float64{-2, 0.3, 3} {
			for _, side := range []float64{-math.Pi, math.Pi - near} {
				row := []float64{other, other / 2, -other}
				row[column] = side
				x, c = append(x, row...), append(c, other)
			}
		}
	}
	rows := len(c)
	out := run(t, weights, rows, map[string][]float64{"x": x, "c": c}, func(g *graph.Builder, out func(string, graph.Value)) {
		x := g.Input("x", 3)
		l := b.LogProb(g, x, g.Input("c", 1))
		out("l", l)
		out("g", graph.Gradient(l, x)[0])
	})
	for r := 0; r < rows; r += 2 {
		if a, b := out["l"][r], out["l"][r+1]; !(math.Abs(a-b) < 1e-5) {
			t.Errorf("rows %v and %v have log-densities %g and %g", x[3*r:3*r+3], x[3*r+3:3*r+6], a, b)
		}
		for i := range 3 {
			if a, b := out["g"][3*r+i], out["g"][3*r+3+i]; !(math.Abs(a-b) < 1e-4*(1+math.Abs(a))) {
				t.Errorf("rows %v and %v have slopes %g and %g along column %d", x[3*r:3*r+3], x[3*r+3:3*r+6], a, b, i)
			}
		}
	}
}
