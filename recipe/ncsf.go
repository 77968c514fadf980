package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// NCSF is the neural circular spline flow of Rezende et al. (arXiv 2002.02428), for angles from −π to π in every column: couplings of circular
// rational-quadratic splines, whose networks see the passed angles as cosine and sine, on a uniform base. On the torus the density is continuous
// everywhere: no column has a seam at ±π. Outside ±π it is 0. Both directions take one pass. (zuko's NCSF is autoregressive, and its networks see the
// bare angles.) Errors: a bad field of the Config.
func NCSF(c Config) (flow.Flow, error) {
	spline, plain := scalar.Circular{Spline: scalar.RationalQuadratic{Bins: c.Bins, BinScale: c.BinScale}}, c
	plain.Bins, plain.BinScale = 0, 0
	switch {
	case c.Bound != 0:
		return flow.Flow{}, fmt.Errorf("recipe ncsf: %w: Bound: splines up to %g: a circle reaches from −π to π", fault.ErrConfig, c.Bound)
	case c.BinScale < 0:
		return flow.Flow{}, fmt.Errorf("recipe ncsf: %w: BinScale: bins scaled by %g", fault.ErrConfig, c.BinScale)
	}
	f, err := plain.repeat("ncsf", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Coupling{Mask: c.mask(i), Map: spline, Net: nn.Periodic{Net: c.mlp()}}
	})
	if err != nil {
		return flow.Flow{}, err
	}
	f.Base = dist.UniformCircle{Dim: c.Dim}
	return f, nil
}
