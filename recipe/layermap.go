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
	Kind string `json:"kind"` // one of the kinds below

	Scale *LayerScale `json:"scale,omitempty"` // of AffineMap: from a raw number to the factor; none: scalar.BoundedExp
	Form  string      `json:"form,omitempty"`  // of AffineMap: "base" (or ""), "data" or "center", see scalar.Form

	Bins        int     `json:"bins,omitempty"` // of SplineMap, and all below
	Low         float64 `json:"low,omitempty"`
	High        float64 `json:"high,omitempty"`
	MinWidth    float64 `json:"min_width,omitempty"`
	MinHeight   float64 `json:"min_height,omitempty"`
	MinSlope    float64 `json:"min_slope,omitempty"`
	Boxed       bool    `json:"boxed,omitempty"`
	LearnedEnds bool    `json:"learned_ends,omitempty"`
	Unshifted   bool    `json:"unshifted,omitempty"`
	BinScale    float64 `json:"bin_scale,omitempty"`
	SoftClip    float64 `json:"soft_clip,omitempty"`
}

// The kinds of LayerMap.
const (
	AdditiveMap = "additive" // scalar.Additive
	AffineMap   = "affine"   // scalar.Affine
	SplineMap   = "spline"   // scalar.RationalQuadratic
)

// forms is the table of names of affine forms.
var forms = map[string]scalar.Form{"": scalar.ScaleBase, "base": scalar.ScaleBase, "data": scalar.ScaleData, "center": scalar.CenterData}

func (m *LayerMap) scalar() (scalar.Map, error) {
	if m == nil {
		return nil, fmt.Errorf("%w: map: it is missing", fault.ErrConfig)
	}
	rest := *m
	rest.Kind = ""
	var out scalar.Map
	switch m.Kind {
	case AdditiveMap:
		out = scalar.Additive{}
	case AffineMap:
		rest.Scale, rest.Form = nil, ""
		form, ok := forms[m.Form]
		if !ok {
			return nil, fmt.Errorf("%w: form: %.40q is none of %q", fault.ErrConfig, m.Form, slices.Sorted(maps.Keys(forms)))
		}
		a := scalar.Affine{Form: form}
		if m.Scale != nil {
			var err error
			if a.Scale, err = m.Scale.scale(); err != nil {
				return nil, err
			}
		}
		out = a
	case SplineMap:
		rest = LayerMap{Scale: m.Scale, Form: m.Form}
		out = scalar.RationalQuadratic{Bins: m.Bins, Low: m.Low, High: m.High, MinWidth: m.MinWidth, MinHeight: m.MinHeight, MinSlope: m.MinSlope,
			Boxed: m.Boxed, LearnedEnds: m.LearnedEnds, Unshifted: m.Unshifted, BinScale: m.BinScale, SoftClip: m.SoftClip}
	default:
		return nil, fmt.Errorf("%w: map: the kind %.40q is none of %q, %q, %q", fault.ErrConfig, m.Kind, AdditiveMap, AffineMap, SplineMap)
	}
	if !reflect.DeepEqual(rest, LayerMap{}) {
		return nil, fmt.Errorf("%w: map: one of the kind %q has a field of another kind", fault.ErrConfig, m.Kind)
	}
	return out, nil
}

// params is about the number of parameters of one column.
func (m *LayerMap) params() float64 {
	if m.Kind == SplineMap {
		return 3*positive(m.Bins) + 32 // 8 bins unless it says
	}
	return 2
}

// LayerScale turns a raw number into a positive factor. The fields are those of the scales of package scalar, with their zero values; a
// field that its kind does not have is refused.
type LayerScale struct {
	Kind  string  `json:"kind"`            // one of the kinds below
	Bound float64 `json:"bound,omitempty"` // of BoundedScale
	Slope float64 `json:"slope,omitempty"` // of SoftClipScale
	Floor float64 `json:"floor,omitempty"` // of SoftplusScale and SigmoidScale
	Shift float64 `json:"shift,omitempty"` // likewise
}

// The kinds of LayerScale.
const (
	BoundedScale  = "bounded"   // scalar.BoundedExp
	SoftClipScale = "soft-clip" // scalar.SoftClipExp
	ExpScale      = "exp"       // scalar.PlainExp
	SoftplusScale = "softplus"  // scalar.Softplus
	SigmoidScale  = "sigmoid"   // scalar.Sigmoid
)

func (s LayerScale) scale() (scalar.Scale, error) {
	var out scalar.Scale
	rest := s
	rest.Kind = ""
	switch s.Kind {
	case BoundedScale:
		out, rest.Bound = scalar.BoundedExp{Bound: s.Bound}, 0
	case SoftClipScale:
		out, rest.Slope = scalar.SoftClipExp{Slope: s.Slope}, 0
	case ExpScale:
		out = scalar.PlainExp{}
	case SoftplusScale:
		out, rest.Floor, rest.Shift = scalar.Softplus{Floor: s.Floor, Shift: s.Shift}, 0, 0
	case SigmoidScale:
		out, rest.Floor, rest.Shift = scalar.Sigmoid{Floor: s.Floor, Shift: s.Shift}, 0, 0
	default:
		return nil, fmt.Errorf("%w: scale: the kind %.40q is none of %q, %q, %q, %q, %q", fault.ErrConfig, s.Kind,
			BoundedScale, SoftClipScale, ExpScale, SoftplusScale, SigmoidScale)
	}
	if rest != (LayerScale{}) {
		return nil, fmt.Errorf("%w: scale: one of the kind %q has a field of another kind", fault.ErrConfig, s.Kind)
	}
	return out, nil
}
