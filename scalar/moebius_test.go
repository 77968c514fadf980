package scalar_test

import (
	"math"
	"testing"

	"diffeo/scalar"
)

// The uniform density becomes a wrapped Cauchy density, (1 − ρ²)/(1 + ρ² − 2ρ·cos(x − φ)) times the uniform one with ρ = (1 − k)/(1 + k), also on a circle of 24
// hours, and either direction undoes the other.
func TestMoebius(t *testing.T) {
	for _, w := range ways {
		tol := 1e-13
		if w.float32 {
			tol = 2e-5
		}
		for _, c := range []struct{ low, high float64 }{{-math.Pi, math.Pi}, {0, 24}} {
			m := scalar.Moebius{Scale: scalar.PlainExp{}, Low: c.low, High: c.high}
			width := c.high - c.low
			var x []float64
			for i := range 41 {
				x = append(x, float64(float32(c.low+width*(float64(i)+0.3)/41)))
			}
			for _, raw := range []float64{-2, 0.7, 3} {
				k, phi := math.Exp(raw), width/2*math.Tanh(0.4)
				rho := (1 - k) / (1 + k)
				u, l, _, _ := mapped(t, w.run, m, inverse, x, raw, 0.4)
				back, _, _, _ := mapped(t, w.run, m, forward, u, raw, 0.4)
				for i, x := range x {
					want := math.Log((1 - rho*rho) / (1 + rho*rho - 2*rho*math.Cos(2*math.Pi*(x-phi)/width)))
					if math.Abs(l[i]-want) > tol {
						t.Errorf("%s, k = %g: log-density %g at %g, want %g", w.name, k, l[i], x, want)
					}
					if e := math.Abs(back[i] - x); math.Min(e, width-e) > 4*tol*width*(1+math.Exp(-l[i])) {
						t.Errorf("%s, k = %g: %g goes to %g and comes back as %g", w.name, k, x, u[i], back[i])
					}
				}
			}
		}
	}
}
