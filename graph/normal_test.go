package graph_test

import (
	"context"
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// The density integrates to one in a column, is a product over columns, and has the gradient −x.
func TestNormalLogDensity(t *testing.T) {
	const n, step = 2001, 0.01 // from −10 to 10
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = step * float64(i-n/2)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x", 1)
		one := graph.NormalLogDensity(x)
		b.Output("one", one)
		b.Output("slope", graph.Gradient(one, x)[0])
		b.Output("three", graph.NormalLogDensity(graph.Concat(0, x, b.Const([]float64{0.5}, 1), graph.Scale(x, 2))))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []engine.Engine{engine.Ref, engine.CPU[float64](cpu.Options{})} {
		r, err := run(context.Background(), g, ref.Call{Rows: n, Inputs: map[string][]float64{"x": xs}})
		if err != nil {
			t.Fatal(err)
		}
		mass, log := 0.0, func(x float64) float64 { return -x*x/2 - math.Log(2*math.Pi)/2 }
		bound := tolerance.Float64.Gradient
		for i, x := range xs {
			mass += step * math.Exp(r.Outputs["one"][i])
			for name, want := range map[string]float64{"one": log(x), "slope": -x, "three": log(x) + log(0.5) + log(2*x)} {
				if got := r.Outputs[name][i]; !bound.Allows(got, want) {
					t.Errorf("at %g: %s is %v, want %v", x, name, got, want)
				}
			}
		}
		if !bound.Allows(mass, 1) {
			t.Errorf("the density integrates to %v", mass)
		}
	}
}
