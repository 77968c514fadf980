package scalar_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/scalar"
)

// rawPower is the parameter of an exponent.
func rawPower(lambda float64) float64 { return math.Atanh(lambda - 1) }

// The numbers of scipy 1.17.1, stats.yeojohnson(x, lmbda), whose exponent on the left is 2 − lmbda.
func TestPowerIsThatOfYeoAndJohnson(t *testing.T) {
	points := []float64{-20, -1.5, -0.1, 0, 1e-3, 0.7, 3, 50}
	for _, c := range []struct {
		lambda float64
		want   []float64
	}{
		{0.3, []float64{-103.48136335215514, -2.204624238721963, -0.10346608788703901, 0.0, 0.0009996501981995572, 0.5751964142418066, 1.719055221701327, 7.509675163821522}},
		{1.0, []float64{-20.0, -1.5, -0.1, 0.0, 0.001, 0.7, 3.0, 50.0}},
		{1.6, []float64{-5.949436113088571, -1.106749764768034, -0.09715029563521166, 0.0, 0.0010002999600139933, 0.8358253328218797, 5.118491774985174, 336.65632794151225}},
	} {
		for _, w := range ways {
			tol := 1e-13
			if w.float32 {
				tol = 2e-6
			}
			y, _, _, _ := mapped(t, w.run, scalar.Power{OnBase: true}, forward, points, rawPower(c.lambda), rawPower(2-c.lambda))
			u, _, _, _ := mapped(t, w.run, scalar.Power{}, inverse, points, rawPower(c.lambda), rawPower(2-c.lambda))
			for i, want := range c.want {
				if math.Abs(y[i]-want) > tol*math.Max(1, math.Abs(want)) || u[i] != y[i] {
					t.Errorf("%s: %g to the power %g is %.17g and %.17g, want %.17g", w.name, points[i], c.lambda, y[i], u[i], want)
				}
			}
		}
	}
}

// At λ = 0 the map is the logarithm exactly, and its inverse the exponential; on the way there nothing jumps.
func TestPowerBecomesTheLogarithm(t *testing.T) {
	points := []float64{-1e4, -3, -1e-6, 0, 1e-6, 0.4, 60, 1e6}
	for _, w := range ways {
		tol := 4e-16
		if w.float32 {
			tol = 4e-7
		}
		for _, raw := range []float64{-1e30, -200, -60, -40, -20} {
			y, l, slope, _ := mapped(t, w.run, scalar.Power{}, inverse, points, raw, raw)
			x, back, _, _ := mapped(t, w.run, scalar.Power{}, forward, y, raw, raw)
			for i, p := range points {
				lambda := 1 + math.Tanh(raw)
				long := math.Log1p(math.Abs(p))
				want := math.Copysign(long, p)
				if lambda > 0 {
					want = math.Copysign(math.Expm1(lambda*long)/lambda, p)
				}
				far := 1 + long // roundings grow with the logarithm
				if e := math.Abs(y[i]-want) / math.Max(1e-30, math.Abs(want)); p != 0 && e > tol+lambda || p == 0 && y[i] != 0 {
					t.Errorf("%s, raw %g: %g goes to %.17g, want %.17g", w.name, raw, p, y[i], want)
				}
				if math.Abs(l[i]+long) > 4*tol*far+lambda*long || math.Abs(slope[i]*(1+math.Abs(p))-1) > 4*tol*far+lambda*long {
					t.Errorf("%s, raw %g: at %g the log-derivative is %g and the slope %g, want %g", w.name, raw, p, l[i], slope[i], -long)
				}
				if math.Abs(x[i]-p) > 8*tol*far*math.Abs(p) || math.Abs(back[i]+l[i]) > 8*tol*far {
					t.Errorf("%s, raw %g: %g comes back as %.17g, with log-derivatives %g and %g", w.name, raw, p, x[i], l[i], back[i])
				}
			}
		}
	}
}

// The slope at 0, where the sides meet, is 1 for all exponents, and heavy tails come back from far out.
func TestPowerAtZeroAndFarOut(t *testing.T) {
	for _, w := range ways {
		for _, raw := range [][]float64{{0, 0}, {-0.5, 1}, {2, -3}} {
			for _, onBase := range []bool{false, true} {
				_, _, slope, _ := mapped(t, w.run, scalar.Power{OnBase: onBase}, forward, []float64{0, math.Copysign(0, -1)}, raw...)
				if slope[0] != 1 || slope[1] != 1 {
					t.Errorf("%s, raw %v: slopes %v at 0", w.name, raw, slope)
				}
			}
		}
		points := []float64{-1e30, -1e12, 1e8, 1e20, 1e30}
		lambda := 0.1
		u, _, _, _ := mapped(t, w.run, scalar.Power{}, inverse, points, rawPower(lambda), rawPower(lambda))
		x, _, _, _ := mapped(t, w.run, scalar.Power{}, forward, u, rawPower(lambda), rawPower(lambda))
		tol := 1e-13
		if w.float32 {
			tol = 1e-4 // a rounding of u, raised to the tenth power
		}
		for i, p := range points {
			want := math.Copysign(math.Expm1(lambda*math.Log1p(math.Abs(p)))/lambda, p)
			if math.Abs(u[i]/want-1) > tol/10 || math.Abs(x[i]/p-1) > tol {
				t.Errorf("%s: %g goes to %.9g, want %.9g, and comes back as %.9g", w.name, p, u[i], want, x[i])
			}
		}
	}
}

// Values over e^80 are held: finite, with finite log-derivatives and gradients.
func TestPowersThatNoFloat32Holds(t *testing.T) {
	for _, w := range ways {
		for _, raw := range []float64{-1e30, -3, 0, 1e30} {
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, w.run, scalar.Power{}, d, []float64{-1e38, -1e30, 1e30, 1e38}, raw, raw)
				for _, v := range slices.Concat(y, l, slope, bend) {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s, raw %g: values %g, log-derivatives %g, slopes %g and %g", w.name, raw, y, l, slope, bend)
					}
				}
			}
		}
	}
}
