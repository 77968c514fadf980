package scalar_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/scalar"
)

// The formulas in 90 digits, by mpmath 1.3.0: u, x and log dx/du.
var elementary = []struct {
	m            scalar.Map
	u, x, logDet float64
}{
	{scalar.SoftplusMap{}, -80.0, 1.8048513878454152e-35, -80.0},
	{scalar.SoftplusMap{}, -3.0, 0.048587351573742059, -3.0485873515737421},
	{scalar.SoftplusMap{}, 0.5, 0.97407698418010668, -0.47407698418010668},
	{scalar.SoftplusMap{}, 40.0, 40.0, -4.248354255291589e-18},
	{scalar.SigmoidMap{}, -60.0, 8.7565107626965203e-27, -60.0},
	{scalar.SigmoidMap{}, -1.5, 0.18242552380635634, -1.9028265559655048},
	{scalar.SigmoidMap{}, 0.5, 0.62245933120185456, -1.4481539683602134},
	{scalar.SigmoidMap{}, 6.0, 0.99752737684336523, -6.0049513702754609},
	{scalar.SigmoidMap{Low: -2, High: 3}, -4.0, -1.9100689501895422, -2.4268619434015191},
	{scalar.SigmoidMap{Low: -2, High: 3}, 1.0, 1.6552928931500244, -0.017085462602345293},
	{scalar.Logit{}, 1e-30, -69.07755278982137, 69.07755278982137},
	{scalar.Logit{}, 0.25, -1.0986122886681097, 1.6739764335716715},
	{scalar.Logit{}, 0.75, 1.0986122886681097, 1.6739764335716715},
	{scalar.Logit{Low: -2, High: 3}, -1.75, -2.9444389791664405, 1.4375876555074412},
	{scalar.Logit{Low: -2, High: 3}, 2.0, 1.3862943611198906, 0.22314355131420976},
	{scalar.LeakyTanh{}, -20.0, -1.1627773854992137, -4.6186570091555703},
	{scalar.LeakyTanh{}, -2.5, -0.98661429815143029, -3.6271363358583455},
	{scalar.LeakyTanh{}, 0.01, 0.0099996666799994605, -9.9998333377776433e-5},
	{scalar.LeakyTanh{}, 3.5, 0.99998777226945055, -4.6186570091555703},
	{scalar.LeakyTanh{Bound: 1.5}, -1.25, -0.8482836399575129, -1.2714851074652086},
	{scalar.LogClip{}, -9.5, -9.5, 0.0},
	{scalar.LogClip{}, 25.0, 44.816890703380648, 1.5},
	{scalar.LogClip{Bound: 0.5}, -1.25, -2.2408445351690324, 1.5},
	{scalar.LeakyTanh{Bound: 1.5}, 1.75, 0.95032491337577857, -1.7108803420275935},
}

func TestElementaryMaps(t *testing.T) {
	for _, w := range ways {
		tol := 1e-14
		if w.float32 {
			tol = 4e-6
		}
		for _, c := range elementary {
			if w.float32 && math.Abs(c.x-1) < 0.01 {
				continue // so near 1 that float32 has no digits for the way back: the interpreter and float64 do it
			}
			x, l, slope, _ := mapped(t, w.run, c.m, forward, []float64{c.u})
			u, m, _, _ := mapped(t, w.run, c.m, inverse, []float64{c.x})
			if math.Abs(x[0]-c.x) > tol*math.Abs(c.x) || math.Abs(l[0]-c.logDet) > tol*math.Max(1, math.Abs(c.logDet)) {
				t.Errorf("%s, %T%+v: %g goes to %.17g, log-derivative %.17g; want %.17g and %.17g", w.name, c.m, c.m, c.u, x[0], l[0], c.x, c.logDet)
			}
			if math.Abs(math.Log(slope[0])-c.logDet) > 20*tol*math.Max(1, math.Abs(c.logDet)) {
				t.Errorf("%s, %T%+v: slope %.17g at %g, want exp(%.17g)", w.name, c.m, c.m, slope[0], c.u, c.logDet)
			}
			back := 1e3 * tol // the steepest inverse among them stretches rounding by cosh²(3) = 101
			if math.Abs(u[0]-c.u) > back*math.Max(1, math.Abs(c.u)) || math.Abs(m[0]+c.logDet) > back*math.Max(1, math.Abs(c.logDet)) {
				t.Errorf("%s, %T%+v: %g comes back as %.17g, log-derivative %.17g; want %.17g and %.17g", w.name, c.m, c.m, c.x, u[0], m[0], c.u, -c.logDet)
			}
		}
	}
}

// The formula in 40 digits, by mpmath 1.3.0: ε, raw δ, u, x and log dx/du.
var sinhArcsinhNumbers = [][5]float64{
	{0.0, 0.0, -10000.0, -10000.0, -2.2958874039497803e-41},
	{0.0, 0.0, -2.5, -2.5, -1.1479437019748901e-41},
	{0.0, 0.0, 1e-06, 9.9999999999999995e-7, 0.0},
	{0.0, 0.0, 0.75, 0.75, 0.0},
	{0.0, 0.0, 30.0, 30.0, 2.2958874039497803e-41},
	{0.0, 1.0, -10000.0, -25.444991277575396, -6.8972841067365041},
	{0.0, 1.0, -2.5, -0.70123646703643387, -1.7147659231517611},
	{0.0, 1.0, 1e-06, 3.9683515369263286e-7, -0.92423431452044078},
	{0.0, 1.0, 0.75, 0.27854692407274271, -1.1100150802828669},
	{0.0, 1.0, 30.0, 2.4404636572844406, -3.3561945026705869},
	{0.0, -2.0, -10000.0, -2.6732945812773943e+19, 37.04527633914594},
	{0.0, -2.0, -2.5, -955.67263736266706, 7.3951035498091269},
	{0.0, -2.0, 1e-06, 4.5868261390223494e-6, 1.5231883119215493},
	{0.0, -2.0, 0.75, 11.994704885183515, 3.7879733200315037},
	{0.0, -2.0, 30.0, 71712316.377953323, 16.209608750465802},
	{-0.75, 0.0, -10000.0, -21170.000207242583, 0.74999999805782541},
	{-0.75, 0.0, -2.5, -5.4508637742614565, 0.7218246250072672},
	{-0.75, 0.0, 1e-06, -0.82231543725295646, 0.25826546227365301},
	{-0.75, 0.0, 0.75, -0.05688345141215396, -0.22152829964166841},
	{-0.75, 0.0, 30.0, 14.157295108273207, -0.74903413594504766},
	{-0.75, 1.0, -10000.0, -34.271647553196264, -6.5998307657505979},
	{-0.75, 1.0, -2.5, -1.1014256571024893, -1.5175292319770999},
	{-0.75, 1.0, 1e-06, -0.30203948262923048, -0.88058254987701295},
	{-0.75, 1.0, 0.75, -0.022563111359316154, -1.1471233836093141},
	{-0.75, 1.0, 30.0, 1.7527547079987744, -3.6239015002026011},
	{-0.75, -2.0, -10000.0, -8.3381898511368471e+20, 40.485395943401213},
	{-0.75, -2.0, -2.5, -29808.095675906089, 10.835222880616389},
	{-0.75, -2.0, 1e-06, -15.579242210406198, 4.2711835284083925},
	{-0.75, -2.0, 0.75, -0.26373963640376526, 1.3336677786378295},
	{-0.75, -2.0, 30.0, 2299157.8532825777, 12.769489146210576},
}

func TestSinhArcsinh(t *testing.T) {
	for _, w := range ways {
		tol := 2e-15
		if w.float32 {
			tol = 1e-6
		}
		for _, c := range sinhArcsinhNumbers {
			u, want, logDet := c[2], c[3], c[4]
			x, l, slope, _ := mapped(t, w.run, scalar.SinhArcsinh{}, forward, []float64{u}, c[0], c[1])
			back, m, _, _ := mapped(t, w.run, scalar.SinhArcsinh{}, inverse, []float64{want}, c[0], c[1])
			far := 1 + math.Abs(logDet) + math.Asinh(math.Abs(want)) + math.Asinh(math.Abs(u)) // roundings grow with the arguments of sinh
			if math.Abs(x[0]-want) > tol*far*math.Max(math.Abs(want), 1e-6) || math.Abs(l[0]-logDet) > tol*far || math.Abs(math.Log(slope[0])-logDet) > 4*tol*far {
				t.Errorf("%s, ε = %g, raw %g: %g goes to %.17g, log-derivative %.17g, slope %g; want %.17g and %.17g", w.name, c[0], c[1], u, x[0], l[0], slope[0], want, logDet)
			}
			if e := 4 * tol * far * math.Max(1, math.Exp(-logDet)); math.Abs(back[0]-u) > e*math.Max(math.Abs(u), 1) || math.Abs(m[0]+logDet) > e {
				t.Errorf("%s, ε = %g, raw %g: %g comes back as %.17g, log-derivative %.17g; want %.17g and %.17g", w.name, c[0], c[1], want, back[0], m[0], u, -logDet)
			}
		}
		for _, theta := range [][]float64{{0, 0}, {1, -1e30}, {-1e30, 1e30}, {1e30, 0}} {
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, w.run, scalar.SinhArcsinh{}, d, []float64{-1e38, -1e30, -1e-30, 0, 1e10, 1e38, math.Inf(1)}, theta...)
				for _, v := range slices.Concat(y, l, slope, bend) {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s, parameters %g: values %g, log-derivatives %g, slopes %g and %g", w.name, theta, y, l, slope, bend)
					}
				}
			}
		}
	}
}

func TestBadElementaryMaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, m := range []scalar.Map{
		scalar.SigmoidMap{Low: 1, High: 1}, scalar.SigmoidMap{Low: 2, High: -1}, scalar.SigmoidMap{Low: nan, High: 1}, scalar.SigmoidMap{High: inf},
		scalar.Logit{Low: 3, High: 1}, scalar.Logit{Low: -inf, High: inf},
		scalar.LeakyTanh{Bound: -1}, scalar.LeakyTanh{Bound: nan}, scalar.LeakyTanh{Bound: 9},
		scalar.LogClip{Bound: -1}, scalar.LogClip{Bound: nan}, scalar.LogClip{Bound: inf},
	} {
		if _, err := m.Bind(nil, 2); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%T%+v: error %v", m, m, err)
		}
	}
}
