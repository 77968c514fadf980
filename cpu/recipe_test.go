package cpu_test

import (
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/recipe"
	"diffeo/ref"
)

// A training step of each recipe agrees with the interpreter: loss, gradients, the Adam updates with clipping by the global norm.
func TestTrainingStep(t *testing.T) {
	for _, name := range recipe.Names() {
		bound, weights := boundFlow(t, name, 3, 2)
		g := build(t, func(b *graph.Builder) {
			x, c := b.Input("x", 3), b.Input("c", 2)
			loss := graph.Neg(graph.MeanRows(bound.LogProb(b, x, c)))
			b.Output("loss", loss)
			var ps []graph.Value
			for _, s := range bound.Specs {
				ps = append(ps, b.Param(s.Name, s.Shape...))
			}
			norm, gs := b.Scalar(0), graph.Gradient(loss, ps...)
			for i, g := range gs {
				b.Output("gradient of "+bound.Specs[i].Name, g)
				norm = graph.Add(norm, graph.Sum(graph.Square(g)))
			}
			clip := graph.Min(b.Scalar(1), graph.Div(b.Scalar(5), graph.Sqrt(norm)))
			for i, g := range gs {
				adamOf(b, ps[i], graph.Mul(g, clip), b.SharedInput("rate", graph.Float))
			}
		})
		call := ref.Call{Rows: 300, Inputs: map[string][]float64{"x": normals(1, 900), "c": normals(2, 600), "rate": {1e-3}}}
		for _, s := range bound.Specs {
			call.Inputs[s.Name] = weights[s.Name]
			call.Inputs["m "+s.Name] = make([]float64, s.Shape.Size())
			call.Inputs["v "+s.Name] = make([]float64, s.Shape.Size())
		}
		checkModel(t, name, g, call)
	}
}

// Samples of each recipe and their log-densities agree with the interpreter, whichever direction of it is the slow one.
func TestSampling(t *testing.T) {
	for _, name := range recipe.Names() {
		dim := 5
		if searching[name] {
			dim = 2
		}
		bound, weights := boundFlow(t, name, dim, 2)
		g := build(t, func(b *graph.Builder) {
			x, lp := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, b.Input("c", 2))
			b.Output("x", x)
			b.Output("lp", lp)
		})
		call := ref.Call{Rows: 70, FirstRow: 12, Inputs: map[string][]float64{"key": {1, 2}, "c": normals(2, 140)}}
		for k, v := range weights {
			call.Inputs[k] = v
		}
		checkModel(t, name, g, call)
	}
}

// checkModel compares a whole model in both number types: bounds are those of some hundred ops one after the other. In float32 the first
// update of Adam is left out, whose size does not depend on that of the gradient, small as it may be.
func checkModel(t *testing.T, name string, g *graph.Graph, call ref.Call) {
	t.Helper()
	want := reference(t, g, call)
	for _, o := range []cpu.Options{{Threads: 1, TileRows: 64}, {Threads: 2}, {Threads: 3, TileRows: 16}} {
		what := fmt.Sprintf("%s, %+v", name, o)
		agree[float64](t, what, mustRun(t, compile[float64](t, g, o), g, call), want, within(tolerance.Float64.Second.Times(10)))
		got := mustRun(t, compile[float32](t, g, o), g, call)
		agree[float32](t, what, ref.Result{Outputs: got.Outputs}, ref.Result{Outputs: want.Outputs}, within(tolerance.Float32.Second))
	}
}
