package golden

import (
	"math"

	"diffeo/bijection"
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
