package scalar_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

func TestBadSumsOfSquares(t *testing.T) {
	for _, c := range []struct {
		m    scalar.SumOfSquares
		want string
	}{
		{scalar.SumOfSquares{Polynomials: -1}, "sum of -1"},
		{scalar.SumOfSquares{Degree: -1}, "degree -1"},
		{scalar.SumOfSquares{Degree: 13}, "degree 13"},
		{scalar.SumOfSquares{Bound: -1}, "unit"},
		{scalar.SumOfSquares{Reach: 50}, "reach"},
		{scalar.SumOfSquares{MinSlope: math.NaN()}, "slope"},
		{scalar.SumOfSquares{MinSlope: 1}, "slope"},
	} {
		if _, err := c.m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
	for _, bound := range []float64{-1, math.Inf(1), math.NaN()} {
		if _, err := (scalar.SoftClip{Bound: bound}).Bind(nil, 2); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("a soft clip at %g: %v", bound, err)
		}
	}
}

func TestSumOfSquaresParameters(t *testing.T) {
	for _, c := range []struct {
		m    scalar.SumOfSquares
		want int
	}{{scalar.SumOfSquares{}, 16}, {scalar.SumOfSquares{Polynomials: 2, Degree: 1, NoShift: true}, 4}} {
		if b, err := c.m.Bind(nil, 4); err != nil || b.Params() != c.want {
			t.Errorf("%+v has %d parameters a column (%v), want %d", c.m, b.Params(), err, c.want)
		}
	}
}
