package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// SOSPF is the sum-of-squares polynomial flow of Jaini, Selby and Yu (arXiv 1905.02325): integrals of sums of squared polynomials of every
// column with MADE conditioners, scoring in one pass of each. Forward solves for each column numerically. Components (0: 3) is the
// number of squares, Degree (0: 4) that of what is squared. Errors: a bad field of the Config.
func SOSPF(c Config) (flow.Flow, error) {
	m, plain := scalar.SumOfSquares{Polynomials: c.Components, Degree: c.Degree}, c
	plain.Components, plain.Degree = 0, 0
	return plain.repeat("sospf", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
	})
}
