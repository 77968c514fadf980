package scalar_test

import (
	"math"
	"testing"

	"diffeo/scalar"
)

// The formula in 40 digits, by mpmath 1.3.0: log s₊, log s₋, u, x and log dx/du.
var twoSlopesNumbers = [][5]float64{
	{2, -1, 0.001, 0.0038802230637766628, 1.3563449094156229},
	{2, -1, -0.69999999999999996, -1.9402965998738837, 0.62340986608542362},
	{2, -1, 3.0, 19.22627002773735, 1.9753169680406633},
	{2, -1, -40.0, -18.181890476102275, -0.99702371552659462},
	{2, -1, 1000000.0, 7389052.5883440766, 1.9999999999997624},
	{2, -1, -1.0e+20, -3.6787944117144232e+19, -1.0},
	{6, -6, 0.001, 0.20181649267592691, 5.3078584511910488},
	{6, -6, -0.69999999999999996, -96.691815269442542, 4.454820858616389},
	{6, -6, 3.0, 1041.3067623111511, 5.9740068939770133},
	{6, -6, -40.0, -199.29128683816001, -2.7259405623694307},
	{6, -6, 1000000.0, 403428591.77967861, 5.99999999999975},
	{6, -6, -1.0e+20, -2.4787521766663604e+17, -6.0},
	{-6, 6, 0.001, 0.20161477956898489, 5.3058584761010926},
	{-6, 6, -0.69999999999999996, -185.71007530199569, 5.7601329911290263},
	{-6, 6, 3.0, 168.98705442358423, 2.3373471047639899},
	{-6, 6, -40.0, -15937.959602958312, 5.9998438119669289},
	{-6, 6, 1000000.0, 2680.465233180059, -5.999999959311553},
	{-6, 6, -1.0e+20, -4.0342879349273512e+22, 6.0},
	{0, 0, 0.001, 0.001, 0.0},
	{0, 0, -0.69999999999999996, -0.69999999999999996, 0.0},
	{0, 0, 3.0, 3.0, 0.0},
	{0, 0, -40.0, -40.0, 0.0},
	{0, 0, 1000000.0, 1000000.0, 0.0},
	{0, 0, -1.0e+20, -1.0e+20, 0.0},
}

// Both directions keep their digits, also where the slopes are a factor of e¹² apart and in float32.
func TestTwoSlopes(t *testing.T) {
	m := scalar.TwoSlopes{Scale: scalar.PlainExp{}}
	for _, w := range ways {
		tol := 4e-15
		if w.float32 {
			tol = 2e-6
		}
		for _, c := range twoSlopesNumbers {
			want, logSlope := c[3], c[4]
			x, l, slope, _ := mapped(t, w.run, m, forward, []float64{c[2]}, c[0], c[1])
			if math.Abs(x[0]/want-1) > tol || math.Abs(l[0]-logSlope) > 4*tol || math.Abs(math.Log(slope[0])-logSlope) > 8*tol {
				t.Errorf("%s: %g goes to %.17g with log-slope %.17g (by differentiation %.17g), want %.17g and %.17g", w.name, c[2], x[0], l[0], math.Log(slope[0]), want, logSlope)
			}
			u, k, _, _ := mapped(t, w.run, m, inverse, []float64{want}, c[0], c[1])
			// x is rounded, and an error of it is stretched by du/dx.
			if e := tol * (math.Abs(c[2]) + math.Abs(want)*math.Exp(-logSlope)); math.Abs(u[0]-c[2]) > 2*e || math.Abs(k[0]+logSlope) > 8*tol+4*e/math.Max(1, math.Abs(c[2])) {
				t.Errorf("%s: %.17g comes back as %.17g with log-slope %.17g, want %.17g and %.17g", w.name, want, u[0], k[0], c[2], -logSlope)
			}
		}
	}
}
