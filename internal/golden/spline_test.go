package golden

import (
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/scalar"
)

// Splines by themselves: theta is learned directly, its arrays there are [D, parameters].

// splineTheta takes widths, heights and slopes, and returns the number of bins.
func (w *weights) splineTheta(ours, widths, heights, slopes string) (bins int) {
	for from, name := range map[int]string{0: widths, 1: heights, 2: slopes} {
		shape := w.c.shape("param/" + name)
		bins = w.c.shape("param/" + widths)[1]
		w.Columns(ours, from*bins, name, shape[0], shape[1])
	}
	return bins
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

// takeLU packs the entries of nflows' LULinear into our lu [D,D].
func takeLU(w *weights, ours, theirs string) {
	d := w.c.shape("param/" + theirs + "bias")[0]
	w.LU(ours+"lu", theirs+"lower_entries", theirs+"unconstrained_upper_diag", theirs+"upper_entries", d)
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

func mixtureNormflows(c *goldenCase) built {
	w := newWeights(c)
	shape := c.shape("param/loc")
	k, d := shape[1], shape[2]
	w.whole("base.loc", "loc", k*d, 0)
	w.whole("base.log_scale", "log_scale", k*d, 0)
	w.whole("base.logits", "weight_scores", k, 0)
	return twin(c, nil, dist.Mixture{Dim: d, Components: k}, w)
}
