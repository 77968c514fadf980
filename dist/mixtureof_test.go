package dist_test

import (
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
	"diffeo/ref"
)

// Between the supports of its components a mixture has no density, and no gradient either; inside one of them it has that component's share.
func TestMixtureOfBoxesWithAGap(t *testing.T) {
	bound := bind(t, dist.MixtureOf{Components: []dist.Distribution{dist.UnitBox(1), dist.Uniform{Low: []float64{3}, High: []float64{5}}}})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x", 1)
		l := bound.LogProb(b, x, graph.Value{})
		b.Output("l", l)
		b.Output("dx", graph.Gradient(l, x)[0])
		b.Output("dlogits", graph.Gradient(graph.SumRows(l), b.Param("logits", 2))[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, want, dlogit float64 }{
		{0.5, math.Log(0.25), 0.75}, {2, math.Inf(-1), 0}, {4, math.Log(0.75 / 2), -0.25}, {-1, math.Inf(-1), 0}, {1e30, math.Inf(-1), 0},
	} {
		for _, e := range types {
			r, err := e.run(t.Context(), g, ref.Call{Rows: 1, Inputs: map[string][]float64{"x": {c.x}, "logits": {0, math.Log(3)}}})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Outputs["l"][0]; !e.tol.LogDet.Allows(got, c.want) {
				t.Errorf("%s: log p(%g) = %g, want %g", e.name, c.x, got, c.want)
			}
			if dx, dl := r.Outputs["dx"][0], r.Outputs["dlogits"]; dx != 0 || !e.tol.LogDet.Allows(dl[0], c.dlogit) || !e.tol.LogDet.Allows(dl[1], -c.dlogit) {
				t.Errorf("%s: at %g the gradients are %g in x and %v in the logits, want 0 and ±%g", e.name, c.x, dx, dl, c.dlogit)
			}
		}
	}
}

// Components are drawn as often as their weights say, each on its own support.
func TestMixtureOfWeights(t *testing.T) {
	const n, seed = 20000, 2
	t.Logf("seed %d", seed)
	var boxes []dist.Distribution
	for k := range 3 {
		boxes = append(boxes, dist.Uniform{Low: []float64{float64(10 * k)}, High: []float64{float64(10*k + 1)}})
	}
	bound := bind(t, dist.MixtureOf{Components: boxes})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Input("x")
		b.Output("y", bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	weights := []float64{0.2, 0.7, 0.1}
	in := map[string][]float64{"x": make([]float64, n), "key": {seed, 1}, "logits": {math.Log(0.2), math.Log(0.7), math.Log(0.1)}}
	for _, e := range types {
		r, err := e.run(t.Context(), g, ref.Call{Rows: n, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		counts := [3]float64{}
		for _, y := range r.Outputs["y"] {
			k := int(y / 10)
			if k < 0 || k > 2 || y < float64(10*k) || y >= float64(10*k+1) {
				t.Fatalf("%s: a draw at %g, outside of all boxes", e.name, y)
			}
			counts[k]++
		}
		for k, w := range weights {
			if math.Abs(counts[k]/n-w) > 5*math.Sqrt(w*(1-w)/n) {
				t.Errorf("%s: component %d of weight %g is drawn %g of the time", e.name, k, w, counts[k]/n)
			}
		}
	}
}
