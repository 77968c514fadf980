package golden

import (
	"strings"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

func cutPrefix(s, prefix string) (string, bool) { return strings.CutPrefix(s, prefix) }

// twin binds a transform (may be nil) on a base (may be nil).
func twin(c *goldenCase, t bijection.Bijection, base dist.Distribution, w takeover) built {
	c.t.Helper()
	r := param.NewRegistry()
	m := built{weights: w, forward: c.meta.Kind == "forward_only"}
	var err error
	var cond graph.Shape
	if n := c.context(); n > 0 {
		cond = graph.Shape{n}
	}
	if t != nil {
		if m.transform, err = t.Bind(r.Scope(), c.base(), cond); err != nil {
			c.t.Fatal(err)
		}
	}
	if base != nil {
		if m.base, err = base.Bind(r.Scope().Sub("base"), cond); err != nil {
			c.t.Fatal(err)
		}
	}
	if m.specs, err = r.Specs(); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// netTwin is a bare network.
func netTwin(c *goldenCase, w takeover, bind func(s *param.Scope, cond graph.Shape) (nn.Net, error)) built {
	c.t.Helper()
	r := param.NewRegistry()
	var cond graph.Shape
	if n := c.context(); n > 0 {
		cond = graph.Shape{n}
	}
	net, err := bind(r.Scope(), cond)
	if err != nil {
		c.t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		c.t.Fatal(err)
	}
	return built{net: net, weights: w, specs: specs}
}

// degrees counts the inputs that each unit sees, from the rows of a first layer's mask.
func degrees(mask []float64, units, width, inputs int) []int {
	out := make([]int, units)
	for i := range units {
		for k := range inputs {
			if mask[i*width+k] != 0 {
				out[i]++
			}
		}
	}
	return out
}
