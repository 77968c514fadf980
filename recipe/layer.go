package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"diffeo/bijection"
	"diffeo/fault"
)

// Layer is one transform of Layers. A field that its kind does not have is refused.
type Layer struct {
	Kind     string    `json:"kind"`               // one of the kinds below
	Inverted bool      `json:"inverted,omitempty"` // the directions are exchanged (bijection.Invert)
	Order    []int     `json:"order,omitempty"`    // of AutoregressiveLayer: the position of each column; of PermutationLayer: x_i = u_{order[i]}
	Columns  []int     `json:"columns,omitempty"`  // of CouplingLayer: those that pass; of StaticLayer: those that are mapped; none: all
	Map      *LayerMap `json:"map,omitempty"`      // of one variable: what the first three kinds apply
	Net      *LayerNet `json:"net,omitempty"`      // what computes its parameters

	Diagonal    *LayerScale `json:"diagonal,omitempty"`    // of linear maps: from raw numbers to the diagonal; none: as in package bijection
	Free        bool        `json:"free,omitempty"`        // of LinearLayer, and the next
	Negative    []bool      `json:"negative,omitempty"`    //
	Upper       bool        `json:"upper,omitempty"`       // of TriangularLayer, and the next
	Normalized  bool        `json:"normalized,omitempty"`  //
	NoBias      bool        `json:"no_bias,omitempty"`     // of LinearLayer, TriangularLayer, QRLayer and SVDLayer, and the next
	OnBase      bool        `json:"on_base,omitempty"`     //
	Reflections int         `json:"reflections,omitempty"` // of HouseholderLayer, QRLayer, SVDLayer and SylvesterLayer

	Slope    float64     `json:"slope,omitempty"`    // of PlanarLayer, and the next
	Scale    *LayerScale `json:"scale,omitempty"`    //
	Radius   *LayerScale `json:"radius,omitempty"`   // of RadialLayer, and the next
	Strength *LayerScale `json:"strength,omitempty"` //
	Basis    string      `json:"basis,omitempty"`    // of SylvesterLayer: "reflected" (or ""), "orthonormal", "identity" or "reversed-axes"; and the next
	Rank     int         `json:"rank,omitempty"`     //
}

// The kinds of layers.
const (
	AutoregressiveLayer = "autoregressive" // bijection.Autoregressive with order, map and net
	CouplingLayer       = "coupling"       // bijection.Coupling with columns, map and net
	StaticLayer         = "static"         // bijection.Static with columns and map
	PermutationLayer    = "permutation"    // bijection.Permute with order
	LinearLayer         = "linear"         // bijection.LULinear
	TriangularLayer     = "triangular"     // bijection.Triangular
	HouseholderLayer    = "householder"    // bijection.Householder
	QRLayer             = "qr"             // bijection.QRLinear
	SVDLayer            = "svd"            // bijection.SVDLinear
	RotationLayer       = "rotation"       // bijection.Rotation
	PlanarLayer         = "planar"         // bijection.Planar, with parameters that are learned directly
	RadialLayer         = "radial"         // bijection.Radial, likewise
	SylvesterLayer      = "sylvester"      // bijection.Sylvester, likewise
)

// layerKinds is the table of names of maps of vectors: descriptions and model files know them by these. Each takes the fields that it has
// out of l.
var layerKinds = map[string]func(l *Layer, dim int) (bijection.Bijection, error){
	AutoregressiveLayer: autoregressiveLayer,
	CouplingLayer:       couplingLayer,
	StaticLayer:         staticLayer,
	PermutationLayer: func(l *Layer, _ int) (bijection.Bijection, error) {
		return bijection.Permute{Order: take(&l.Order)}, nil
	},
	LinearLayer:     linearLayer,
	TriangularLayer: triangularLayer,
	HouseholderLayer: func(l *Layer, _ int) (bijection.Bijection, error) {
		return bijection.Householder{Reflections: take(&l.Reflections)}, nil
	},
	QRLayer:        qrLayer,
	SVDLayer:       svdLayer,
	RotationLayer:  func(*Layer, int) (bijection.Bijection, error) { return bijection.Rotation{}, nil },
	PlanarLayer:    planarLayer,
	RadialLayer:    radialLayer,
	SylvesterLayer: sylvesterLayer,
}

// alone are the kinds whose parameters a condition would change.
var alone = []string{PlanarLayer, RadialLayer, SylvesterLayer}

// bijection is the layer for rows of dim columns and a condition of context columns.
func (l Layer) bijection(dim, context int) (bijection.Bijection, error) {
	kind, rest := layerKinds[l.Kind], l
	switch {
	case kind == nil:
		return nil, fmt.Errorf("%w: kind: %.40q is none of %q", fault.ErrConfig, l.Kind, slices.Sorted(maps.Keys(layerKinds)))
	case context > 0 && slices.Contains(alone, l.Kind):
		return nil, fmt.Errorf("%w: a layer of the kind %q under a condition", fault.ErrConfig, l.Kind)
	}
	t, err := kind(&rest, dim)
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

func autoregressiveLayer(l *Layer, _ int) (bijection.Bijection, error) {
	m, err := take(&l.Map).scalar()
	if err != nil {
		return nil, err
	}
	net, err := take(&l.Net).masked()
	return bijection.Autoregressive{Order: take(&l.Order), Map: m, Net: net}, err
}

func couplingLayer(l *Layer, dim int) (bijection.Bijection, error) {
	c := bijection.Coupling{Mask: make([]bool, dim)}
	columns := take(&l.Columns)
	for _, d := range columns {
		if d < 0 || d >= dim || c.Mask[d] {
			return nil, fmt.Errorf("%w: columns: %v are not different ones of 0…%d", fault.ErrConfig, columns, dim-1)
		}
		c.Mask[d] = true
	}
	var err error
	if c.Map, err = take(&l.Map).scalar(); err != nil {
		return nil, err
	}
	c.Net, err = take(&l.Net).conditioner()
	return c, err
}

func staticLayer(l *Layer, _ int) (bijection.Bijection, error) {
	m, err := take(&l.Map).scalar()
	return bijection.Static{Columns: take(&l.Columns), Map: m}, err
}
