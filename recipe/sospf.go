package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// SOSPF is the sum-of-squares polynomial flow of Jaini, Selby and Yu (arXiv 1905.02325): integrals of sums of squared polynomials of every
// column with MADE conditioners, scoring in one pass of each. Forward solves for each column numerically. Components (0: 3) is the
// number of squares, Degree (0: 4) that of what is squared. What a polynomial sends beyond ±10 is drawn in by a logarithm (scalar.LogClip): a chain of
// polynomials grows without measure where there are few training rows. Errors: a bad field of the Config.
func SOSPF(c Config) (flow.Flow, error) {
	m, plain := scalar.SumOfSquares{Polynomials: c.Components, Degree: c.Degree}, c
	plain.Components, plain.Degree = 0, 0
	return plain.repeat("sospf", nil, func(c Config, i int) bijection.Bijection {
		polynomials := bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
		return bijection.Chain{Transforms: []bijection.Bijection{bijection.Static{Map: scalar.LogClip{}}, polynomials}}
	})
}
