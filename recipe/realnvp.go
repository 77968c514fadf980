package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// RealNVP is the flow of affine couplings of Dinh, Sohl-Dickstein and Bengio (arXiv 1605.08803) for tables: even and odd columns pass
// through in turn, both directions take one pass. The log-scale is bounded. Errors: a bad field of the Config.
func RealNVP(c Config) (flow.Flow, error) {
	return c.repeat("realnvp", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Coupling{Mask: c.mask(i), Map: scalar.Affine{Form: scalar.ScaleData}, Net: c.mlp()}
	})
}
