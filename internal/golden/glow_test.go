package golden

import (
	"fmt"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/scalar"
)

// glowNormflows: MultiscaleFlow of GlowBlocks, with a base by channel, or with one by class, whose means and log-deviations are columns of a matrix.
func glowNormflows(c *goldenCase) built {
	w := newWeights(c)
	var shape graph.Shape
	var hidden int
	c.config("shape", &shape)
	c.config("hidden", &hidden)
	m := bijection.Multiscale{Shape: shape}
	for l := range c.count("flows.%d.0.flows.2.s") {
		var chain bijection.Chain
		for i := range c.count(fmt.Sprintf("flows.%d.%%d.flows.2.s", l)) {
			at := len(chain.Transforms)
			ours := func(i int) string { return fmt.Sprintf("levels.%d.transforms.%d.", l, at+i) }
			theirs := fmt.Sprintf("flows.%d.%d.flows.", l, i)
			for k := range 3 {
				for _, part := range []string{"weight", "bias"} {
					from := fmt.Sprintf("%s0.flows.1.param_map.net.%d.%s", theirs, 2*k, part)
					to, shape := fmt.Sprintf("%sconditioner.layers.%d.", ours(0), k), graph.Shape(c.shape("param/"+from))
					w.whole(to+part, from, shape.Size(), 0)
					if part == "bias" && c.classes() > 0 { // their networks do not see the class
						w.Set(to+"context", make([]float64, shape[0]*c.classes()))
					}
				}
			}
			channels := c.shape("param/" + theirs + "2.s")[1]
			w.whole(ours(3)+"shift", theirs+"2.t", channels, 0)
			w.whole(ours(3)+"log_scale", theirs+"2.s", channels, 0)
			w.whole(ours(3)+"started", theirs+"2.data_dep_init_done", 1, 0)
			coupling := bijection.ImageCoupling{Map: scalar.Affine{Scale: scalar.Sigmoid{Shift: 2}, Form: scalar.CenterData}, Net: nn.ConvNet{Hidden: hidden}}
			chain.Transforms = append(append(append(chain.Transforms, coupling), conv1x1Normflows(w, ours(2), theirs+"1.")...), bijection.ActNorm{})
		}
		chain.Transforms = append(chain.Transforms, bijection.Squeeze{})
		m.Levels = append(m.Levels, chain)
	}
	if c.classes() > 0 {
		return twin(c, m, w.classNormal(), w)
	}
	return twin(c, m, w.channelNormal(), w)
}

// channelNormal is GlowBase of every latent.
func (w *weights) channelNormal() dist.Distribution {
	var d dist.ChannelNormal
	w.c.config("latent_shapes", &d.Images)
	channel := 0
	for i, shape := range d.Images {
		for ours, theirs := range map[string]string{"loc": "loc", "loc_gain": "loc_logs", "log_scale": "log_scale", "log_scale_gain": "log_scale_logs"} {
			w.takeFrom("base."+ours, channel, fmt.Sprintf("q0.%d.%s", i, theirs), 1, shape[0], func(k int) int { return k })
		}
		channel += shape[0]
	}
	return d
}

// classNormal is ClassCondDiagGaussian of every latent: a network without hidden layers, and with no bias, of the class as zeros and a one.
func (w *weights) classNormal() dist.Distribution {
	var latents []graph.Shape
	w.c.config("latent_shapes", &latents)
	k, dim := w.c.classes(), w.c.point().Size()
	w.Set("base.conditioner.layers.0.bias", make([]float64, 2*dim))
	at := 0
	for i, shape := range latents {
		for p, theirs := range []string{"loc", "log_scale"} {
			w.takeFrom("base.conditioner.layers.0.context", (p*dim+at)*k, fmt.Sprintf("q0.%d.%s", i, theirs), 1, shape.Size()*k, func(k int) int { return k })
		}
		at += shape.Size()
	}
	return dist.ConditionalNormal{Dim: dim, Net: nn.MLP{Hidden: []int{}}, Scale: scalar.PlainExp{}}
}

// A ClassCondDiagGaussian takes every class to its own mean: the twin's rows of two classes differ, at the same point.
func TestClassesDiffer(t *testing.T) {
	c := load(t, "glow_normflows_8x8x3")
	m := glowNormflows(c)
	in := m.weights.values(m.specs)
	for _, name := range []string{"x", "u"} {
		in[name] = c.floats(name)
	}
	in["mask"] = c.floats("grad_mask")
	var seen []string
	for class := range c.classes() {
		in["context"] = make([]float64, c.rows()*c.classes())
		for r := range c.rows() {
			in["context"][r*c.classes()+class] = 1
		}
		got := fmt.Sprint(c.run(t, m, ways[1], in)["log_prob"])
		if strings.Contains(strings.Join(seen, " "), got) {
			t.Errorf("class %d has the log-densities of another one: %s", class, got)
		}
		seen = append(seen, got)
	}
}
