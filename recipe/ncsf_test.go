package recipe_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/recipe"
)

// On the torus the density has no seam: at −π and π of any angle, which are one point, log-densities agree, and so do their slopes along every
// column, whose networks see the angle. It holds for any weights, and beside numbers of the line.
func TestNCSFHasNoSeam(t *testing.T) {
	for _, c := range []recipe.Config{{}, {Components: 3}, {Angles: []int{0, 2}}, {Angles: []int{1}}} {
		for _, noise := range []float64{0.2, 0.5, 1} {
			t.Run(fmt.Sprintf("angles %v, a base of %d components, weights moved by %g", c.Angles, c.Components, noise), func(t *testing.T) { seamless(t, c, noise) })
		}
	}
}

func seamless(t *testing.T, config recipe.Config, noise float64) {
	const d = 3
	angles := config.Angles
	config.Dim, config.Transforms, config.Hidden, config.Activation, config.Bins, config.Context = d, 3, []int{8}, "tanh", 4, 1
	f, err := recipe.New("ncsf", config)
	if err != nil {
		t.Fatal(err)
	}
	b, weights := bind(t, f, noise)
	if angles == nil {
		angles = []int{0, 1, 2}
	}
	var x, c []float64
	for _, column := range angles {
		for _, other := range []float64{-2, 0.3, 3} {
			for _, side := range []float64{-math.Pi, math.Pi} {
				row := []float64{other, other / 2, -other}
				row[column] = side
				x, c = append(x, row...), append(c, other)
			}
		}
	}
	rows := len(c)
	out := run(t, weights, rows, map[string][]float64{"x": x, "c": c}, func(g *graph.Builder, out func(string, graph.Value)) {
		x := g.Input("x", d)
		l := b.LogProb(g, x, g.Input("c", 1))
		out("l", l)
		out("g", graph.Gradient(l, x)[0])
	})
	const rounding = 1e-9 // relative; weights moved by 1 make slopes of some hundred
	steep := 0.0
	for r := 0; r < rows; r += 2 {
		if a, b := out["l"][r], out["l"][r+1]; !(math.Abs(a-b) <= rounding*(1+math.Abs(a))) {
			t.Errorf("rows %v and %v have log-densities %g and %g", x[d*r:d*r+d], x[d*r+d:d*r+2*d], a, b)
		}
		for i := range d {
			a, b := out["g"][d*r+i], out["g"][d*r+d+i]
			if !(math.Abs(a-b) <= rounding*(1+math.Abs(a))) {
				t.Errorf("rows %v and %v have slopes %g and %g along column %d", x[d*r:d*r+d], x[d*r+d:d*r+2*d], a, b, i)
			}
			steep = math.Max(steep, math.Abs(a))
		}
	}
	if steep < 1e-3 {
		t.Errorf("the density is flat at the seam: the test tests nothing")
	}
}

// Angles beside numbers are flows like others, in whatever columns they are; a coupling may meet one kind alone on either side.
func TestNCSFOnCylinders(t *testing.T) {
	for _, angles := range [][]int{{0}, {0, 2}} {
		c := recipe.Config{Dim: len(angles) + 1, Transforms: 1, Hidden: []int{4}, Activation: "tanh", Bins: 3, Bound: 3, Angles: angles}
		f, err := recipe.NCSF(c)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Bind()
		if err != nil {
			t.Fatal(err)
		}
		for j, in := range b.Base.Support() {
			if circle := in.High == math.Pi; circle != slices.Contains(angles, j) {
				t.Errorf("angles %v: column %d lies within %v", angles, j, in)
			}
		}
		flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
	}
}

// A mixture as the base makes a flow like others, whose means are told apart by the seed; beside numbers there is none.
func TestNCSFOnAMixture(t *testing.T) {
	c := recipe.Config{Dim: 2, Transforms: 1, Hidden: []int{4}, Activation: "tanh", Bins: 3, Components: 3}
	f, err := recipe.NCSF(c)
	if err != nil {
		t.Fatal(err)
	}
	flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
	c.Seed = 1
	other, err := recipe.NCSF(c)
	if err != nil || reflect.DeepEqual(f.Base, other.Base) {
		t.Errorf("the seed changes nothing: %v", err)
	}
	for _, bad := range []recipe.Config{{Dim: 2, Components: -1}, {Dim: 2, Components: 1001}, {Dim: 2, Components: 2, Angles: []int{1}}} {
		if _, err := recipe.NCSF(bad); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "Components") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
