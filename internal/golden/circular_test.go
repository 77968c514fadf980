package golden

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/scalar"
)

// Splines on a circle. normflows shares the slope of both ends and keeps the seam at the ends of the interval; zuko turns the circle by half
// first and has slope 1 at its seam.

func circularNormflows(c *goldenCase) built {
	var bound float64
	c.config("tail_bound", &bound)
	m := scalar.RationalQuadratic{Low: -bound, High: bound, SharedEnds: true, Unshifted: true}
	return staticSpline(c, m, "unnormalized_widths", "unnormalized_heights", "unnormalized_derivatives")
}

var zukoCircular = scalar.Circular{Spline: zukoSpline, Offset: math.Pi, Fixed: true, UnitSeam: true}

func circularZuko(c *goldenCase) built {
	w, m := newWeights(c), zukoCircular
	m.Spline.Bins = w.splineTheta("theta", "widths", "heights", "derivatives")
	return twin(c, bijection.Static{Map: m}, nil, w)
}

func ncsfZuko(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	var chain bijection.Chain
	last := 0
	for c.has(fmt.Sprintf("param/transform.transforms.%d.order", last+1)) {
		last++
	}
	for i := last; i >= 0; i-- {
		theirs := fmt.Sprintf("transform.transforms.%d.hyper.", i)
		hidden := zukoHidden(c, theirs)
		outs := c.shape(fmt.Sprintf("param/%s%d.bias", theirs, 2*len(hidden)))[0] / d
		m := zukoCircular
		m.Spline.Bins = (outs + 1) / 3
		chain.Transforms = append(chain.Transforms, bijection.Autoregressive{
			Order: c.ints(fmt.Sprintf("param/transform.transforms.%d.order", i)),
			Map:   m,
			Net:   nn.MADE{Hidden: hidden, Degrees: zukoDegrees(c, theirs, d, len(hidden)), Context: nn.FirstLayer},
		})
		ours := fmt.Sprintf("transforms.%d.conditioner.layers.", last-i)
		zukoLayers(w, ours, theirs, d, n, append(hidden, outs*d))
	}
	base := dist.Uniform{Low: c.floats("param/base.lower"), High: c.floats("param/base.upper")}
	return twin(c, chain, base, w)
}

// ascending lists 0, 1, … n−1.
func ascending(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// circularCouplingNormflows: [coupling, shift] twice, listed from the base to the data; columns 0 and 2 are angles. The couplings store K+1 slopes a
// column: of an angle the last is the first again, of a number both outer ones count as 1.
func circularCouplingNormflows(c *goldenCase) built {
	w := newWeights(c)
	var chain bijection.Chain
	for i := 0; c.has(fmt.Sprintf("param/flows.%d.prqct.identity_features", i)); i += 2 {
		circularCoupling(w, &chain, fmt.Sprintf("flows.%d.prqct.", i))
		for k, by := range c.floats(fmt.Sprintf("param/flows.%d.shift", i+1)) {
			turn := bijection.Static{Map: scalar.Rotation{By: by}, Columns: []int{c.ints("param/q0.ind")[k]}}
			chain.Transforms = append(chain.Transforms, turn)
		}
	}
	base := dist.Product{Parts: []dist.Distribution{dist.UniformCircle{Dim: 1}, dist.StandardNormal{Dim: 1}, dist.UniformCircle{Dim: 1}}}
	return twin(c, chain, base, w)
}

// normflowsSpline is the map of columns that are all angles, or all numbers, and which of the stored slopes are its parameters.
func normflowsSpline(bins int, bound float64, angles bool) (m scalar.RationalQuadratic, slopes []int) {
	m = scalar.RationalQuadratic{Bins: bins, Low: -bound, High: bound, SharedEnds: angles, Unshifted: true}
	if angles {
		return m, ascending(bins)
	}
	return m, ascending(bins)[1:]
}

// couplingScale is the factor on widths and heights of nflows' and normflows' couplings.
func couplingScale(hidden int) float64 { return 1 / math.Sqrt(float64(hidden)) }

func circularCoupling(w *weights, chain *bijection.Chain, theirs string) {
	c, at := w.c, len(chain.Transforms)
	passed, mapped := c.ints("param/"+theirs+"identity_features"), c.ints("param/"+theirs+"transform_features")
	u := theirs + "unconditional_transform."
	k := c.shape("param/" + u + "unnormalized_widths")[1]
	angle := func(column int) bool { return column != 1 }

	f, slopes := normflowsSpline(k, c.floats("param/" + u + "tail_bound")[0], angle(passed[0]))
	theta := fmt.Sprintf("transforms.%d.theta", at)
	w.columns(theta, 0, u+"unnormalized_widths")
	w.columns(theta, k, u+"unnormalized_heights")
	for p, slope := range slopes {
		w.takeFrom(theta, (2*k+p)*len(passed), u+"unnormalized_derivatives", 1, len(passed), func(d int) int { return d*(k+1) + slope })
	}
	chain.Transforms = append(chain.Transforms, bijection.Static{Map: f, Columns: passed})

	net, ours := theirs+"transform_net.", fmt.Sprintf("transforms.%d.conditioner.", at+1)
	m := nn.Residual{Hidden: c.shape("param/" + net + "initial_layer.bias")[0], Blocks: 1}
	f, slopes = normflowsSpline(k, c.floats("param/" + theirs + "tail_bound")[0], angle(mapped[0]))
	f.BinScale = couplingScale(m.Hidden)
	outs := append(ascending(2*k), slopes...) // of their 3K+1 numbers a column
	for i := 2 * k; i < len(outs); i++ {
		outs[i] += 2 * k
	}
	take := func(to, from string, in, rows int, row func(int) int) {
		transfer.Linear{Ours: ours + to, Weight: net + from + ".weight", Bias: net + from + ".bias", In: in, Out: rows, Row: row}.Take(w.Weights)
	}
	take("layers.0", "initial_layer", len(passed), m.Hidden, nil)
	take("blocks.0.0", "blocks.0.linear_layers.0", m.Hidden, m.Hidden, nil)
	take("blocks.0.1", "blocks.0.linear_layers.1", m.Hidden, m.Hidden, nil)
	take("layers.1", "final_layer", m.Hidden, len(outs)*len(mapped), func(i int) int { return i%len(mapped)*(3*k+1) + outs[i/len(mapped)] })
	coupling := bijection.Coupling{Map: f, Net: m, Mask: make([]bool, c.dim())}
	for _, d := range passed {
		coupling.Mask[d] = true
	}
	if c.has("param/" + net + "preprocessing.weights") {
		n := c.shape("param/" + net + "preprocessing.weights")[0]
		w.whole(ours+"mix", net+"preprocessing.weights", 2*n, 0)
		p := nn.Periodic{Net: m, Mixed: true, Columns: c.ints("param/" + net + "preprocessing.ind")}
		for _, scale := range c.floats("param/" + net + "preprocessing.scale") {
			p.Periods = append(p.Periods, 2*math.Pi/scale)
		}
		coupling.Net = p
	}
	chain.Transforms = append(chain.Transforms, coupling)
}
