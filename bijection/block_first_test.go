package bijection_test

import (
	"math"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/ref"
)

// A fresh network bends everywhere and is nearly straight all the same: points of a few units move by less than two, and no slope is far from 1.
func TestBlockAutoregressiveBegins(t *testing.T) {
	const rows = 81
	x := make([]float64, rows)
	for i := range x {
		x[i] = -3 + 6*float64(i)/(rows-1)
	}
	for _, depth := range []int{1, 2} {
		for _, width := range []int{8, 32, 64} {
			for seed := range uint64(3) {
				r := param.NewRegistry()
				m, err := bijection.BlockAutoregressive{Width: width, Depth: depth}.Bind(r.Scope(), graph.Shape{1}, nil)
				if err != nil {
					t.Fatal(err)
				}
				specs, err := r.Specs()
				if err != nil {
					t.Fatal(err)
				}
				in, set := map[string][]float64{"x": x}, param.New(specs, seed)
				for _, s := range specs {
					in[s.Name] = set.Data(s.Name)
				}
				g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
					u, l := m.Inverse(b, b.Input("x", 1), graph.Value{})
					b.Output("u", u)
					b.Output("l", l)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				out, err := engine.Ref(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
				if err != nil {
					t.Fatal(err)
				}
				var moved, bent float64
				for i := range x {
					moved, bent = max(moved, math.Abs(out.Outputs["u"][i]-x[i])), max(bent, math.Abs(out.Outputs["l"][i]))
				}
				if !(moved < 2) || !(bent < 1.6) || bent < 1e-3 {
					t.Errorf("seed %d, %d layers of %d units: points move by up to %.3g, log-slopes are up to %.3g", seed, depth, width, moved, bent)
				}
			}
		}
	}
}
