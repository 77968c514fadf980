package cpu_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
)

// A training step of each recipe agrees with the interpreter: loss, gradients and the Adam update.
func TestTrainingStep(t *testing.T) {
	for _, name := range recipe.Names() {
		f, err := recipe.New(name, recipe.Config{Dim: 3, Context: 2, Transforms: 2, Hidden: []int{17, 13}})
		if err != nil {
			t.Fatal(err)
		}
		bound, err := f.Bind()
		if err != nil {
			t.Fatal(err)
		}
		set := param.New(bound.Specs, 1)
		g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
			x, c := b.Input("x", 3), b.Input("c", 2)
			loss := graph.Neg(graph.MeanRows(bound.LogProb(b, x, c)))
			b.Output("loss", loss)
			var ps []graph.Value
			for _, s := range bound.Specs {
				ps = append(ps, b.Param(s.Name, s.Shape...))
			}
			gs := graph.Gradient(loss, ps...)
			norm := b.Scalar(0)
			for i := range gs {
				b.Output("g "+bound.Specs[i].Name, gs[i])
				norm = graph.Add(norm, graph.Sum(graph.Square(gs[i])))
			}
			s := graph.AdamScalars{Rate: b.SharedInput("rate", graph.Float), Correction1: b.Scalar(0.1), Correction2: b.Scalar(0.001),
				GradScale: graph.Min(b.Scalar(1), graph.Div(b.Scalar(5), graph.Sqrt(norm)))}
			for i, p := range ps {
				m, v := b.Param("m."+bound.Specs[i].Name, p.Shape()...), b.Param("v."+bound.Specs[i].Name, p.Shape()...)
				p1, m1, v1 := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}, p, gs[i], m, v, s)
				b.Update(p, p1)
				b.Update(m, m1)
				b.Update(v, v1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := 300
		rng := rand.New(rand.NewPCG(1, 2))
		in := map[string][]float64{"x": make([]float64, rows*3), "c": make([]float64, rows*2), "rate": {1e-3}}
		for _, k := range []string{"x", "c"} {
			for i := range in[k] {
				in[k][i] = rng.NormFloat64()
			}
		}
		for _, s := range bound.Specs {
			in[s.Name] = set.Data(s.Name)
			for i := range in[s.Name] {
				in[s.Name][i] += 0.1 * rng.NormFloat64()
			}
			in["m."+s.Name] = make([]float64, s.Shape.Size())
			in["v."+s.Name] = make([]float64, s.Shape.Size())
		}
		call := ref.Call{Rows: rows, Inputs: in}
		want, err := ref.Run(context.Background(), g, call)
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2, 3} {
			got, err := engine.CPU[float64](cpu.Options{Threads: threads, TileRows: 64})(context.Background(), g, call)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, want.Outputs, got.Outputs, 1e-10)
			compare(t, name, want.Updates, got.Updates, 1e-8)
			got, err = engine.CPU[float32](cpu.Options{Threads: threads})(context.Background(), g, call)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, want.Outputs, got.Outputs, 1e-4)
		}
	}
}

func compare(t *testing.T, what string, want, got map[string][]float64, tol float64) {
	t.Helper()
	for name, w := range want {
		g := got[name]
		if len(w) != len(g) {
			t.Errorf("%s %s: %d numbers, want %d", what, name, len(g), len(w))
			continue
		}
		for i := range w {
			if d := math.Abs(w[i] - g[i]); !(d <= tol*(1+math.Abs(w[i]))) && !(math.IsNaN(w[i]) && math.IsNaN(g[i])) && w[i] != g[i] {
				t.Errorf("%s %s[%d] = %g, want %g", what, name, i, g[i], w[i])
				break
			}
		}
	}
	_ = fmt.Sprint
}
