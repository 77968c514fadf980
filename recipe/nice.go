package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// NICE is the flow of additive couplings of Dinh, Krueger and Bengio (arXiv 1410.8516). The couplings keep volumes; a diagonal map next
// to the base scales and shifts every column. Errors: a bad field of the Config.
func NICE(c Config) (flow.Flow, error) {
	first := []bijection.Bijection{bijection.Static{Map: scalar.Affine{}}}
	return c.repeat("nice", first, func(c Config, i int) bijection.Bijection {
		return bijection.Coupling{Mask: c.mask(i), Map: scalar.Additive{}, Net: c.mlp()}
	})
}
