package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// UNAF is the autoregressive flow of Wehenkel and Louppe (arXiv 1908.05164), UMNN-MAF: each column is mapped by the integral of a positive
// network of its own, which a MADE conditioner steers by a signal of Signal numbers (0: 16). The integral is a Clenshaw–Curtis quadrature
// with Nodes nodes (0: 32); its error is that of the reported slope (see scalar.UnconstrainedMonotonic). Scoring takes one pass of each
// conditioner and Nodes of the networks, so that training takes many times as long as that of naf; Forward solves for each column numerically. Errors: a bad field of the Config.
func UNAF(c Config) (flow.Flow, error) {
	m, plain := scalar.UnconstrainedMonotonic{Signal: c.Signal, Nodes: c.Nodes}, c
	plain.Signal, plain.Nodes = 0, 0
	return plain.repeat("unaf", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
	})
}
