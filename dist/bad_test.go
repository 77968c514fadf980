package dist

import (
	"errors"
	"math"
	"testing"

	"diffeo/fault"
	"diffeo/param"
)

func TestBadDistributions(t *testing.T) {
	for _, d := range []Distribution{
		StandardNormal{},
		StandardNormal{Dim: -1},
		DiagonalNormal{},
		DiagonalNormal{Dim: 1, Loc: []float64{math.NaN()}},
		DiagonalNormal{Dim: 1, LogScale: []float64{math.Inf(1)}},
		DiagonalNormal{Dim: 2, Loc: []float64{1}},
		Uniform{},
		Uniform{Low: []float64{0}, High: []float64{1, 2}},
		Uniform{Low: []float64{1}, High: []float64{1}},
		Uniform{Low: []float64{2}, High: []float64{1}},
		Uniform{Low: []float64{math.NaN()}, High: []float64{1}},
		Uniform{Low: []float64{0}, High: []float64{math.Inf(1)}},
		Uniform{Low: []float64{-math.MaxFloat64}, High: []float64{math.MaxFloat64}},
	} {
		_, err := d.Bind(param.NewRegistry().Scope(), nil)
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%+v gives %v", d, err)
		}
	}
}

// No draw rounds onto the upper edge, which is outside: not in float32 either, and not in a box too narrow for it.
func TestTheLastDrawIsInside(t *testing.T) {
	for _, c := range []struct{ low, high float64 }{{0, 1}, {-1, 0}, {0.1, 0.3}, {1e6, 1e6 + 1}, {-5, 1e-30}, {1, 1 + 1e-12}} {
		last := below(c.high, c.low)
		if !(last < c.high && last >= c.low) {
			t.Errorf("the last draw of %g…%g is %g", c.low, c.high, last)
		}
		if wide := float32(c.low) < float32(c.high); wide && !(float32(last) < float32(c.high)) {
			t.Errorf("the last draw of %g…%g is %g, on the edge in float32", c.low, c.high, last)
		}
	}
}
