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
	Dim        int         `json:"dim"`
	Context    int         `json:"context,omitempty"`
	Base       string      `json:"base,omitempty"`       // "" or one of the bases below
	Components int         `json:"components,omitempty"` // of a mixture
	Parts      []LayerBase `json:"parts,omitempty"`      // of a product, one for each column
	Layers     []Layer     `json:"layers"`               // in the order of Forward, from the base to the data
}

// The bases of Layers.
const (
	StandardBase = "normal"   // dist.StandardNormal
	DiagonalBase = "diagonal" // dist.DiagonalNormal
	MixtureBase  = "mixture"  // dist.Mixture
	ProductBase  = "product"  // dist.Product of Parts
)

// LayerBase is the density of one column of a product. A field that its kind does not have is refused.
type LayerBase struct {
	Kind string  `json:"kind"`           // StandardBase, DiagonalBase, or one of the kinds below
	Low  float64 `json:"low,omitempty"`  // of UniformBase, and the next
	High float64 `json:"high,omitempty"` //
}

// The kinds of LayerBase that are no bases of several columns.
const (
	UniformBase = "uniform" // dist.Uniform
	CircleBase  = "circle"  // dist.UniformCircle
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
		t, err := l.bijection(c.Dim, c.Context)
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
	case c.Base == ProductBase && len(c.Parts) != c.Dim, c.Base != ProductBase && c.Parts != nil:
		return nil, fmt.Errorf("%w: parts: %d of the base %q for %d columns", fault.ErrConfig, len(c.Parts), c.Base, c.Dim)
	}
	switch c.Base {
	case "", StandardBase:
		return dist.StandardNormal{Dim: c.Dim}, nil
	case DiagonalBase:
		return dist.DiagonalNormal{Dim: c.Dim}, nil
	case MixtureBase:
		return dist.Mixture{Dim: c.Dim, Components: c.Components}, nil
	case ProductBase:
		return c.product()
	}
	return nil, fmt.Errorf("%w: base: %q is none of %q, %q, %q, %q", fault.ErrConfig, c.Base, StandardBase, DiagonalBase, MixtureBase, ProductBase)
}

func (c Layers) product() (dist.Distribution, error) {
	var p dist.Product
	for i, l := range c.Parts {
		switch uniform := l.Low != 0 || l.High != 0; {
		case l.Kind == UniformBase:
			p.Parts = append(p.Parts, dist.Uniform{Low: []float64{l.Low}, High: []float64{l.High}})
		case uniform:
			return nil, fmt.Errorf("%w: parts: column %d: one of the kind %q has no bounds", fault.ErrConfig, i, l.Kind)
		case l.Kind == CircleBase:
			p.Parts = append(p.Parts, dist.UniformCircle{Dim: 1})
		case l.Kind == StandardBase:
			p.Parts = append(p.Parts, dist.StandardNormal{Dim: 1})
		case l.Kind == DiagonalBase:
			p.Parts = append(p.Parts, dist.DiagonalNormal{Dim: 1})
		default:
			return nil, fmt.Errorf("%w: parts: column %d: the kind %.40q is none of %q, %q, %q, %q", fault.ErrConfig, i, l.Kind,
				UniformBase, CircleBase, StandardBase, DiagonalBase)
		}
	}
	return p, nil
}

// Weights is about the number of weights of the flow, and never far below it: what reading a description from a stranger may cost, before
// anything is built. Numbers out of their domain count as 0; FromLayers refuses them.
func (c Layers) Weights() float64 {
	dim, context := positive(c.Dim), positive(c.Context)
	total := 2*dim*math.Max(1, positive(c.Components)) + 400*positive(len(c.Parts))
	for _, l := range c.Layers {
		params := 0.0
		if l.Map != nil {
			params = l.Map.params()
			total += l.Map.own(dim)
		}
		if l.Net != nil {
			total += l.Net.weights(dim, context, dim*params)
		}
		total += 600 + dim*(params+8) + l.square(dim)
	}
	return total
}

// square is about the number of weights of a linear map or one like it, at least.
func (l Layer) square(dim float64) float64 {
	vectors := math.Max(dim+1, positive(l.Reflections))
	switch l.Kind {
	case LinearLayer, TriangularLayer, RotationLayer:
		return dim * dim
	case HouseholderLayer:
		return dim * vectors
	case QRLayer, SVDLayer, SylvesterLayer:
		return dim*dim + 2*dim*vectors
	}
	return 0
}

func positive(x int) float64 { return math.Max(0, float64(x)) }
