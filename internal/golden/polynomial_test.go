package golden

import (
	"diffeo/bijection"
	"diffeo/scalar"
)

// zuko's polynomials: coefficients come column by column, [D,P], and tails begin within 10⁻⁶ of the box.

func bernsteinZuko(c *goldenCase) built {
	m := scalar.Bernstein{Free: c.Name == "bernstein_zuko", Unshifted: true}
	var raw int
	c.config("bound", &m.Bound)
	c.config("eps", &m.Margin)
	c.config("coefficients", &raw)
	m.Degree = raw + 4
	if m.Free {
		m.Degree = raw + 1
	}
	w, d := newWeights(c), c.dim()
	w.take("theta", "theta", 1, raw*d, columns(d, raw))
	return twin(c, bijection.Static{Map: m}, nil, w)
}

func sosZuko(c *goldenCase) built {
	var m scalar.SumOfSquares
	c.config("polynomials", &m.Polynomials)
	c.config("degree", &m.Degree)
	c.config("bound", &m.Bound)
	c.config("slope", &m.MinSlope)
	m.NoShift = true
	w, d, raw := newWeights(c), c.dim(), m.Polynomials*(m.Degree+1)
	w.take("theta", "a", 1, raw*d, columns(d, raw))
	return twin(c, bijection.Static{Map: m}, nil, w)
}
