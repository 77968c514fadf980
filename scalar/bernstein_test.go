package scalar_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

func TestBadBernstein(t *testing.T) {
	for _, c := range []struct {
		m    scalar.Bernstein
		want string
	}{
		{scalar.Bernstein{Degree: -1}, "degree -1"},
		{scalar.Bernstein{Degree: 4}, "degree 4"},
		{scalar.Bernstein{Degree: 2, Free: true}, "3 … 60"},
		{scalar.Bernstein{Degree: 61}, "degree 61"},
		{scalar.Bernstein{Bound: -1}, "bound"},
		{scalar.Bernstein{Bound: math.NaN()}, "bound"},
		{scalar.Bernstein{Bound: math.Inf(1)}, "bound"},
		{scalar.Bernstein{Margin: 0.5}, "margin"},
		{scalar.Bernstein{Margin: -1e-6}, "margin"},
	} {
		if _, err := c.m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
}

func TestBernsteinParameters(t *testing.T) {
	for _, c := range []struct {
		m    scalar.Bernstein
		want int
	}{{scalar.Bernstein{}, 12}, {scalar.Bernstein{Degree: 5}, 1}, {scalar.Bernstein{Degree: 3, Free: true}, 2}} {
		if b, err := c.m.Bind(nil, 4); err != nil || b.Params() != c.want {
			t.Errorf("%+v has %d parameters a column (%v), want %d", c.m, b.Params(), err, c.want)
		}
	}
}
