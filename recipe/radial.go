package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
)

// Radial is the radial flow of Rezende and Mohamed (arXiv 1505.05770), with both directions closed. A condition enters all parameters by an MLP; without
// one there are no networks, and Hidden and Activation do not matter. Errors: a bad field of the Config, an Order.
func Radial(c Config) (flow.Flow, error) {
	return c.whole("radial", func(c Config, _ int) bijection.Bijection {
		return bijection.Radial{Net: c.mlp()}
	})
}
