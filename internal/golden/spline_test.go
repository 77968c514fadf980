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
		zukoLayers(w, ours, theirs+"hyper.", d, n, []int{mask[0], second, outs * d}, swapped(one(outs)...))
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
				x.row = swapped(one(rows / d)...)
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

// takeLU packs the entries of nflows' LULinear into our lu [D,D].
func takeLU(w *weights, ours, theirs string) {
	d := w.c.shape("param/" + theirs + "bias")[0]
	lower, upper := 0, 0
	for i := range d {
		row := func(from int) func(k int) int { return func(k int) int { return from + k } }
		w.takeFrom(ours+"lu", i*d, theirs+"lower_entries", 1, i, row(lower))
		w.takeFrom(ours+"lu", i*d+i, theirs+"unconstrained_upper_diag", 1, 1, row(i))
		w.takeFrom(ours+"lu", i*d+i+1, theirs+"upper_entries", 1, d-1-i, row(upper))
		lower, upper = lower+i, upper+d-1-i
	}
	w.whole(ours+"bias", theirs+"bias", d, 0)
}

var nflowsLU = bijection.LULinear{Diagonal: scalar.Softplus{Floor: 1e-3}}

func luNflows(c *goldenCase) built {
	w := newWeights(c)
	takeLU(w, "", "")
	return twin(c, nflowsLU, nil, w)
}

func luPermuteNormflows(c *goldenCase) built {
	w := newWeights(c)
	takeLU(w, "transforms.0.", "linear.")
	p := bijection.Permute{Order: c.ints("param/permutation._permutation")}
	return twin(c, bijection.Chain{Transforms: []bijection.Bijection{nflowsLU, bijection.Invert{Bijection: p}}}, nil, w)
}

func luZuko(c *goldenCase) built {
	w := newWeights(c)
	w.whole("lu", "LU", c.dim()*c.dim(), 0)
	return twin(c, bijection.LULinear{Free: true, NoBias: true}, nil, w)
}

// splineCoupling appends the coupling of nflows and normflows, in the order of Forward: a static spline of the columns that pass, then the
// coupling with a residual network that reads them as they are in the data.
func splineCoupling(w *weights, chain *bijection.Chain, theirs string, bound float64) {
	c, at := w.c, len(chain.Transforms)
	passed, mapped := c.ints("param/"+theirs+"identity_features"), c.ints("param/"+theirs+"transform_features")
	f := scalar.RationalQuadratic{Low: -bound, High: bound, Unshifted: true}
	u := theirs + "unconditional_transform.unnormalized_"
	f.Bins = w.splineTheta(fmt.Sprintf("transforms.%d.theta", at), u+"widths", u+"heights", u+"derivatives")
	mask := make([]bool, c.dim())
	for _, d := range passed {
		mask[d] = true
	}
	net := theirs + "transform_net."
	m := nn.Residual{Hidden: c.shape("param/" + net + "initial_layer.bias")[0], Context: nn.Gated}
	ours, n := fmt.Sprintf("transforms.%d.conditioner.", at+1), c.context()
	take := func(to, from string, in, context, rows int, row func(int) int) {
		linear{ours: ours + to, weight: net + from + ".weight", bias: net + from + ".bias", in: in, context: context, rows: rows, row: row}.take(w)
	}
	take("layers.0", "initial_layer", len(passed), n, m.Hidden, nil)
	for c.has(fmt.Sprintf("param/%sblocks.%d.linear_layers.0.weight", net, m.Blocks)) {
		block := fmt.Sprintf("blocks.%d.", m.Blocks)
		take(block+"0", block+"linear_layers.0", m.Hidden, 0, m.Hidden, nil)
		take(block+"1", block+"linear_layers.1", m.Hidden, 0, m.Hidden, nil)
		if n > 0 {
			take(block+"gate", block+"context_layer", n, 0, m.Hidden, nil)
		}
		m.Blocks++
	}
	outs := 3*f.Bins - 1
	take("layers.1", "final_layer", m.Hidden, 0, outs*len(mapped), columnMajor(len(mapped), one(outs)...))
	scaled := f
	scaled.BinScale = couplingScale(m.Hidden)
	chain.Transforms = append(chain.Transforms, bijection.Static{Map: f, Columns: passed}, bijection.Coupling{Mask: mask, Map: scaled, Net: m})
}

// learnedNormal takes a trained diagonal normal base.
func learnedNormal(w *weights, loc, scale string) dist.Distribution {
	d := w.c.dim()
	w.whole("base.loc", loc, d, 0)
	w.whole("base.log_scale", scale, d, 0)
	return dist.DiagonalNormal{Dim: d}
}

// nsfNflows: [permutation, LU, spline] twice and LU, listed from the data to the base.
func nsfNflows(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	var chain bijection.Chain
	last := 0
	name := func(i int, part string) string { return fmt.Sprintf("_transform._transforms.%d.%s", i, part) }
	for c.has("param/"+name(last+1, "bias")) || c.has("param/"+name(last+1, "_permutation")) || c.has("param/"+name(last+2, "_permutation")) ||
		c.has("param/"+name(last+2, "bias")) {
		last++
	}
	for i := last; i >= 0; i-- {
		at := len(chain.Transforms)
		switch {
		case c.has("param/" + name(i, "_permutation")):
			p := bijection.Permute{Order: c.ints("param/" + name(i, "_permutation"))}
			chain.Transforms = append(chain.Transforms, bijection.Invert{Bijection: p})
		case c.has("param/" + name(i, "lower_entries")):
			takeLU(w, fmt.Sprintf("transforms.%d.", at), name(i, ""))
			chain.Transforms = append(chain.Transforms, nflowsLU)
		case c.has("param/" + name(i, "identity_features")):
			splineCoupling(w, &chain, name(i, ""), 3)
		default:
			f := scalar.RationalQuadratic{Low: -2.5, High: 2.5, Unshifted: true}
			outs := c.shape("param/" + name(i, "autoregressive_net.final_layer.bias"))[0] / d
			f.Bins = (outs + 1) / 3
			net := residualMADE(w, fmt.Sprintf("transforms.%d.conditioner.", at), name(i, "autoregressive_net."), one(outs)...)
			chain.Transforms = append(chain.Transforms, bijection.Autoregressive{Map: f, Net: net})
		}
	}
	var base dist.Distribution = dist.StandardNormal{Dim: d}
	if c.has("param/_distribution.mean_") {
		base = learnedNormal(w, "_distribution.mean_", "_distribution.log_std_")
	}
	return twin(c, chain, base, w)
}

// nsfNormflows: [spline, permutation and LU] twice, listed from the base to the data.
func nsfNormflows(c *goldenCase) built {
	w := newWeights(c)
	var chain bijection.Chain
	for i := 0; c.has(fmt.Sprintf("param/flows.%d.prqct.identity_features", i)); i += 2 {
		splineCoupling(w, &chain, fmt.Sprintf("flows.%d.prqct.", i), 3)
		theirs := fmt.Sprintf("flows.%d.", i+1)
		takeLU(w, fmt.Sprintf("transforms.%d.", len(chain.Transforms)), theirs+"linear.")
		p := bijection.Permute{Order: c.ints("param/" + theirs + "permutation._permutation")}
		chain.Transforms = append(chain.Transforms, nflowsLU, bijection.Invert{Bijection: p})
	}
	return twin(c, chain, learnedNormal(w, "q0.loc", "q0.log_scale"), w)
}

func mixtureNormflows(c *goldenCase) built {
	w := newWeights(c)
	shape := c.shape("param/loc")
	k, d := shape[1], shape[2]
	w.whole("base.loc", "loc", k*d, 0)
	w.whole("base.log_scale", "log_scale", k*d, 0)
	w.whole("base.logits", "weight_scores", k, 0)
	return twin(c, nil, dist.Mixture{Dim: d, Components: k}, w)
}
