package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
)

// Sylvester is the Householder Sylvester flow of van den Berg, Hasenclever, Tomczak and Welling (arXiv 1803.05649), turned round: scoring is
// closed, and sampling solves one equation of one unknown for each column of each map. A condition enters all parameters but the reflections by an
// MLP; without one there are no networks, and Hidden and Activation do not matter. Errors: a bad field of the Config, an Order.
func Sylvester(c Config) (flow.Flow, error) {
	return c.whole("sylvester", func(c Config, _ int) bijection.Bijection {
		return bijection.Invert{Bijection: bijection.Sylvester{Net: c.mlp()}}
	})
}
