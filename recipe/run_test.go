package recipe_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
)

// bind binds a flow with weights from the seed, moved by normal noise.
func bind(t *testing.T, f flow.Flow, noise float64) (*flow.Bound, map[string][]float64) {
	t.Helper()
	b, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	rng, in := rand.New(rand.NewPCG(1, 2)), map[string][]float64{}
	set := param.New(b.Specs, 1)
	for _, s := range b.Specs {
		v := set.Data(s.Name)
		for i := range v {
			v[i] += noise * rng.NormFloat64()
		}
		in[s.Name] = v
	}
	return b, in
}

// run builds and runs a graph whose outputs f names, with the given inputs beside the weights.
func run(t *testing.T, weights map[string][]float64, rows int, inputs map[string][]float64, f func(b *graph.Builder, out func(string, graph.Value))) map[string][]float64 {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		f(b, func(name string, v graph.Value) { b.Output(name, graph.OnRows(v, 1)) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{}
	for _, m := range []map[string][]float64{weights, inputs} {
		for k, v := range m {
			in[k] = v
		}
	}
	return runGraph(t, g, rows, in)
}

func runGraph(t *testing.T, g *graph.Graph, rows int, in map[string][]float64) map[string][]float64 {
	t.Helper()
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs
}

func normals(rows, n int) []float64 {
	rng := rand.New(rand.NewPCG(5, 6))
	x := make([]float64, rows*n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}
