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

// turnedParameters are random parameters of a circular spline whose seam is not at the ends.
func turnedParameters(rng *rand.Rand, n int) []float64 {
	theta := make([]float64, n)
	for i := range theta {
		theta[i] = rng.NormFloat64()
	}
	theta[n-1] = 0.3 + rng.Float64()
	return theta
}

// On either side of ±π angles, log-derivatives and their own derivatives are the same, in both directions: there is no seam.
func TestCircularSplineHasNoSeam(t *testing.T) {
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		for _, bins := range []int{1, 3, 8} {
			m := scalar.Circular{Spline: scalar.RationalQuadratic{Bins: bins}}
			theta := turnedParameters(rng, 3*bins+1)
			const e = 1e-9
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, ways[0].run, m, d, []float64{-math.Pi, -math.Pi + e, math.Pi - e}, theta...)
				apart := math.Remainder(y[2]-y[0], 2*math.Pi)
				size := 1 + math.Exp(l[0]) + math.Abs(bend[0])
				if math.Abs(apart) > 10*e*size || math.Abs(l[2]-l[0]) > 10*e*size || math.Abs(slope[2]-slope[1]) > 100*e*size*size || math.Abs(bend[2]-bend[1]) > 1e3*e*size*size*size {
					t.Errorf("seed %d, %d bins: on either side of π lie %.12g and %.12g, with log-derivatives %.12g and %.12g, slopes %.9g and %.9g, derivatives %.9g and %.9g",
						seed, bins, y[2], y[0], l[2], l[0], slope[2], slope[1], bend[2], bend[1])
				}
			}
		}
	}
}

// The circle is covered once: the derivative of the map to base angles adds up to the length of the circle, and no base angle is left out.
func TestCircularSplineCoversTheCircle(t *testing.T) {
	const n = 20000
	rng := rand.New(rand.NewPCG(4, 0))
	for _, w := range ways {
		m := scalar.Circular{Spline: scalar.RationalQuadratic{Low: 0, High: 24, Bins: 5}, Offset: -7}
		theta := turnedParameters(rng, 16)
		x := make([]float64, n)
		for i := range x {
			x[i] = 24 * (float64(i) + 0.5) / n
		}
		u, l, _, _ := mapped(t, w.run, m, inverse, x, theta...)
		total := 0.0
		for i, v := range l {
			total += math.Exp(v) / n
			if u[i] < 0 || u[i] >= 24 {
				t.Errorf("%s: %g goes to %g, which is outside", w.name, x[i], u[i])
			}
		}
		if math.Abs(total-1) > 1e-4 {
			t.Errorf("%s: the derivative's mean is %g", w.name, total)
		}
		slices.Sort(u)
		for i := 1; i < n; i++ {
			if u[i]-u[i-1] > 0.5 {
				t.Errorf("%s: no point goes to angles between %g and %g", w.name, u[i-1], u[i])
			}
		}
	}
}

// The ends of the interval are one point, which goes to the lower end and never onto the upper one, where a uniform base has no density. Others
// have the density 0.
func TestTheEndsOfACircle(t *testing.T) {
	for _, w := range ways {
		for _, m := range []scalar.Map{scalar.Rotation{}, scalar.Rotation{By: math.Pi}, scalar.Rotation{By: -1}, scalar.Rotation{Low: 0, High: 0.7, By: 0.3}} {
			b, err := m.Bind(nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			low, high := b.Domain().Low, b.Domain().High
			below := math.Nextafter(high, low)
			if w.float32 {
				low, high = float64(float32(low)), float64(float32(high))
				below = float64(math.Nextafter32(float32(high), float32(low)))
			}
			for _, d := range []direction{forward, inverse} {
				y, l, _, _ := mapped(t, w.run, m, d, []float64{low, high, below, low - 0.5, high + 1e30}, []float64{}...)
				tol := 1e-15
				if w.float32 {
					tol = 3e-7
				}
				if math.Abs(y[0]-y[1]) > tol || l[0] != 0 || l[1] != 0 || l[2] != 0 {
					t.Errorf("%s, %+v: the ends go to %.17g and %.17g, with log-derivatives %g", w.name, m, y[0], y[1], l)
				}
				for i, v := range y {
					if !(v >= low && v < high) {
						t.Errorf("%s, %+v: point %d goes to %.17g, outside %g ≤ … < %g", w.name, m, i, v, low, high)
					}
				}
				if !math.IsInf(l[3], -1) || !math.IsInf(l[4], -1) {
					t.Errorf("%s, %+v: log-derivatives %g outside", w.name, m, l[3:])
				}
			}
		}
	}
}

func TestBadCircles(t *testing.T) {
	for _, c := range []struct {
		m    scalar.Map
		want string
	}{
		{scalar.Circular{Spline: scalar.RationalQuadratic{Boxed: true}}, "Boxed"},
		{scalar.Circular{Spline: scalar.RationalQuadratic{LearnedEnds: true}}, "LearnedEnds"},
		{scalar.Circular{Spline: scalar.RationalQuadratic{SharedEnds: true}}, "SharedEnds"},
		{scalar.Circular{Spline: scalar.RationalQuadratic{Low: 3, High: 3}}, "3 … 3"},
		{scalar.Circular{Spline: scalar.RationalQuadratic{Bins: -1}}, "-1 bins"},
		{scalar.Circular{Offset: 3.2}, "half a circle"},
		{scalar.Circular{Offset: math.NaN()}, "half a circle"},
		{scalar.Rotation{By: -4}, "half a circle"},
		{scalar.Rotation{Low: 1, High: 1}, "circle from 1 to 1"},
		{scalar.Rotation{Low: math.Inf(-1), High: 1}, "circle from -Inf"},
	} {
		if _, err := c.m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T%+v: error %v, want one with %q", c.m, c.m, err, c.want)
		}
	}
}
