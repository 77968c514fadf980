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
func twin(c *goldenCase, t bijection.Bijection, base dist.Distribution, w *weights) built {
	c.t.Helper()
	r := param.NewRegistry()
	m := built{weights: w}
	var err error
	var cond graph.Shape
	if n := c.context(); n > 0 {
		cond = graph.Shape{n}
	}
	if t != nil {
		if m.transform, err = t.Bind(r.Scope(), c.point(), cond); err != nil {
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
func netTwin(c *goldenCase, w *weights, bind func(s *param.Scope, cond graph.Shape) (nn.Net, error)) built {
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

// standardNormal checks that the base of a flow, stored as loc and scale, is the standard normal.
func standardNormal(c *goldenCase, loc, scale string) dist.Distribution {
	for _, x := range c.floats("param/" + loc) {
		if x != 0 {
			c.t.Fatalf("the base has %s %g", loc, x)
		}
	}
	for _, x := range c.floats("param/" + scale) {
		if x != 1 {
			c.t.Fatalf("the base has %s %g", scale, x)
		}
	}
	return dist.StandardNormal{Dim: c.dim()}
}

// linear takes the weights of a dense layer whose input is [x, c] concatenated: theirs is the place in the file, rows×(in+context),
// beginning at offset elements; row(i) is their row of our output i.
type linear struct {
	ours         string // scope of the layer
	weight, bias string
	in, context  int
	rows         int
	layer        int // of stacked layers
	row          func(i int) int
}

func (l linear) take(w *weights) {
	w.c.t.Helper()
	row := l.row
	if row == nil {
		row = func(i int) int { return i }
	}
	width := l.in + l.context
	at := func(i, k int) int { return (l.layer*l.rows+row(i))*width + k }
	if l.in > 0 {
		w.take(l.ours+".weight", l.weight, 1, l.rows*l.in, func(i int) int { return at(i/l.in, i%l.in) })
	}
	if l.context > 0 {
		w.take(l.ours+".context", l.weight, 1, l.rows*l.context, func(i int) int { return at(i/l.context, l.in+i%l.context) })
	}
	w.take(l.ours+".bias", l.bias, 1, l.rows, func(i int) int { return l.layer*l.rows + row(i) })
}

// swapped is the order of the outputs of a masked network, column by column with us too. swap lists which of theirs is our parameter p.
func swapped(swap ...int) func(i int) int {
	return func(i int) int { return i/len(swap)*len(swap) + swap[i%len(swap)] }
}

// columnMajor is the order of outputs of the other libraries: all parameters of column 0, then those of column 1. swap lists which
// of theirs is our parameter p.
func columnMajor(columns int, swap ...int) func(i int) int {
	return func(i int) int { return i%columns*len(swap) + swap[i/columns] }
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
