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

var nflowsBatchNorm = bijection.BatchNorm{Scale: scalar.Softplus{Floor: 1e-5}}

func batchNormNflows(c *goldenCase) built {
	w := newWeights(c)
	w.whole("raw_scale", "unconstrained_weight", c.dim(), 0)
	w.whole("bias", "bias", c.dim(), 0)
	w.whole("running_mean", "running_mean", c.dim(), 0)
	w.whole("running_variance", "running_var", c.dim(), 0)
	w.take("started", "bias", 0, 1, func(i int) int { return i }) // 0: theirs does not start from data
	return twin(c, nflowsBatchNorm, nil, w)
}

// A batch in training gives what nflows computed from it, and moves the running averages as there.
func TestBatchNormTrainsAsInNflows(t *testing.T) {
	c := load(t, "batchnorm_nflows")
	m := batchNormNflows(c)
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		u, logDet := m.transform.Inverse(b, b.Input("x", c.dim()), graph.Value{})
		b.Output("u", u)
		b.Output("logdet", graph.OnRows(logDet, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := m.weights.values(m.specs)
	in["x"], in["running_mean"], in["running_variance"] = c.floats("train/x"), c.floats("train/running_mean_before"), c.floats("train/running_var_before")
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
			r, err := e.run(t.Context(), g, ref.Call{Rows: c.shape("train/x")[0], Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "u", r.Outputs["u"], c.floats("train/u"), e.tol)
			near(t, "log-determinant", r.Outputs["logdet"], c.floats("train/logdet_inverse"), e.tol)
			near(t, "running mean", r.Updates["running_mean"], c.floats("param/running_mean"), e.tol)
			near(t, "running variance", r.Updates["running_variance"], c.floats("param/running_var"), e.tol)
		})
	}
}
