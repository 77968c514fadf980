package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"diffeo/fault"
	"diffeo/scalar"
)

// LayerMap is a map of one variable. The fields are those of package scalar, with its zero values; a field that its kind does not have is
// refused.
type LayerMap struct {
	Kind string `json:"kind"` // one of MapKinds

	Scale *LayerScale `json:"scale,omitempty"` // from a raw number to a factor; none: as in package scalar
	Form  string      `json:"form,omitempty"`  // of AffineMap: "base" (or ""), "data" or "center", see scalar.Form

	Low         float64 `json:"low,omitempty"` // of splines and what maps an interval
	High        float64 `json:"high,omitempty"`
	Bins        int     `json:"bins,omitempty"` // of splines, and all to SharedEnds
	MinWidth    float64 `json:"min_width,omitempty"`
	MinHeight   float64 `json:"min_height,omitempty"`
	MinSlope    float64 `json:"min_slope,omitempty"`
	Boxed       bool    `json:"boxed,omitempty"`
	LearnedEnds bool    `json:"learned_ends,omitempty"`
	Unshifted   bool    `json:"unshifted,omitempty"`
	BinScale    float64 `json:"bin_scale,omitempty"`
	SoftClip    float64 `json:"soft_clip,omitempty"`
	SharedEnds  bool    `json:"shared_ends,omitempty"`
	OnBase      bool    `json:"on_base,omitempty"`

	Offset   float64 `json:"offset,omitempty"` // of CircularMap
	Fixed    bool    `json:"fixed,omitempty"`
	UnitSeam bool    `json:"unit_seam,omitempty"`
	By       float64 `json:"by,omitempty"` // of TurnMap

	Degree   int     `json:"degree,omitempty"` // of polynomials and polynomial splines
	Bound    float64 `json:"bound,omitempty"`
	Free     bool    `json:"free,omitempty"`
	Margin   float64 `json:"margin,omitempty"`
	Reach    float64 `json:"reach,omitempty"` // also of networks
	NoShift  bool    `json:"no_shift,omitempty"`
	Terms    int     `json:"terms,omitempty"` // of a sum of squares or a mixture
	Law      string  `json:"law,omitempty"`   // of MixtureMap: "logistic" (or "") or "normal"
	Weights  bool    `json:"weights,omitempty"`
	Spread   float64 `json:"spread,omitempty"`
	Together bool    `json:"together,omitempty"`
	Squeeze  float64 `json:"squeeze,omitempty"`

	Signal int    `json:"signal,omitempty"` // of maps that are networks
	Hidden []int  `json:"hidden,omitzero"`
	Shared bool   `json:"shared,omitempty"`
	ELU    bool   `json:"elu,omitempty"`
	Nodes  int    `json:"nodes,omitempty"`
	Rule   string `json:"rule,omitempty"` // "clenshaw-curtis" (or "") or "gauss-legendre"

	Groups []LayerGroup `json:"groups,omitempty"` // of MixedMap
}

// LayerGroup is a map with the columns that it maps, counted among those that the layer maps.
type LayerGroup struct {
	Map     LayerMap `json:"map"`
	Columns []int    `json:"columns"`
}

// Kinds of LayerMap that programs name; MapKinds lists all.
const (
	AdditiveMap         = "additive"
	AffineMap           = "affine"
	SplineMap           = "spline"
	PolynomialSplineMap = "polynomial-spline"
	CircularMap         = "circular"
	TurnMap             = "turn"
	BernsteinMap        = "bernstein"
	SumOfSquaresMap     = "sum-of-squares"
	MixtureMap          = "mixture"
	MonotonicMap        = "monotonic"
	UnconstrainedMap    = "unconstrained"
	SoftClipMap         = "soft-clip"
	SigmoidMap          = "sigmoid"
	LogitMap            = "logit"
	MixedMap            = "mixed"
)

// mapKinds is the table of names of maps of one variable: descriptions and model files know them by these. Each takes the fields that it
// has out of m. MixedMap is made of others.
var mapKinds = map[string]func(m *LayerMap) (scalar.Map, error){
	AdditiveMap:    only(scalar.Additive{}),
	AffineMap:      affineLayer,
	"exp":          only(scalar.Exp{}),
	"power":        func(m *LayerMap) (scalar.Map, error) { return scalar.Power{OnBase: take(&m.OnBase)}, nil },
	"tail":         tailLayer,
	"lambert-w":    only(scalar.LambertW{}),
	"sinh-arcsinh": only(scalar.SinhArcsinh{}),
	"softplus":     only(scalar.SoftplusMap{}),
	SigmoidMap: func(m *LayerMap) (scalar.Map, error) {
		return scalar.SigmoidMap{Low: take(&m.Low), High: take(&m.High)}, nil
	},
	LogitMap: func(m *LayerMap) (scalar.Map, error) {
		return scalar.Logit{Low: take(&m.Low), High: take(&m.High)}, nil
	},
	"leaky-tanh":        func(m *LayerMap) (scalar.Map, error) { return scalar.LeakyTanh{Bound: take(&m.Bound)}, nil },
	SoftClipMap:         func(m *LayerMap) (scalar.Map, error) { return scalar.SoftClip{Bound: take(&m.Bound)}, nil },
	"log-clip":          func(m *LayerMap) (scalar.Map, error) { return scalar.LogClip{Bound: take(&m.Bound)}, nil },
	SplineMap:           func(m *LayerMap) (scalar.Map, error) { return m.spline(), nil },
	PolynomialSplineMap: polynomialSplineLayer,
	CircularMap:         circularLayer,
	TurnMap:             turnLayer,
	BernsteinMap:        bernsteinLayer,
	SumOfSquaresMap:     sumOfSquaresLayer,
	MixtureMap:          mixtureLayer,
	MonotonicMap:        monotonicLayer,
	UnconstrainedMap:    unconstrainedLayer,
	"moebius": func(m *LayerMap) (scalar.Map, error) {
		scale, err := scaled(&m.Scale)
		return scalar.Moebius{Low: take(&m.Low), High: take(&m.High), Scale: scale}, err
	},
	"two-slopes": func(m *LayerMap) (scalar.Map, error) {
		scale, err := scaled(&m.Scale)
		return scalar.TwoSlopes{Scale: scale}, err
	},
}

// MapKinds lists the kinds of LayerMap.
func MapKinds() []string { return slices.Sorted(maps.Keys(withMixed())) }

func withMixed() map[string]bool {
	all := map[string]bool{MixedMap: true}
	for name := range mapKinds {
		all[name] = true
	}
	return all
}

// take is a field, which is empty afterwards: what is left of a description belongs to another kind.
func take[T any](field *T) T {
	v := *field
	var none T
	*field = none
	return v
}

// only is a kind without fields.
func only(s scalar.Map) func(*LayerMap) (scalar.Map, error) {
	return func(*LayerMap) (scalar.Map, error) { return s, nil }
}

func (m *LayerMap) scalar() (scalar.Map, error) {
	if m == nil {
		return nil, fmt.Errorf("%w: map: it is missing", fault.ErrConfig)
	}
	kind, rest := mapKinds[m.Kind], *m
	switch {
	case m.Kind == MixedMap:
		kind = mixedLayer
	case kind == nil:
		return nil, fmt.Errorf("%w: map: the kind %.40q is none of %q", fault.ErrConfig, m.Kind, MapKinds())
	}
	out, err := kind(&rest)
	if err != nil {
		return nil, err
	}
	if rest.Kind = ""; !reflect.DeepEqual(rest, LayerMap{}) {
		return nil, fmt.Errorf("%w: map: one of the kind %q has a field of another kind", fault.ErrConfig, m.Kind)
	}
	return out, nil
}

// mixedLayer is made of maps that are not mixed themselves.
func mixedLayer(m *LayerMap) (scalar.Map, error) {
	var out scalar.Mixed
	for i, g := range take(&m.Groups) {
		if g.Map.Kind == MixedMap {
			return nil, fmt.Errorf("%w: map: group %d: a mixed map inside another", fault.ErrConfig, i)
		}
		inner, err := g.Map.scalar()
		if err != nil {
			return nil, fmt.Errorf("group %d: %w", i, err)
		}
		out.Groups = append(out.Groups, scalar.Group{Map: inner, Columns: g.Columns})
	}
	return out, nil
}

// params is about the number of parameters of one column, and never below it.
func (m *LayerMap) params() float64 {
	most := 0.0
	for i := range m.Groups {
		most = max(most, m.Groups[i].Map.params())
	}
	switch m.Kind {
	case SplineMap, PolynomialSplineMap, CircularMap:
		return 3*positive(m.Bins) + 32 // 8 bins unless it says, and so on
	case BernsteinMap:
		return positive(m.Degree) + 16
	case SumOfSquaresMap:
		return (positive(m.Terms)+3)*(positive(m.Degree)+5) + 1
	case MixtureMap:
		return 3*positive(m.Terms) + 24
	case MonotonicMap, UnconstrainedMap:
		return positive(m.Signal) + 17
	}
	return max(most, 4)
}

// own is about the number of weights that the map has itself, in so many columns.
func (m *LayerMap) own(columns float64) float64 {
	total := 0.0
	for i := range m.Groups {
		total += m.Groups[i].Map.own(positive(len(m.Groups[i].Columns)))
	}
	if m.Kind != MonotonicMap && m.Kind != UnconstrainedMap {
		return total
	}
	hidden, width, weights := m.Hidden, 1+positive(m.Signal), 0.0
	if m.Signal == 0 {
		width = 17
	}
	if hidden == nil {
		hidden = []int{32, 32}
	}
	for _, h := range append(slices.Clone(hidden), 1) {
		weights += (width + 1) * positive(h)
		width = positive(h)
	}
	if m.Shared {
		columns = 1
	}
	return total + columns*(weights+400)
}
