package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
)

// whole is repeat for maps that treat all columns alike, so that no order of them makes a difference.
func (c Config) whole(name string, transform func(c Config, i int) bijection.Bijection) (flow.Flow, error) {
	if c.Order != "" {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Order: %q: its maps have no order of columns", name, fault.ErrConfig, c.Order)
	}
	return c.repeat(name, nil, transform)
}

// ordered is repeat for maps of columns in their own order, 0 … D−1: each but the first is put behind a permutation that gives it the order
// which its number has.
func (c Config) ordered(name string, transform func(c Config, i int) bijection.Bijection) (flow.Flow, error) {
	return c.repeat(name, nil, func(c Config, i int) bijection.Bijection {
		p := bijection.Permute{Order: c.order(i)}
		return bijection.Chain{Transforms: []bijection.Bijection{bijection.Invert{Bijection: p}, transform(c, i), p}}
	})
}
