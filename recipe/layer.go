package recipe

import (
	"fmt"
	"reflect"

	"diffeo/bijection"
	"diffeo/fault"
)

// Layer is one transform of Layers. A field that its kind does not have is refused.
type Layer struct {
	Kind     string      `json:"kind"`               // one of the kinds below
	Inverted bool        `json:"inverted,omitempty"` // the directions are exchanged (bijection.Invert)
	Order    []int       `json:"order,omitempty"`    // of AutoregressiveLayer: the position of each column; of PermutationLayer: x_i = u_{order[i]}
	Columns  []int       `json:"columns,omitempty"`  // of CouplingLayer: those that pass; of StaticLayer: those that are mapped; none: all
	Map      *LayerMap   `json:"map,omitempty"`      // of one variable: what the first three kinds apply
	Net      *LayerNet   `json:"net,omitempty"`      // what computes its parameters
	Diagonal *LayerScale `json:"diagonal,omitempty"` // of LinearLayer: from raw numbers to the diagonal; none: as in bijection.LULinear
}

// The kinds of layers.
const (
	AutoregressiveLayer = "autoregressive" // bijection.Autoregressive with order, map and net
	CouplingLayer       = "coupling"       // bijection.Coupling with columns, map and net
	StaticLayer         = "static"         // bijection.Static with columns and map
	PermutationLayer    = "permutation"    // bijection.Permute with order
	LinearLayer         = "linear"         // bijection.LULinear with diagonal
)

// bijection is the layer for rows of dim columns.
func (l Layer) bijection(dim int) (bijection.Bijection, error) {
	t, rest, err := l.kind(dim)
	if err != nil {
		return nil, err
	}
	rest.Kind, rest.Inverted = "", false
	if !reflect.DeepEqual(rest, Layer{}) {
		return nil, fmt.Errorf("%w: a layer of the kind %q has a field of another kind", fault.ErrConfig, l.Kind)
	}
	if l.Inverted {
		return bijection.Invert{Bijection: t}, nil
	}
	return t, nil
}

// kind is the layer, not inverted, and what of it the kind had no use for.
func (l Layer) kind(dim int) (t bijection.Bijection, rest Layer, err error) {
	rest = l
	switch l.Kind {
	case AutoregressiveLayer:
		rest.Order, rest.Map, rest.Net = nil, nil, nil
		a := bijection.Autoregressive{Order: l.Order}
		if a.Map, err = l.Map.scalar(); err != nil {
			return nil, rest, err
		}
		a.Net, err = l.Net.masked()
		return a, rest, err
	case CouplingLayer:
		rest.Columns, rest.Map, rest.Net = nil, nil, nil
		c := bijection.Coupling{Mask: make([]bool, dim)}
		for _, d := range l.Columns {
			if d < 0 || d >= dim || c.Mask[d] {
				return nil, rest, fmt.Errorf("%w: columns: %v are not different ones of 0…%d", fault.ErrConfig, l.Columns, dim-1)
			}
			c.Mask[d] = true
		}
		if c.Map, err = l.Map.scalar(); err != nil {
			return nil, rest, err
		}
		c.Net, err = l.Net.conditioner()
		return c, rest, err
	case StaticLayer:
		rest.Columns, rest.Map = nil, nil
		s := bijection.Static{Columns: l.Columns}
		s.Map, err = l.Map.scalar()
		return s, rest, err
	case PermutationLayer:
		rest.Order = nil
		return bijection.Permute{Order: l.Order}, rest, nil
	case LinearLayer:
		rest.Diagonal = nil
		m := bijection.LULinear{}
		if l.Diagonal != nil {
			m.Diagonal, err = l.Diagonal.scale()
		}
		return m, rest, err
	}
	return nil, rest, fmt.Errorf("%w: kind: %.40q is none of %q, %q, %q, %q, %q", fault.ErrConfig, l.Kind,
		AutoregressiveLayer, CouplingLayer, StaticLayer, PermutationLayer, LinearLayer)
}
