package golden

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/nn"
	"diffeo/scalar"
)

// Splines by themselves: theta is learned directly, its arrays there are [D, parameters].

// columns takes the rows from, from+1, … of our theta [P,D] from an array [D,n].
func (w *weights) columns(ours string, from int, theirs string) (n int) {
	w.c.t.Helper()
	shape := w.c.shape("param/" + theirs)
	d, n := shape[0], shape[1]
	for p := range n {
		w.takeFrom(ours, (from+p)*d, theirs, 1, d, func(i int) int { return i*n + p })
	}
	return n
}

// splineTheta takes widths, heights and slopes, and returns the number of bins.
func (w *weights) splineTheta(ours, widths, heights, slopes string) int {
	k := w.columns(ours, 0, widths)
	w.columns(ours, k, heights)
	w.columns(ours, 2*k, slopes)
	return k
}

func staticSpline(c *goldenCase, m scalar.RationalQuadratic, names ...string) built {
	w := newWeights(c)
	m.Bins = w.splineTheta("theta", names[0], names[1], names[2])
	return twin(c, bijection.Static{Map: m}, nil, w)
}

var zukoSpline = scalar.RationalQuadratic{SoftClip: 1e-3}

func rqsZuko(c *goldenCase) built {
	return staticSpline(c, zukoSpline, "widths", "heights", "derivatives")
}

func rqsNflowsTails(c *goldenCase) built {
	m := scalar.RationalQuadratic{Low: -3, High: 3, Unshifted: true}
	return staticSpline(c, m, "widths", "heights", "derivatives")
}

func rqsNflowsBox(c *goldenCase) built {
	m := scalar.RationalQuadratic{Low: 0, High: 1, Boxed: true, LearnedEnds: true, Unshifted: true}
	return staticSpline(c, m, "widths", "heights", "derivatives")
}

// flowjaxSpline has smallest bins of 10⁻³ whatever the box.
var flowjaxSpline = scalar.RationalQuadratic{Low: -4, High: 4, MinWidth: 1e-3 / 8, MinHeight: 1e-3 / 8, LearnedEnds: true}

func rqsFlowjax(c *goldenCase) built {
	m := flowjaxSpline
	m.Unshifted = true
	return staticSpline(c, m, ".bijection.x_pos.arr", ".bijection.y_pos.arr", ".bijection.derivatives.args[0]")
}

// one lists 0, 1, … n−1: the parameters of a column are in our order.
func one(n int) []int { return ascending(n) }

func nsfZuko(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	var chain bijection.Chain
	last := 0
	for c.has(fmt.Sprintf("param/transform.transforms.%d.order", last+1)) {
		last++
	}
	for i := last; i >= 0; i-- {
		theirs := fmt.Sprintf("transform.transforms.%d.", i)
		mask := c.shape("param/" + theirs + "hyper.0.mask")
		degree := degrees(c.floats("param/"+theirs+"hyper.0.mask"), mask[0], mask[1], d)
		second, outs := c.shape("param/" + theirs + "hyper.2.mask")[0], c.shape("param/" + theirs + "hyper.4.bias")[0]/d
		m := zukoSpline
		m.Bins = (outs + 1) / 3
		chain.Transforms = append(chain.Transforms, bijection.Autoregressive{
			Order: c.ints("param/" + theirs + "order"),
			Map:   m,
			Net:   nn.MADE{Hidden: []int{mask[0], second}, Degrees: [][]int{degree, degree}, Context: nn.FirstLayer},
		})
		ours := fmt.Sprintf("transforms.%d.conditioner.layers.", last-i)
		zukoLayers(w, ours, theirs+"hyper.", d, n, []int{mask[0], second, outs * d}, columnMajor(d, one(outs)...))
	}
	return twin(c, chain, standardNormal(c, "base.loc", "base.scale"), w)
}

func nsfFlowjax(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	net := flowjaxLayers + "[0].masked_autoregressive_mlp.layers"
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		m, f := nn.MADE{Context: nn.FirstLayer}, flowjaxSpline
		in, context := d, n
		for i := 0; c.has(fmt.Sprintf("param/%s[%d].bias", net, i)); i++ {
			theirs := fmt.Sprintf("%s[%d].", net, i)
			rows := c.shape("param/" + theirs + "bias")[1]
			x := linear{ours: fmt.Sprintf("transforms.%d.conditioner.layers.%d", at, i), weight: theirs + "weight.args[1]",
				bias: theirs + "bias", in: in, context: context, rows: rows, layer: l}
			if c.has(fmt.Sprintf("param/%s[%d].bias", net, i+1)) {
				m.Hidden = append(m.Hidden, rows)
				mask, size := c.floats("param/"+theirs+"weight.args[0]"), rows*(in+context)
				m.Degrees = append(m.Degrees, degrees(mask[l*size:(l+1)*size], rows, in+context, d))
			} else {
				f.Bins = (rows/d - 1) / 3
				x.row = columnMajor(d, one(rows/d)...)
			}
			x.take(w)
			in, context = rows, 0
		}
		return bijection.Autoregressive{Map: f, Net: m}
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

// couplingScale is the factor on widths and heights of nflows' and normflows' couplings.
func couplingScale(hidden int) float64 { return 1 / math.Sqrt(float64(hidden)) }
