package scalar_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

// splines are all kinds, with K bins on −3 … 3.
func splines(bins int) []scalar.Map {
	return []scalar.Map{
		scalar.PolynomialSpline{Degree: 1, Bins: bins, Low: -3, High: 3},
		scalar.PolynomialSpline{Degree: 2, Bins: bins, Low: -3, High: 3},
		scalar.PolynomialSpline{Degree: 2, Bins: bins, Low: -3, High: 3, Boxed: true},
		scalar.PolynomialSpline{Degree: 3, Bins: bins, Low: -3, High: 3},
		scalar.PolynomialSpline{Degree: 3, Bins: bins, Low: -3, High: 3, Boxed: true, Unshifted: true},
		scalar.RationalQuadratic{Bins: bins, Low: -3, High: 3},
	}
}

// wildTheta are parameters of a map, far apart: neighbouring bins differ by factors of up to a thousand.
func wildTheta(t *testing.T, rng *rand.Rand, m scalar.Map, size float64) []float64 {
	t.Helper()
	b, err := m.Bind(nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	theta := make([]float64, b.Params())
	for i := range theta {
		theta[i] = size * rng.NormFloat64()
	}
	return theta
}

// Inverse splines abort on a slightly negative discriminant in nflows (report 87): here none has one, for bins of any shape and points on and beside
// knots and edges, and the way back arrives.
func TestNflows87NegativeDiscriminant(t *testing.T) {
	const seed = 87
	rng := rand.New(rand.NewPCG(seed, 0))
	points := []float64{-3, -3 + 1e-7, -1.5, -0.75, 0, 1e-7, 0.75, 1.5, 3 - 1e-7, 3}
	for range 40 {
		points = append(points, 6*rng.Float64()-3)
	}
	for _, w := range ways {
		tol := 1e-9
		if w.float32 {
			tol = 5e-3 // slopes reach 10⁴, and their inverses stretch roundings
		}
		for _, size := range []float64{0, 1, 6, 1e6} { // with 0 neighbouring slopes are equal, with 10⁶ bins are as small as they may be
			for _, m := range splines(4) {
				theta := wildTheta(t, rng, m, size)
				for _, d := range []direction{forward, inverse} {
					y, l, slope, bend := mapped(t, w.run, m, d, points, theta...)
					for i, v := range slices.Concat(y, l, slope, bend) {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Fatalf("seed %d, %s, %T %+v, parameters %g: number %d is %g", seed, w.name, m, m, theta, i, v)
						}
					}
				}
				u, _, _, _ := mapped(t, w.run, m, inverse, points, theta...)
				x, _, _, _ := mapped(t, w.run, m, forward, u, theta...)
				v, _, _, _ := mapped(t, w.run, m, inverse, x, theta...)
				for i := range points {
					if math.Abs(v[i]-u[i]) > tol {
						t.Errorf("seed %d, %s, %T %+v, size %g: %g goes to %.12g, whose way back and there gives %.12g", seed, w.name, m, m, size, points[i], u[i], v[i])
					}
				}
			}
		}
	}
}

// A batch wholly in the tails crashes nflows (report 23): here it passes unchanged.
func TestNflows23AllPointsInTheTails(t *testing.T) {
	points := []float64{-1e30, -40, -3.0001, 3.0001, 5, 1e30}
	for _, w := range ways {
		for _, m := range splines(4) {
			if p, ok := m.(scalar.PolynomialSpline); ok && p.Boxed {
				continue // it has no tails
			}
			theta := wildTheta(t, rand.New(rand.NewPCG(23, 0)), m, 2)
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, w.run, m, d, points, theta...)
				for i, p := range points {
					if math.Abs(y[i]/p-1) > 1e-7 || l[i] != 0 || slope[i] != 1 || bend[i] != 0 {
						t.Errorf("%s, %T %+v: %g goes to %g with log-derivative %g and derivatives %g and %g", w.name, m, m, p, y[i], l[i], slope[i], bend[i])
					}
				}
			}
		}
	}
}

// The branch that is not chosen poisons gradients with NaN in others (flowjax 239, bayesflow 721): here the gradients are finite beside, on and far
// beyond every edge, for every map of the package, in the domain and outside.
func TestFlowjax239UnselectedBranch(t *testing.T) {
	points := []float64{-1e30, -100, -3, math.Copysign(0, -1), 0, 1e-30, 0.5, 1, 3, 100, 1e30}
	maps := append(splines(3), scalar.Affine{}, scalar.Exp{}, scalar.SoftplusMap{}, scalar.SigmoidMap{}, scalar.Logit{}, scalar.LeakyTanh{}, scalar.LogClip{}, scalar.Power{},
		scalar.Power{OnBase: true}, scalar.Tail{}, scalar.LambertW{}, scalar.SinhArcsinh{}, scalar.Circular{}, scalar.Rotation{By: 1})
	for _, w := range ways {
		for _, m := range maps {
			theta := wildTheta(t, rand.New(rand.NewPCG(239, 0)), m, 1)
			for _, d := range []direction{forward, inverse} {
				at := points
				if _, ok := m.(scalar.Exp); ok { // its values, and so its slopes, leave the numbers
					at = []float64{-80, -3, 0, 1, 50}
				}
				_, l, slope, bend := mapped(t, w.run, m, d, at, theta...)
				for i, p := range at {
					if math.IsNaN(l[i]) || math.IsNaN(slope[i]) || math.IsInf(slope[i], 0) || math.IsNaN(bend[i]) {
						t.Errorf("%s, %T %+v: at %g the log-derivative is %g, the derivatives %g and %g", w.name, m, m, p, l[i], slope[i], bend[i])
					}
				}
			}
		}
	}
}

// The slope of degree 2 goes on as 1 outside, and has no jump at any knot.
func TestQuadraticSplineMeetsItsTails(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	for _, bins := range []int{2, 3, 8} {
		m := scalar.PolynomialSpline{Bins: bins, Low: -3, High: 3}
		theta := wildTheta(t, rng, m, 1)
		_, l, _, _ := mapped(t, ways[0].run, m, inverse, []float64{-3, 3}, theta...)
		if math.Abs(l[0]) > 1e-12 || math.Abs(l[1]) > 1e-12 {
			t.Errorf("%d bins: log-derivatives %g at the ends of the box", bins, l)
		}
		points := make([]float64, 6001)
		for i := range points {
			points[i] = -3 + float64(i)/1000
		}
		_, l, _, _ = mapped(t, ways[0].run, m, inverse, points, theta...)
		for i := 1; i < len(l); i++ {
			if math.Abs(math.Exp(l[i])-math.Exp(l[i-1])) > 0.2 {
				t.Errorf("%d bins: the slope jumps from %g to %g at %g", bins, math.Exp(l[i-1]), math.Exp(l[i]), points[i])
			}
		}
	}
}

func TestBadPolynomialSplines(t *testing.T) {
	for _, c := range []struct {
		m    scalar.PolynomialSpline
		want string
	}{
		{scalar.PolynomialSpline{Degree: 4}, "degree 4"},
		{scalar.PolynomialSpline{Degree: -1}, "degree -1"},
		{scalar.PolynomialSpline{Bins: -1}, "-1 bins"},
		{scalar.PolynomialSpline{Bins: 1}, "it needs 2"},
		{scalar.PolynomialSpline{Low: 2, High: -2}, "box 2 … -2"},
		{scalar.PolynomialSpline{Low: math.NaN(), High: 2}, "box NaN"},
		{scalar.PolynomialSpline{Bins: 10, MinWidth: 0.1}, "smallest width"},
		{scalar.PolynomialSpline{Bins: 2000}, "smallest width"},
		{scalar.PolynomialSpline{MinHeight: -1}, "smallest height"},
		{scalar.PolynomialSpline{Degree: 3, MinSlope: 1}, "smallest slope"},
	} {
		if _, err := c.m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
	for _, c := range []struct {
		m    scalar.PolynomialSpline
		want int
	}{
		{scalar.PolynomialSpline{}, 15}, {scalar.PolynomialSpline{Boxed: true, Bins: 5}, 11},
		{scalar.PolynomialSpline{Degree: 1}, 8}, {scalar.PolynomialSpline{Degree: 3, Bins: 4}, 10},
	} {
		if b, err := c.m.Bind(nil, 4); err != nil || b.Params() != c.want {
			t.Errorf("%+v has %d parameters a column (%v), want %d", c.m, b.Params(), err, c.want)
		}
	}
}
