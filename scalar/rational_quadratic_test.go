package scalar_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

func TestBadSplines(t *testing.T) {
	for _, c := range []struct {
		m    scalar.RationalQuadratic
		want string
	}{
		{scalar.RationalQuadratic{Bins: -1}, "-1 bins"},
		{scalar.RationalQuadratic{Low: 1, High: 1}, "box 1 … 1"},
		{scalar.RationalQuadratic{Low: 2, High: -2}, "box 2 … -2"},
		{scalar.RationalQuadratic{Low: math.Inf(-1), High: 2}, "box -Inf"},
		{scalar.RationalQuadratic{Bins: 10, MinWidth: 0.1}, "do not fit"},
		{scalar.RationalQuadratic{Bins: 2000}, "do not fit"},
		{scalar.RationalQuadratic{MinWidth: -0.1}, "smallest width"},
		{scalar.RationalQuadratic{MinHeight: math.NaN()}, "smallest height"},
		{scalar.RationalQuadratic{MinSlope: 1}, "smallest slope"},
		{scalar.RationalQuadratic{BinScale: -2}, "factor -2"},
		{scalar.RationalQuadratic{SoftClip: 1.5}, "soft clip"},
	} {
		_, err := c.m.Bind(nil, 2)
		if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
}

func TestSplineParameters(t *testing.T) {
	for _, c := range []struct {
		m    scalar.RationalQuadratic
		want int
	}{{scalar.RationalQuadratic{}, 23}, {scalar.RationalQuadratic{Bins: 5, LearnedEnds: true}, 16}, {scalar.RationalQuadratic{Bins: 1}, 2}} {
		b, err := c.m.Bind(nil, 4)
		if err != nil || b.Params() != c.want {
			t.Errorf("%+v has %d parameters a column (%v), want %d", c.m, b.Params(), err, c.want)
		}
	}
	boxed, err := scalar.RationalQuadratic{Low: -1, High: 2, Boxed: true}.Bind(nil, 1)
	if err != nil || boxed.Domain() != (scalar.Interval{Low: -1, High: 2}) || boxed.Codomain() != boxed.Domain() {
		t.Errorf("a spline in the box −1 … 2 maps %v to %v (%v)", boxed.Domain(), boxed.Codomain(), err)
	}
}
