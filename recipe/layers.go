package recipe

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
)

// LayersName is the name by which model files know flows of Layers.
const LayersName = "layers"

// Layers describes a flow transform by transform, where a Config has no words for it: flows that were trained elsewhere become this. It
// is no recipe of the table, because nobody would write it by hand to fit a model, but it is the same kind of thing: data, stored in the
// model file as JSON, from which the flow is built again. A recipe for each library and family would know its defaults instead (zuko's
// soft clip, nflows' floor of a scale) and would need a program as new as the library; here they are written out once, when a model is
// imported, and orders, masks and the degrees of hidden units, which libraries draw at random, are written as what they are.
type Layers struct {
	Dim        int     `json:"dim"`
	Context    int     `json:"context,omitempty"`
	Base       string  `json:"base,omitempty"`       // "" or StandardBase, DiagonalBase, MixtureBase
	Components int     `json:"components,omitempty"` // of a mixture
	Layers     []Layer `json:"layers"`               // in the order of Forward, from the base to the data
}

// The bases of Layers.
const (
	StandardBase = "normal"   // dist.StandardNormal
	DiagonalBase = "diagonal" // dist.DiagonalNormal
	MixtureBase  = "mixture"  // dist.Mixture
)

// FromLayers builds the flow: parameters of layer i are called transform.transforms.i.…, those of the base base.…. Errors wrap
// fault.ErrConfig or fault.ErrShape and name the layer.
func FromLayers(c Layers) (flow.Flow, error) {
	bad := func(err error) (flow.Flow, error) { return flow.Flow{}, fmt.Errorf("layers: %w", err) }
	base, err := c.base()
	if err != nil {
		return bad(err)
	}
	var chain bijection.Chain
	for i, l := range c.Layers {
		t, err := l.bijection(c.Dim)
		if err != nil {
			return bad(fmt.Errorf("layer %d: %w", i, err))
		}
		chain.Transforms = append(chain.Transforms, t)
	}
	f := flow.Flow{Base: base, Transform: chain, Context: c.Context}
	if _, err := f.Bind(); err != nil {
		return bad(err)
	}
	return f, nil
}

func (c Layers) base() (dist.Distribution, error) {
	switch {
	case c.Dim < 1:
		return nil, fmt.Errorf("%w: dim: a flow needs at least 1 column, not %d", fault.ErrConfig, c.Dim)
	case c.Components != 0 && c.Base != MixtureBase || c.Components < 0:
		return nil, fmt.Errorf("%w: components: %d of the base %q", fault.ErrConfig, c.Components, c.Base)
	}
	switch c.Base {
	case "", StandardBase:
		return dist.StandardNormal{Dim: c.Dim}, nil
	case DiagonalBase:
		return dist.DiagonalNormal{Dim: c.Dim}, nil
	case MixtureBase:
		return dist.Mixture{Dim: c.Dim, Components: c.Components}, nil
	}
	return nil, fmt.Errorf("%w: base: %q is none of %q, %q, %q", fault.ErrConfig, c.Base, StandardBase, DiagonalBase, MixtureBase)
}

// Weights is about the number of weights of the flow, and never far below it: what reading a description from a stranger may cost, before
// anything is built. Numbers out of their domain count as 0; FromLayers refuses them.
func (c Layers) Weights() float64 {
	dim, context := positive(c.Dim), positive(c.Context)
	total := 2 * dim * math.Max(1, positive(c.Components))
	for _, l := range c.Layers {
		total += 200 + dim
		params := 0.0
		if l.Map != nil {
			params = l.Map.params()
		}
		switch {
		case l.Net != nil:
			total += l.Net.weights(dim, context, dim*params)
		case l.Kind == LinearLayer:
			total += dim * dim
		}
		total += dim * params
	}
	return total
}

func positive(x int) float64 { return math.Max(0, float64(x)) }
