package scalar_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/scalar"
)

// rawLambert is the parameter of a δ.
func rawLambert(delta float64) float64 { return math.Log(delta/(2-delta)) + math.Log(199) }

// The formula in 40 digits, by mpmath 1.3.0: δ, x, u and log du/dx.
var lambertNumbers = [][4]float64{
	{0.01, 0.001, 0.00099999999500000008, -1.4999999800000005e-8},
	{0.01, 0.8, 0.79746026843145854, -0.0095190073518107045},
	{0.01, 5, 4.5153998128874498, -0.28750079128555763},
	{0.01, 300, 22.718321877161368, -4.3988857961514368},
	{0.01, 10000000000.0, 61.492972017612519, -22.565705336023326},
	{0.01, 1e+30, 113.44272100145006, -69.211421078075275},
	{0.3, 0.001, 0.00099999985000005627, -4.4999982000009675e-7},
	{0.3, 0.8, 0.73734765223205286, -0.23264492991649738},
	{0.3, 5, 2.2849004017552476, -1.7255537444055545},
	{0.3, 300, 5.1994999829001504, -6.2646410218821142},
	{0.3, 10000000000.0, 11.709108668705309, -24.306266918500237},
	{0.3, 1e+30, 20.981564703159568, -70.924767511089349},
	{1.5, 0.001, 0.00099999925000140627, -2.2499955000120938e-6},
	{1.5, 0.8, 0.60690077688574108, -0.7161083308587082},
	{1.5, 5, 1.3291203140959087, -2.6196042706449524},
	{1.5, 300, 2.5240013222659534, -7.1346194894863219},
	{1.5, 10000000000.0, 5.3355974442915125, -25.128864530107634},
	{1.5, 1e+30, 9.4398175222561212, -71.735408077972234},
}

func TestLambertW(t *testing.T) {
	for _, w := range ways {
		tol := 4e-15
		if w.float32 {
			tol = 2e-6
		}
		for _, c := range lambertNumbers {
			raw, x, want, logDet := rawLambert(c[0]), c[1], c[2], c[3]
			u, l, slope, _ := mapped(t, w.run, scalar.LambertW{}, inverse, []float64{x, -x}, raw, raw)
			back, m, _, _ := mapped(t, w.run, scalar.LambertW{}, forward, u, raw, raw)
			far := math.Max(1, -logDet)
			for i, sign := range []float64{1, -1} {
				if math.Abs(u[i]*sign/want-1) > tol || math.Abs(l[i]-logDet) > tol*far || math.Abs(math.Log(slope[i])-logDet) > 4*tol*far {
					t.Errorf("%s, δ = %g: %g goes to %.17g, log-derivative %.17g, slope %g; want %.17g and %.17g", w.name, c[0], x*sign, u[i], l[i], slope[i], want, logDet)
				}
				if e := tol * (1 + c[0]*want*want); math.Abs(back[i]*sign/x-1) > e || math.Abs(m[i]+logDet) > e*far {
					t.Errorf("%s, δ = %g: %g comes back as %.17g with log-derivatives %g and %g (errors %.2g, %.2g; allowed %.2g)", w.name, c[0], x*sign, back[i], l[i], m[i], back[i]*sign/x-1, m[i]+logDet, e)
				}
			}
		}
	}
}

// At δ = 0 the map is the identity, and what no float32 holds is held at 10³⁵, with finite log-derivatives and gradients.
func TestLambertWAtTheEdges(t *testing.T) {
	points := []float64{-1e38, -1e30, -1e10, -3, 0, 1e-30, 50, 1e30, 1e38, math.Inf(-1), math.Inf(1)}
	for _, w := range ways {
		for _, raw := range []float64{-1e30, -80, 0, 1e30} {
			for _, d := range []direction{forward, inverse} {
				y, l, slope, bend := mapped(t, w.run, scalar.LambertW{}, d, points, raw, raw)
				for _, v := range slices.Concat(y, l, slope, bend) {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s, raw %g: values %g, log-derivatives %g, slopes %g and %g", w.name, raw, y, l, slope, bend)
					}
				}
				if raw == -1e30 && (math.Abs(y[3]+3) > 1e-6 || math.Abs(y[7]/1e30-1) > 1e-6 || l[3] != 0 || l[7] != 0) {
					t.Errorf("%s: δ = 0 moves −3 to %g and 10³⁰ to %g, log-derivatives %g and %g", w.name, y[3], y[7], l[3], l[7])
				}
			}
		}
	}
}
