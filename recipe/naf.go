package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// NAF is the neural autoregressive flow of Huang, Krueger, Lacoste and Courville (arXiv 1804.00779), its sigmoidal kind (DSF): each column
// is mapped by a mixture of sigmoids, brought back by a logit, with the parameters from a MADE conditioner; scoring takes one pass of each. The
// network gives where sigmoids lie rather than their shifts, so that narrow ones can still move. Forward solves for each column numerically.
// Components (0: 8) is the number of sigmoids. Errors: a bad field of the Config.
func NAF(c Config) (flow.Flow, error) {
	m, plain := scalar.MixtureCDF{Components: c.Components, Weights: true, Centered: true}, c
	plain.Components = 0
	return plain.repeat("naf", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
	})
}
