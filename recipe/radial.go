package recipe

import (
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/scalar"
)

// Radial is the radial flow of Rezende and Mohamed (arXiv 1505.05770), with both directions closed. Radius and strength of a map are exponentials, which training
// moves by factors, and begin at random between e^−3 and 1, so that maps differ in reach. A condition enters all parameters by an MLP; without
// one there are no networks, and Hidden and Activation do not matter. Errors: a bad field of the Config, an Order.
func Radial(c Config) (flow.Flow, error) {
	return c.whole("radial", func(c Config, _ int) bijection.Bijection {
		return bijection.Radial{Radius: scalar.BoundedExp{}, Strength: scalar.BoundedExp{}, Net: c.mlp(), Start: 3}
	})
}
