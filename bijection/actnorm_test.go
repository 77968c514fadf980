package bijection_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// pass runs a batch through a map, inverse or forward, in a mode.
func pass(t *testing.T, m bijection.Bound, mode graph.Mode, forward bool, rows int, in map[string][]float64) ref.Result {
	t.Helper()
	g, err := graph.Build(mode, func(b *graph.Builder) error {
		x := b.Input("x", m.DataShape()...)
		through := m.Inverse
		if forward {
			through = m.Forward
		}
		y, _ := through(b, x, graph.Value{})
		b.Output("y", y)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func moments(x []float64, d int) (mean, deviation []float64) {
	mean, deviation = make([]float64, d), make([]float64, d)
	n := float64(len(x) / d)
	for i, v := range x {
		mean[i%d] += v / n
	}
	for i, v := range x {
		deviation[i%d] += (v - mean[i%d]) * (v - mean[i%d]) / (n - 1)
	}
	for j := range deviation {
		deviation[j] = math.Sqrt(deviation[j])
	}
	return mean, deviation
}

// In every form and from either side, the start makes the columns of the batch have mean 0 and deviation 1, in the starting pass itself and
// with the parameters that it stores. A second start changes nothing. Evaluation does not start anything.
func TestActNormNormalisesItsFirstBatch(t *testing.T) {
	const d, rows, seed = 3, 40, 5
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, rows*d)
	for i := range x {
		x[i] = []float64{100, -1e-3, 7}[i%d] + []float64{30, 1e-4, 1}[i%d]*rng.NormFloat64()
	}
	for _, form := range []scalar.Form{scalar.ScaleBase, scalar.ScaleData, scalar.CenterData} {
		for _, forward := range []bool{false, true} {
			m, err := bijection.ActNorm{Form: form}.Bind(param.NewRegistry().Scope(), graph.Shape{d}, nil)
			if err != nil {
				t.Fatal(err)
			}
			in := map[string][]float64{"x": x, "shift": make([]float64, d), "log_scale": make([]float64, d), "started": {0}}
			if r := pass(t, m, graph.Evaluate, forward, rows, in); len(r.Updates) != 0 || r.Outputs["y"][5] != x[5] {
				t.Errorf("form %d: before its start the map is not the identity", form)
			}
			first := pass(t, m, graph.Start, forward, rows, in)
			for name, v := range first.Updates {
				in[name] = v
			}
			later := pass(t, m, graph.Evaluate, forward, rows, in)
			for _, y := range [][]float64{first.Outputs["y"], later.Outputs["y"]} {
				mean, deviation := moments(y, d)
				for j := range d {
					if math.Abs(mean[j]) > 1e-9 || math.Abs(deviation[j]-1) > 1e-9 {
						t.Errorf("form %d, forward %t: column %d has mean %g and deviation %g", form, forward, j, mean[j], deviation[j])
					}
				}
			}
			moved := make([]float64, len(x))
			for i := range x {
				moved[i] = 5*x[i] + 1
			}
			in["x"] = moved
			for name, v := range pass(t, m, graph.Start, forward, rows, in).Updates {
				for i := range v {
					if v[i] != in[name][i] {
						t.Errorf("form %d: a second start changes %s from %v to %v", form, name, in[name], v)
					}
				}
			}
		}
	}
}

// A constant column, and a batch of one row, have no deviation: they are shifted only.
func TestActNormOfConstants(t *testing.T) {
	m, err := bijection.ActNorm{}.Bind(param.NewRegistry().Scope(), graph.Shape{1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][]float64{{4}, {4, 4, 4}, {1e6, 1e6}} {
		r := pass(t, m, graph.Start, false, len(x), map[string][]float64{"x": x, "shift": {0}, "log_scale": {0}, "started": {0}})
		if s, l := r.Updates["shift"][0], r.Updates["log_scale"][0]; s != x[0] || l != 0 {
			t.Errorf("%v starts with shift %g and log-scale %g", x, s, l)
		}
	}
}
