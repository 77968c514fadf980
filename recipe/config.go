package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
)

// Config says how large a recipe's flow is. It is stored in model files as JSON; the names there are those of the tags. Beside Dim every
// field may be left at zero.
type Config struct {
	Dim        int    `json:"dim"`                  // columns of the data; at least 1
	Context    int    `json:"context,omitempty"`    // columns of the condition; 0: none
	Transforms int    `json:"transforms,omitempty"` // 0: 5
	Hidden     []int  `json:"hidden"`               // units of each hidden layer of a conditioner; null: 128, 128; empty: none
	Activation string `json:"activation,omitempty"` // of nn.Activations; "": "relu"
	Order      string `json:"order,omitempty"`      // of columns: "alternate" (the same as "") or "random"
	Seed       uint64 `json:"seed,omitempty"`       // of random orders
}

// The orders of columns.
const (
	Alternate = "alternate" // each transform has the order of the one before it reversed; couplings exchange even and odd columns
	Random    = "random"    // each transform has an order of its own, a function of Seed and its number
)

const defaultTransforms = 5

// check fills in the zero values. Errors wrap fault.ErrConfig and name the field.
func (c Config) check() (Config, error) {
	bad := func(field, format string, args ...any) (Config, error) {
		return c, fmt.Errorf("%w: %s: %s", fault.ErrConfig, field, fmt.Sprintf(format, args...))
	}
	switch {
	case c.Dim < 1:
		return bad("Dim", "a flow needs at least 1 column, not %d", c.Dim)
	case c.Context < 0:
		return bad("Context", "%d columns of condition", c.Context)
	case c.Transforms < 0:
		return bad("Transforms", "%d transforms", c.Transforms)
	case c.Order != "" && c.Order != Alternate && c.Order != Random:
		return bad("Order", "%q is neither %q nor %q", c.Order, Alternate, Random)
	}
	if c.Transforms == 0 {
		c.Transforms = defaultTransforms
	}
	return c, nil
}

// order is the position of each column in transform i.
func (c Config) order(i int) []int {
	switch {
	case c.Order == Random:
		return bijection.RandomOrder(c.Dim, c.Seed+uint64(i))
	case i%2 == 1:
		return bijection.Reversed(c.Dim)
	}
	order := make([]int, c.Dim)
	for d := range order {
		order[d] = d
	}
	return order
}

// mask is the columns that pass through coupling i: half of them, rounded down in every second one; none of a single column.
func (c Config) mask(i int) []bool {
	mask := make([]bool, c.Dim)
	if c.Dim == 1 {
		return mask
	}
	if c.Order == "" || c.Order == Alternate {
		return bijection.Alternating(c.Dim, i)
	}
	for d, q := range c.order(i) {
		mask[d] = q < c.Dim/2
	}
	return mask
}

// repeat is a chain of the transforms 0 … Transforms−1 on a standard normal, built and bound once to check it.
func (c Config) repeat(name string, first []bijection.Bijection, transform func(c Config, i int) bijection.Bijection) (flow.Flow, error) {
	c, err := c.check()
	if err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err)
	}
	chain := bijection.Chain{Transforms: first}
	for i := range c.Transforms {
		chain.Transforms = append(chain.Transforms, transform(c, i))
	}
	f := flow.Flow{Base: dist.StandardNormal{Dim: c.Dim}, Transform: chain, Context: c.Context}
	if _, err := f.Bind(); err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err)
	}
	return f, nil
}

func (c Config) made() nn.MADE { return nn.MADE{Hidden: c.Hidden, Activation: c.Activation} }
func (c Config) mlp() nn.MLP   { return nn.MLP{Hidden: c.Hidden, Activation: c.Activation} }
