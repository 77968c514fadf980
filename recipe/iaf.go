package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// IAF is the inverse autoregressive flow of Kingma et al. (arXiv 1606.04934): a MAF turned round, so that sampling takes one pass of each
// conditioner and scoring D. Errors: a bad field of the Config, the Norm "batch", as scoring has no one batch of hidden units.
func IAF(c Config) (flow.Flow, error) {
	if c.Norm == nn.BatchNorm {
		return flow.Flow{}, fmt.Errorf("recipe iaf: %w: Norm: %q: its networks run once for each column while it learns, not on one batch", fault.ErrConfig, c.Norm)
	}
	return c.affines("iaf", "base", func(c Config, i int, m scalar.Map) bijection.Bijection {
		return bijection.Invert{Bijection: bijection.Autoregressive{Order: c.order(i), Map: m, Net: c.made()}}
	})
}
