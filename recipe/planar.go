package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
)

// Planar is the planar flow of Rezende and Mohamed (arXiv 1505.05770), turned round as in flowjax: scoring is closed, and sampling solves one
// equation of one unknown in each map. A condition enters all parameters by an MLP; without one there are no networks, and Hidden and Activation do not
// matter. Errors: a bad field of the Config, an Order.
func Planar(c Config) (flow.Flow, error) {
	return c.whole("planar", func(c Config, _ int) bijection.Bijection {
		return bijection.Invert{Bijection: bijection.Planar{Net: c.mlp()}}
	})
}
