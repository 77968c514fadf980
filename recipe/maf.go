package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// MAF is the masked autoregressive flow of Papamakarios, Pavlakou and Murray (arXiv 1705.07057): affine maps of every column with MADE
// conditioners (arXiv 1502.03509), scoring in one pass of each. The log-scale is bounded, and there is no batch norm between the
// transforms; a condition enters every layer. Errors: a bad field of the Config.
func MAF(c Config) (flow.Flow, error) {
	return c.affines("maf", "base", func(c Config, i int, m scalar.Map) bijection.Bijection {
		return bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
	})
}
