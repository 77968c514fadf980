package dist_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// Parameters that have run away give a density and draws all the same: neither is NaN, and the density is not infinite where it counts.
func TestWildParameters(t *testing.T) {
	net := nn.MLP{Hidden: []int{3}, Activation: "tanh"}
	for _, c := range []struct {
		name string
		d    dist.Distribution
	}{
		{"diagonal normal", dist.DiagonalNormal{Dim: 2}},
		{"full normal", dist.FullNormal{Dim: 2}},
		{"conditional normal", dist.ConditionalNormal{Dim: 2, Net: net}},
		{"Laplace", dist.Laplace{Dim: 2}},
		{"logistic", dist.Logistic{Dim: 2}},
		{"Student's t", dist.StudentT{Dim: 2}},
		{"von Mises", dist.VonMises{Dim: 2}},
		{"mixture", dist.Mixture{Dim: 2, Components: 2}},
		{"mixture of densities", dist.MixtureOf{Components: []dist.Distribution{dist.FullNormal{Dim: 2}, dist.StudentT{Dim: 2}}}},
		{"product", dist.Product{Parts: []dist.Distribution{dist.Laplace{Dim: 1}, dist.VonMises{Dim: 1}}}},
		{"resampled normal", dist.Resampled{Dim: 2, Net: net, Tries: 3}},
	} {
		t.Run(c.name, func(t *testing.T) { wildParameters(t, c.d) })
	}
}

func wildParameters(t *testing.T, d dist.Distribution) {
	r := param.NewRegistry()
	bound, err := d.Bind(r.Scope(), graph.Shape{1})
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x, cond := b.Input("x", 2), b.Input("cond", 1)
		b.Output("l", bound.LogProb(b, x, cond))
		b.Output("y", graph.OnRows(bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, cond), 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]func(ref.Call) (ref.Result, error){"float64": compiled[float64](t, g), "float32": compiled[float32](t, g)}
	x := []float64{0.3, -0.7, 2, 1, 0, 0, 1e30, -1, -1e30, 1e30, 1e6, -1e6}
	rows := len(x) / 2
	in := map[string][]float64{"x": x, "cond": {1, -1, 0, 3, 1e30, -1e30}, "key": {1, 2}}
	first := param.New(specs, 1)
	for _, s := range specs {
		in[s.Name] = first.Data(s.Name)
	}
	for _, s := range specs {
		kept := in[s.Name]
		for _, wild := range []float64{100, -100, 1e6, 1e30, -1e30} {
			for at := -1; at < min(len(kept), 4); at++ {
				v := slices.Clone(kept)
				for i := range v {
					if at < 0 || i == at {
						v[i] = wild
					}
				}
				in[s.Name] = v
				for name, run := range runs {
					got, err := run(ref.Call{Rows: rows, Inputs: in})
					if err != nil {
						t.Fatal(err)
					}
					for i, l := range got.Outputs["l"] {
						if math.IsNaN(l) || math.IsInf(l, 1) {
							t.Errorf("%s: %s at %g (element %d, −1: all): log p is %g at %v", name, s.Name, wild, at, l, x[2*i:2*i+2])
						}
					}
					if i := slices.IndexFunc(got.Outputs["y"], math.IsNaN); i >= 0 {
						t.Errorf("%s: %s at %g (element %d, −1: all): draw %d is NaN", name, s.Name, wild, at, i/2)
					}
				}
			}
		}
		in[s.Name] = kept
	}
}

// compiled is a graph on the engine, compiled once for many runs.
func compiled[T matrix.Float](t *testing.T, g *graph.Graph) func(ref.Call) (ref.Result, error) {
	t.Helper()
	p, err := cpu.Compile[T](g, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return func(call ref.Call) (ref.Result, error) { return engine.Run(t.Context(), p, g, call) }
}
