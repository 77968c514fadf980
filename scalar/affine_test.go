package scalar

import (
	"errors"
	"math"
	"testing"

	"diffeo/fault"
	"diffeo/param"
)

func TestBadAffine(t *testing.T) {
	for _, a := range []Affine{
		{Form: CenterData + 1},
		{Scale: BoundedExp{Bound: -1}},
		{Scale: BoundedExp{Bound: 61}},
		{Scale: BoundedExp{Bound: math.NaN()}},
		{Scale: SoftClipExp{Slope: 1}},
		{Scale: SoftClipExp{Slope: -0.1}},
		{Scale: Softplus{Floor: -1}},
		{Scale: Softplus{Shift: math.Inf(1)}},
		{Scale: UnitSoftplus(1)},
		{Scale: Softplus{Bound: -1}},
		{Scale: Softplus{Bound: math.NaN()}},
		{Scale: Sigmoid{Floor: 2}},
		{Scale: Sigmoid{Shift: math.NaN()}},
	} {
		if _, err := a.Bind(param.NewRegistry().Scope(), 2); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v gives %v", a, err)
		}
	}
}
