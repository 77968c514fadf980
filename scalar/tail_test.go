package scalar_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

// tailTheta is t = 0, s = 1 and the same weight on both sides.
func tailTheta(lambda float64) []float64 {
	raw := math.Log(lambda/(2-lambda)) + math.Log(39)
	return []float64{0, 0, raw, raw}
}

// The formula in 50 digits, by mpmath 1.3.0: u, λ, x and log dx/du.
var tailNumbers = [][4]float64{
	{0.01, 0.05, 0.010041950653360595, 0.0083612485286460255},
	{0.01, 0.5, 0.010060073348446956, 0.011966069326637179},
	{0.01, 1.5, 0.010100502345665116, 0.019976782211061965},
	{0.5, 0.05, 0.61241727328261604, 0.38190281008535697},
	{0.5, 0.5, 0.68432857193425527, 0.59914687155050995},
	{0.5, 1.5, 0.88815719509267664, 1.0819114525841832},
	{1, 0.05, 1.4807332474091324, 0.70526818767178411},
	{1, 0.5, 1.9432456553226017, 1.2218116966739773},
	{1, 1.5, 3.8390308005870076, 2.3696861611232955},
	{3, 0.05, 8.6254530350918701, 1.7103079929979245},
	{3, 0.5, 45.735277303833108, 4.3718685614256064},
	{3, 1.5, 5955.4051569200086, 10.286447602376011},
	{6, 0.05, 43.219713644204714, 3.0458028578854984},
	{6, 0.5, 56427.110041151936, 12.065432654122141},
	{6, 1.5, 9532793319351.6746, 32.109054423536901},
	{12, 0.05, 1025.8312984815042, 6.4534021120592934},
	{12, 0.5, 42052761193708394.0, 40.076288731513276},
	{37, 0.05, 22189498825871555.0, 38.254310316147183},
}

// Both directions have the formula's digits far out, in float32 too. The power e^(λE) turns a rounding of u into λ·u² as many of x.
func TestTailFarOut(t *testing.T) {
	for _, w := range ways {
		tol := 1e-15
		if w.float32 {
			tol = 2.5e-7
		}
		for _, c := range tailNumbers {
			u, x, logDet := c[0], c[2], c[3]
			amplified := tol * (4 + 2*c[1]*u*u)
			y, l, slope, _ := mapped(t, w.run, scalar.Tail{}, forward, []float64{u, -u}, tailTheta(c[1])...)
			back, m, shrink, _ := mapped(t, w.run, scalar.Tail{}, inverse, []float64{x, -x}, tailTheta(c[1])...)
			for i, sign := range []float64{1, -1} {
				if math.Abs(y[i]*sign/x-1) > amplified || math.Abs(l[i]-logDet) > amplified {
					t.Errorf("%s, λ = %g: %g goes to %.17g, log-derivative %.17g; want %.17g and %.17g", w.name, c[1], u*sign, y[i], l[i], x, logDet)
				}
				if math.Abs(back[i]*sign/u-1) > 8*tol || math.Abs(m[i]+logDet) > 16*tol*math.Max(1, logDet) {
					t.Errorf("%s, λ = %g: %g comes back as %.17g, log-derivative %.17g; want %.17g and %.17g", w.name, c[1], x*sign, back[i], m[i], u, -logDet)
				}
				if math.Abs(math.Log(slope[i])-l[i]) > amplified || math.Abs(math.Log(shrink[i])-m[i]) > 16*tol*math.Max(1, logDet) {
					t.Errorf("%s, λ = %g at %g: slopes %g and %g with log-derivatives %g and %g", w.name, c[1], u*sign, slope[i], shrink[i], l[i], m[i])
				}
			}
		}
	}
}

// Points of all sizes come back, from the smallest to 10³⁰ and for all weights, the exponential tails of weight 0 among them.
func TestTailOfHugeAndTinyPoints(t *testing.T) {
	points := []float64{-1e30, -1e20, -1e5, -1, -1e-5, -1e-30, 0, 1e-20, 1e-3, 30, 1e8, 1e15, 1e30}
	for _, w := range ways {
		for _, raw := range []float64{-1e30, -100, -20, 0, 4, 1e30} {
			theta := []float64{0, 0, raw, raw}
			u, l, slope, bend := mapped(t, w.run, scalar.Tail{}, inverse, points, theta...)
			x, m, _, _ := mapped(t, w.run, scalar.Tail{}, forward, u, theta...)
			lambda := 2 / (1 + 39*math.Exp(-raw))
			for i, p := range points {
				tol := 1e-14 * (1 + lambda*u[i]*u[i])
				if w.float32 {
					tol *= 2e8
				}
				if math.Abs(x[i]-p) > tol*math.Abs(p) || math.Abs(l[i]+m[i]) > tol*(1+math.Abs(l[i])) {
					t.Errorf("%s, raw λ %g: %g goes to %g and comes back as %g, log-derivatives %g and %g", w.name, raw, p, u[i], x[i], l[i], m[i])
				}
				if v := slope[i] + bend[i]; math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s, raw λ %g: at %g the gradients are %g and %g", w.name, raw, p, slope[i], bend[i])
				}
			}
		}
	}
}

// Of a normal base, λ = 1 makes tails of weight 1: beyond 10⁶ lies ten times the probability that lies beyond 10⁷.
func TestTailWeightIsAPowerLaw(t *testing.T) {
	for _, lambda := range []float64{0.25, 0.5, 1, 1.9} {
		u, _, _, _ := mapped(t, ways[0].run, scalar.Tail{}, inverse, []float64{1e12, 1e13}, tailTheta(lambda)...)
		ratio := math.Erfc(u[0]/math.Sqrt2) / math.Erfc(u[1]/math.Sqrt2)
		if want := math.Pow(10, 1/lambda); math.Abs(ratio/want-1) > 1e-3 {
			t.Errorf("λ = %g: the probabilities beyond 10¹² and 10¹³ have the ratio %g, want %g", lambda, ratio, want)
		}
	}
}

// What no float32 holds is held at 10³⁵, with finite log-derivatives and gradients.
func TestTailsThatNoFloat32Holds(t *testing.T) {
	for _, w := range ways {
		for _, raw := range []float64{-1e30, -60, 0, 1e30} {
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, w.run, scalar.Tail{}, d, []float64{-1e38, -1e30, -1e10, 50, 1e30, 1e38, math.Inf(-1)}, 0, 0, raw, raw)
				for _, v := range slices.Concat(y, l, slope, bend) {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s, raw λ %g: values %g, log-derivatives %g, slopes %g and %g", w.name, raw, y, l, slope, bend)
					}
				}
			}
		}
	}
}

func TestBadTail(t *testing.T) {
	if _, err := (scalar.Tail{Scale: scalar.BoundedExp{Bound: -1}}).Bind(nil, 2); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("error %v", err)
	}
}
