package golden

import (
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/scalar"
)

// normflows calls u→x its forward: x = u·e^s + t.

func affineConstNormflows(c *goldenCase) built {
	w := newWeights(c)
	w.rows("theta", c.dim(), "t", "s")
	return twin(c, bijection.Static{Map: scalar.Affine{Scale: scalar.PlainExp{}}}, nil, w)
}

func diagNormalNormflows(c *goldenCase) built {
	w := newWeights(c)
	w.whole("base.loc", "loc", c.dim(), 0)
	w.whole("base.log_scale", "log_scale", c.dim(), 0)
	return twin(c, nil, dist.DiagonalNormal{Dim: c.dim()}, w)
}
