package golden

import (
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/ref"
	"diffeo/scalar"
)

var nflowsActNorm = bijection.ActNorm{Form: scalar.ScaleData}

func actNormNflows(c *goldenCase) built {
	w := newWeights(c)
	w.whole("shift", "shift", c.dim(), 0)
	w.whole("log_scale", "log_scale", c.dim(), 0)
	w.whole("started", "initialized", 1, 0)
	return twin(c, nflowsActNorm, nil, w)
}

// The data-dependent start gives what nflows computed from the same batch.
func TestActNormStartsAsInNflows(t *testing.T) {
	c := load(t, "actnorm_nflows")
	m := twin(c, nflowsActNorm, nil, newWeights(c))
	g, err := graph.Build(graph.Start, func(b *graph.Builder) error {
		u, _ := m.transform.Inverse(b, b.Input("x", c.dim()), graph.Value{})
		b.Output("u", u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]float64, c.dim())
	in := map[string][]float64{"x": c.floats("init/x"), "shift": zero, "log_scale": zero, "started": {0}}
	for _, e := range []struct {
		name string
		run  engine.Engine
		tol  float64
	}{
		{"ref", engine.Ref, c.meta.Tolerance.Float64},
		{"cpu in float64", engine.CPU[float64](cpu.Options{}), c.meta.Tolerance.Float64},
		{"cpu in float32", engine.CPU[float32](cpu.Options{}), c.meta.Tolerance.Float32},
	} {
		t.Run(e.name, func(t *testing.T) {
			rows := c.shape("init/x")[0]
			r, err := e.run(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "log-scale", r.Updates["log_scale"], c.floats("init/log_scale"), e.tol)
			near(t, "shift", r.Updates["shift"], c.floats("init/shift"), e.tol)
			near(t, "started", r.Updates["started"], []float64{1}, 0)
		})
	}
}
