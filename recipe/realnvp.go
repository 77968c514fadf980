package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// RealNVP is the flow of affine couplings of Dinh, Sohl-Dickstein and Bengio (arXiv 1605.08803) for tables: even and odd columns pass
// through in turn, both directions take one pass. The log-scale is bounded. Errors: a bad field of the Config.
func RealNVP(c Config) (flow.Flow, error) {
	return c.affines("realnvp", "data", func(c Config, i int, m scalar.Map) bijection.Bijection {
		return bijection.Coupling{Mask: c.mask(i), Map: m, Net: c.mlp()}
	})
}
