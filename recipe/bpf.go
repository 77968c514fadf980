package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// BPF is the Bernstein polynomial flow of Sick, Hothorn and Dürr (arXiv 2004.00464; Arpogaus et al., arXiv 2204.13939): increasing
// polynomials of every column with MADE conditioners, scoring in one pass of each. Forward solves for each column numerically. Degree (0:
// 16) is that of the polynomials, which reach from −Bound to Bound. Errors: a bad field of the Config.
func BPF(c Config) (flow.Flow, error) {
	m, plain := scalar.Bernstein{Degree: c.Degree, Bound: c.Bound}, c
	plain.Degree, plain.Bound = 0, 0
	if c.Bound < 0 {
		return flow.Flow{}, fmt.Errorf("recipe bpf: %w: Bound: polynomials up to %g", fault.ErrConfig, c.Bound)
	}
	return plain.repeat("bpf", nil, func(c Config, i int) bijection.Bijection {
		return bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}
	})
}
