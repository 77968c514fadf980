package recipe

import (
	"fmt"
	"slices"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
)

// BNAF is the block neural autoregressive flow of De Cao, Aziz and Titov (arXiv 1904.04676): networks that are bijections themselves, gated with the
// identity. Scoring takes one pass of each, sampling solves one equation of one unknown for each column of each. Hidden are the units of each hidden
// layer, all equal, over all columns: rounded up to the same number for each column. A condition is added to the first layer. Errors: a bad field of the
// Config, hidden layers of different size or none, an Activation or Blocks.
func BNAF(c Config) (flow.Flow, error) {
	bad := func(field, format string, args ...any) (flow.Flow, error) {
		return flow.Flow{}, fmt.Errorf("recipe bnaf: %w: %s: %s", fault.ErrConfig, field, fmt.Sprintf(format, args...))
	}
	hidden := c.Hidden
	if hidden == nil {
		hidden = []int{128, 128}
	}
	switch {
	case c.Activation != "":
		return bad("Activation", "%q: its networks have one of their own, which is a bijection", c.Activation)
	case c.Blocks != 0:
		return bad("Blocks", "%d: its networks have no residual blocks", c.Blocks)
	case c.Dropout != 0:
		return bad("Dropout", "%g: its networks are maps, which leave nothing out", c.Dropout)
	case c.Start != "":
		return bad("Start", "%q: its networks are maps, which begin in a way of their own", c.Start)
	case c.Norm != "":
		return bad("Norm", "%q: its networks are maps of their own", c.Norm)
	case len(hidden) == 0:
		return bad("Hidden", "its networks need a hidden layer")
	case slices.Min(hidden) < 1:
		return bad("Hidden", "a hidden layer of %d units", slices.Min(hidden))
	case slices.Min(hidden) != slices.Max(hidden):
		return bad("Hidden", "hidden layers of %v units: its networks have layers of one size", hidden)
	}
	return c.ordered("bnaf", func(c Config, _ int) bijection.Bijection {
		return bijection.BlockAutoregressive{Width: (hidden[0] + c.Dim - 1) / c.Dim, Depth: len(hidden), Gated: true}
	})
}
