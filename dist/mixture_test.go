package dist_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
)

// The log-density is that of the formula, also far out, where every term underflows.
func TestMixtureLogProb(t *testing.T) {
	m, err := dist.Mixture{Dim: 1, Components: 2}.Bind(param.NewRegistry().Scope(), nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("l", m.LogProb(b, b.Input("x", 1), graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{-1, 0, 0.5, 2, 2.5, 1e4, -1e4}
	in := map[string][]float64{"x": x, "logits": {math.Log(3), 0}, "loc": {0, 2}, "log_scale": {0, math.Log(0.1)}}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: len(x), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	const root = 0.3989422804014326779 // 1/√2π
	for i, v := range x {
		want := math.Log(0.75*root*math.Exp(-v*v/2) + 0.25*10*root*math.Exp(-(v-2)*(v-2)*50))
		if math.Abs(v) == 1e4 { // the wide component is all that counts
			want = math.Log(0.75*root) - v*v/2
		}
		if got := r.Outputs["l"][i]; math.Abs(got-want) > 1e-12*math.Max(1, math.Abs(want)) {
			t.Errorf("log p(%g) = %.15g, want %.15g", v, got, want)
		}
	}
}

// Components are drawn as often as their weights say.
func TestMixtureWeights(t *testing.T) {
	m, err := dist.Mixture{Dim: 1, Components: 3}.Bind(param.NewRegistry().Scope(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Input("x")
		b.Output("y", m.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": make([]float64, n), "key": {7, 1}, "logits": {math.Log(0.2), math.Log(0.7), math.Log(0.1)},
		"loc": {-10, 0, 10}, "log_scale": {-3, -3, -3}}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: n, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	counts := [3]float64{}
	for _, y := range r.Outputs["y"] {
		k := int(math.Round(y/10)) + 1
		if k < 0 || k > 2 || math.Abs(y-float64(10*(k-1))) > 1 {
			t.Fatalf("a draw at %g, away from all components", y)
		}
		counts[k]++
	}
	for k, w := range []float64{0.2, 0.7, 0.1} {
		if e := math.Sqrt(w * (1 - w) / n); math.Abs(counts[k]/n-w) > 5*e {
			t.Errorf("component %d of weight %g is drawn %g of the time", k, w, counts[k]/n)
		}
	}
}

func TestBadMixtures(t *testing.T) {
	for _, m := range []dist.Mixture{
		{}, {Dim: -1}, {Dim: 2, Components: -1}, {Dim: 2, Loc: [][]float64{{1}}}, {Dim: 1, Components: 3, Loc: [][]float64{{1}, {2}}},
		{Dim: 1, Loc: [][]float64{{math.NaN()}}}, {Dim: 1, LogScale: 100}, {Dim: 1, LogScale: math.NaN()},
	} {
		if _, err := m.Bind(param.NewRegistry().Scope(), nil); !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%+v: error %v", m, err)
		}
	}
}
