package dist_test

import (
	"maps"
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// acceptLine is a resampled base of one column with a(z) = 1/(1+e^−(wz+c)), and its inputs.
func acceptLine(t *testing.T, tries int, w, c float64) (dist.Bound, map[string][]float64) {
	t.Helper()
	bound := bind(t, dist.Resampled{Dim: 1, Tries: tries, Net: nn.MLP{Hidden: []int{}}, Momentum: 0.02})
	return bound, map[string][]float64{"loc": {0}, "log_scale": {0}, "acceptance.layers.0.weight": {w}, "acceptance.layers.0.bias": {c},
		"normalizer": {0}, "shift": {0, 0}}
}

// acceptMean is Z = E a(z) by the trapezoidal rule.
func acceptMean(w, c float64) float64 {
	const n, reach = 4000, 12.
	z := 0.
	for i := range n + 1 {
		x := reach * (2*float64(i)/n - 1)
		z += 2 * reach / n * math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) / (1 + math.Exp(-w*x-c))
	}
	return z
}

// The density is that of the formula, from a base that accepts almost everything to one whose tries mostly fail.
func TestResampledLogProb(t *testing.T) {
	for _, k := range []struct {
		tries int
		w, c  float64
	}{{2, 2, 0}, {5, -3, -1}, {100, 1, -6}, {100, 4, 1}, {3, 0.5, 8}} {
		bound, in := acceptLine(t, k.tries, k.w, k.c)
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			b.Output("l", bound.LogProb(b, b.Input("x", 1), graph.Value{}))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		in["x"] = []float64{-7, -1, 0, 0.5, 3, 1e3}
		z := acceptMean(k.w, k.c)
		never := math.Pow(1-z, float64(k.tries-1))
		for _, e := range types {
			r, err := e.run(t.Context(), g, ref.Call{Rows: len(in["x"]), Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range in["x"] {
				a := 1 / (1 + math.Exp(-k.w*x-k.c))
				want := -x*x/2 - 0.5*math.Log(2*math.Pi) + math.Log((1-never)*a/z+never)
				// 4096 points find the mean to some 10⁻⁴ of itself.
				if got := r.Outputs["l"][i]; !(math.Abs(got-want) <= 1e-3+1e-6*math.Abs(want)) {
					t.Errorf("%s: %+v: log p(%g) = %.9g, want %.9g", e.name, k, x, got, want)
				}
			}
		}
	}
}

// Training steps bring the moving average to the mean, the points of one step differ from those of the next, and the derivative is that of the
// step's own estimate: on average that of the density itself.
func TestResampledTraining(t *testing.T) {
	const w, c, steps = 1.5, -0.5, 300
	bound, in := acceptLine(t, 10, w, c)
	rows := []float64{-1, 0.3, 2}
	in["x"] = rows
	names := []string{"acceptance.layers.0.weight", "acceptance.layers.0.bias", "loc"}
	build := func(mode graph.Mode) *graph.Graph {
		g, err := graph.Build(mode, func(b *graph.Builder) error {
			l := graph.MeanRows(bound.LogProb(b, b.Input("x", 1), graph.Value{}))
			for _, n := range names {
				shape := []int{1}
				if n == names[0] {
					shape = []int{1, 1}
				}
				b.Output(n, graph.Gradient(l, b.Param(n, shape...))[0])
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	train := build(graph.Train)
	for _, e := range types {
		want, err := e.run(t.Context(), build(graph.Evaluate), ref.Call{Rows: len(rows), Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		state, mean := maps.Clone(in), map[string]float64{}
		for range steps {
			r, err := e.run(t.Context(), train, ref.Call{Rows: len(rows), Inputs: state})
			if err != nil {
				t.Fatal(err)
			}
			if r.Updates["shift"][0] == state["shift"][0] {
				t.Fatalf("%s: the points stay where they were, %v", e.name, state["shift"])
			}
			maps.Copy(state, r.Updates)
			for _, n := range names {
				mean[n] += r.Outputs[n][0] / steps
			}
		}
		if z := acceptMean(w, c); math.Abs(state["normalizer"][0]-z) > 0.01 {
			t.Errorf("%s: the moving average is %.4f, the mean %.4f", e.name, state["normalizer"][0], z)
		}
		for _, n := range names {
			if math.Abs(mean[n]-want.Outputs[n][0]) > 0.01 {
				t.Errorf("%s: ∂/∂%s is %.4f on average over the steps, and %.4f of the density", e.name, n, mean[n], want.Outputs[n][0])
			}
		}
	}
}

// Draws that find no accepted proposal are the last one, and there are as many of them as the truncation says.
func TestResampledDraws(t *testing.T) {
	const n, seed, w, c, tries = 20000, 6, 6., -3., 4
	t.Logf("seed %d", seed)
	bound, in := acceptLine(t, tries, w, c)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Input("x")
		x := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{})
		b.Output("y", x)
		b.Output("loc", graph.Gradient(graph.MeanRows(graph.Reshape(x)), b.Param("loc", 1))[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// P(z < 0) = (1−α)/Z·∫ a·π + α/2 over z < 0.
	z := acceptMean(w, c)
	never := math.Pow(1-z, tries-1)
	below := never / 2
	for i := range 4000 {
		x := -12 * (float64(i) + 0.5) / 4000
		below += (1 - never) / z * 12. / 4000 * math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) / (1 + math.Exp(-w*x-c))
	}
	in["x"], in["key"] = make([]float64, n), []float64{seed, 0}
	for _, e := range types {
		r, err := e.run(t.Context(), g, ref.Call{Rows: n, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		count := 0.
		for _, y := range r.Outputs["y"] {
			if y < 0 {
				count++
			}
		}
		if math.Abs(count/n-below) > 5*math.Sqrt(below*(1-below)/n) {
			t.Errorf("%s: %.4f of the draws are below 0, want %.4f", e.name, count/n, below)
		}
		if d := r.Outputs["loc"][0]; math.Abs(d-1) > 1e-5 {
			t.Errorf("%s: a draw moves by %g with loc", e.name, d)
		}
	}
}

// The parameters have the names that a model file knows.
func TestResampledNames(t *testing.T) {
	r := param.NewRegistry()
	if _, err := (dist.Resampled{Dim: 2, Net: nn.MLP{Hidden: []int{}}}).Bind(r.Scope().Sub("base"), nil); err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"base.loc": false, "base.log_scale": false, "base.acceptance.layers.0.weight": false, "base.acceptance.layers.0.bias": false,
		"base.normalizer": true, "base.shift": true}
	for _, s := range specs {
		if state, ok := want[s.Name]; !ok || state != s.State {
			t.Errorf("%s is a parameter, state: %t", s.Name, s.State)
		}
	}
	if len(specs) != len(want) {
		t.Errorf("%d parameters, want %d", len(specs), len(want))
	}
}
