package scalar_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/internal/tolerance"
	"diffeo/scalar"
)

func TestBadMixtures(t *testing.T) {
	for _, c := range []struct {
		m    scalar.MixtureCDF
		want string
	}{
		{scalar.MixtureCDF{Components: -1}, "-1 components"},
		{scalar.MixtureCDF{Law: scalar.Normal + 1}, "law 2"},
		{scalar.MixtureCDF{Squeeze: 1e-6}, "without the normal law"},
		{scalar.MixtureCDF{Law: scalar.Normal, Squeeze: -1e-6}, "squeeze"},
		{scalar.MixtureCDF{Law: scalar.Normal, Squeeze: 0.6}, "squeeze"},
		{scalar.MixtureCDF{Spread: 1}, "spread"},
		{scalar.MixtureCDF{Spread: math.NaN()}, "spread"},
		{scalar.MixtureCDF{Scale: scalar.BoundedExp{Bound: -1}}, "bound"},
	} {
		if _, err := c.m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
	for _, c := range []struct {
		m    scalar.MixtureCDF
		want int
	}{{scalar.MixtureCDF{}, 16}, {scalar.MixtureCDF{Components: 5, Weights: true}, 15}} {
		if b, err := c.m.Bind(nil, 4); err != nil || b.Params() != c.want {
			t.Errorf("%+v has %d parameters a column (%v), want %d", c.m, b.Params(), err, c.want)
		}
	}
}

// Values and log-derivatives from the middle into both tails, by mpmath 1.3.0 with 40 digits: logit(Σ wₖ σ(e^aₖ·x + bₖ)).
func TestMixtureOfLogistics(t *testing.T) {
	m := scalar.MixtureCDF{Components: 3, Weights: true, Scale: scalar.PlainExp{}, Together: true}
	theta := []float64{0.3, -1.2, 2.0, 0.5, -0.4, 0.1, 0.2, 1.0, -0.7}
	rows := [][3]float64{
		{-50, -35.2058162087422859, -0.399999998950861035},
		{-3, -2.94345733418403161, -0.167466493605493874},
		{-0.4, -0.75207749453770008, -0.1353415586221051},
		{0, -0.411363684910857014, -0.196132801104882446},
		{1.5, 0.59679898247822883, -0.567175474849960096},
		{8, 4.65810848465184107, -0.405789998109250716},
		{200, 133.353823115705423, -0.4},
	}
	var x, u, logSlope []float64
	for _, r := range rows {
		x, u, logSlope = append(x, r[0]), append(u, r[1]), append(logSlope, r[2])
	}
	for _, w := range ways {
		tol := tolerance.Float64.LogDet
		if w.float32 {
			tol = tolerance.Float32.LogDet
		}
		got, l, _, _ := mapped(t, w.run, m, inverse, x, theta...)
		for i := range x {
			if !tol.Allows(got[i], u[i]) || !tol.Allows(l[i], logSlope[i]) {
				t.Errorf("%s: at %g u = %.17g and log du/dx = %.17g, want %.17g and %.17g", w.name, x[i], got[i], l[i], u[i], logSlope[i])
			}
		}
	}
}

// A mixture of normals becomes normal: with one component the map is the line, also far out, where Φ itself is 0 or 1.
func TestOneNormalIsALine(t *testing.T) {
	m := scalar.MixtureCDF{Components: 1, Law: scalar.Normal, Scale: scalar.PlainExp{}}
	x := []float64{-1e4, -60, -8, -0.1, 0, 0.7, 9, 40, 1e4}
	for _, w := range ways {
		tol := tolerance.Float64.LogDet
		if w.float32 {
			tol = tolerance.Float32.LogDet
		}
		u, l, _, _ := mapped(t, w.run, m, inverse, x, 0.25, math.Log(0.5))
		for i, x := range x {
			if !tol.Allows(u[i], 0.5*x+0.25) || !tol.Allows(l[i], math.Log(0.5)) {
				t.Errorf("%s: %g goes to %.17g with log-slope %.17g, want %g and log ½", w.name, x, u[i], l[i], 0.5*x+0.25)
			}
		}
	}
}
