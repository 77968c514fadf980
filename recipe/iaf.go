package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// IAF is the inverse autoregressive flow of Kingma et al. (arXiv 1606.04934): a MAF turned round, so that sampling takes one pass of each
// conditioner and scoring D. Errors: a bad field of the Config.
func IAF(c Config) (flow.Flow, error) {
	return c.affines("iaf", "base", func(c Config, i int, m scalar.Map) bijection.Bijection {
		return bijection.Invert{Bijection: bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}}
	})
}
