package golden

import (
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/ref"
	"diffeo/scalar"
)

func laplaceTorch(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", "loc", c.dim(), 0)
	w.whole("base.log_scale", "log_scale", c.dim(), 0)
	return twin(c, nil, dist.Laplace{Dim: c.dim()}, w)
}

// flowjax makes scales by softplus without a floor; ours is far below its tolerance.
func logisticFlowjax(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", ".bijection.loc", c.dim(), 0)
	w.whole("base.raw_scale", ".bijection.scale.args[0]", c.dim(), 0)
	return twin(c, nil, dist.Logistic{Dim: c.dim(), Scale: scalar.Softplus{Floor: 1e-15}}, w)
}

func fullNormalTorch(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", "loc", c.dim(), 0)
	w.whole("base.cholesky", "raw", c.dim()*c.dim(), 0)
	return twin(c, nil, dist.FullNormal{Dim: c.dim()}, w)
}

func studentTorch(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", "loc", c.dim(), 0)
	w.whole("base.log_scale", "log_scale", c.dim(), 0)
	w.whole("base.log_df", "log_df", c.dim(), 0)
	return twin(c, nil, dist.StudentT{Dim: c.dim()}, w)
}

func vonMisesTorch(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", "loc", c.dim(), 0)
	w.whole("base.log_concentration", "log_concentration", c.dim(), 0)
	return twin(c, nil, dist.VonMises{Dim: c.dim()}, w)
}

// torch's Bessel function is good to 10⁻⁷; the case has log-densities by scipy beside it.
func TestVonMisesExactly(t *testing.T) {
	c := load(t, "base_von_mises_torch")
	m := vonMisesTorch(c)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("l", m.base.LogProb(b, b.Input("x", c.dim()), graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := m.weights.values(m.specs)
	in["x"] = c.floats("x")
	r, err := engine.CPU[float64](cpu.Options{})(t.Context(), g, ref.Call{Rows: c.rows(), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log_prob_exact", r.Outputs["l"], c.floats("log_prob_exact"), 1e-9)
}

// zuko lists logits, means, logarithms of the diagonal, and what is strictly below it row by row. Above it ours has numbers that do not matter.
func fullMixtureZuko(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	var m dist.MixtureOf
	components := c.shape("param/phi.0")[0]
	w.whole("base.logits", "phi.0", components, 0)
	for k := range components {
		ours := fmt.Sprintf("base.components.%d.", k)
		w.whole(ours+"loc", "phi.1", d, k*d)
		below := k * d * (d - 1) / 2
		for i := range d {
			for j := range d {
				from, sign, at := "phi.3", 1., below
				switch {
				case j < i:
					below++
				case j == i:
					from, at = "phi.2", k*d+i
				default:
					from, sign, at = "phi.2", 0, 0
				}
				w.takeFrom(ours+"cholesky", i*d+j, from, sign, 1, func(int) int { return at })
			}
		}
		m.Components = append(m.Components, dist.FullNormal{Dim: d, Floor: 1e-6})
	}
	return twin(c, nil, m, w)
}
