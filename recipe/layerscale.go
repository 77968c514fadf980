package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/scalar"
)

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
	BoundedScale     = "bounded"      // scalar.BoundedExp
	SoftClipScale    = "soft-clip"    // scalar.SoftClipExp
	ExpScale         = "exp"          // scalar.PlainExp
	SoftplusScale    = "softplus"     // scalar.Softplus
	SigmoidScale     = "sigmoid"      // scalar.Sigmoid
	MagnitudeScale   = "magnitude"    // scalar.Magnitude
	LogSoftplusScale = "log-softplus" // scalar.LogSoftplus
)

// scaleKinds is the table of names of scales. Each takes the fields that it has out of s.
var scaleKinds = map[string]func(s *LayerScale) scalar.Scale{
	BoundedScale:  func(s *LayerScale) scalar.Scale { return scalar.BoundedExp{Bound: take(&s.Bound)} },
	SoftClipScale: func(s *LayerScale) scalar.Scale { return scalar.SoftClipExp{Slope: take(&s.Slope)} },
	ExpScale:      func(*LayerScale) scalar.Scale { return scalar.PlainExp{} },
	SoftplusScale: func(s *LayerScale) scalar.Scale {
		return scalar.Softplus{Floor: take(&s.Floor), Shift: take(&s.Shift)}
	},
	SigmoidScale: func(s *LayerScale) scalar.Scale {
		return scalar.Sigmoid{Floor: take(&s.Floor), Shift: take(&s.Shift)}
	},
	MagnitudeScale:   func(*LayerScale) scalar.Scale { return scalar.Magnitude{} },
	LogSoftplusScale: func(*LayerScale) scalar.Scale { return scalar.LogSoftplus{} },
}

func (s LayerScale) scale() (scalar.Scale, error) {
	kind, rest := scaleKinds[s.Kind], s
	if kind == nil {
		return nil, fmt.Errorf("%w: scale: the kind %.40q is none of %q", fault.ErrConfig, s.Kind, slices.Sorted(maps.Keys(scaleKinds)))
	}
	out := kind(&rest)
	if rest.Kind = ""; rest != (LayerScale{}) {
		return nil, fmt.Errorf("%w: scale: one of the kind %q has a field of another kind", fault.ErrConfig, s.Kind)
	}
	return out, nil
}

// scaled is the scale of a field, which is empty afterwards; nil where there is none.
func scaled(field **LayerScale) (scalar.Scale, error) {
	if s := take(field); s != nil {
		return s.scale()
	}
	return nil, nil
}
