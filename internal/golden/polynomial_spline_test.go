package golden

import (
	"diffeo/bijection"
	"diffeo/scalar"
)

// none is a smallest width, height or slope that changes nothing.
const none = 1e-13

// aboveOne is the end of a box whose points the case has rounded over 1.
const aboveOne = 1 + 4e-16

// staticColumns is a scalar map whose theta is made of the columns of arrays [D,n], one after the other.
func staticColumns(c *goldenCase, bins int, m func(bins int) scalar.Map, names ...string) built {
	w, at := newWeights(c), 0
	for _, name := range names {
		at += w.columns("theta", at, name)
	}
	return twin(c, bijection.Static{Map: m(bins)}, nil, w)
}

func linearSplineNflows(c *goldenCase) built {
	return staticColumns(c, c.shape("param/unnormalized_pdf")[1], func(bins int) scalar.Map {
		return scalar.PolynomialSpline{Degree: 1, Bins: bins, Low: 0, High: 1, Boxed: true, MinHeight: none}
	}, "unnormalized_pdf")
}

func quadraticSplineNflows(c *goldenCase) built {
	var bound float64
	c.config("tail_bound", &bound)
	return staticColumns(c, c.shape("param/unnormalized_widths")[1], func(bins int) scalar.Map {
		return scalar.PolynomialSpline{Degree: 2, Bins: bins, Low: -bound, High: bound, Unshifted: true}
	}, "unnormalized_widths", "unnormalized_heights")
}

func cubicSplineNflows(c *goldenCase) built {
	return staticColumns(c, c.shape("param/unnormalized_widths")[1], func(bins int) scalar.Map {
		return scalar.PolynomialSpline{Degree: 3, Bins: bins, Low: 0, High: aboveOne, Boxed: true, MinSlope: none, Unshifted: true}
	}, "unnormalized_widths", "unnormalized_heights", "unnorm_derivatives_left", "unnorm_derivatives_right")
}

// columns takes the rows from, from+1, … of our theta [P,D] from an array [D,n].
func (w *weights) columns(ours string, from int, theirs string) (n int) {
	shape := w.c.shape("param/" + theirs)
	w.Columns(ours, from, theirs, shape[0], shape[1])
	return shape[1]
}
