package data

import (
	"math"
	"math/rand/v2"
)

// pinwheel are five arms, each a long normal that is turned the more the further it lies from 0. With y from N((1, 0), diag(0.3², 0.1²)) and arm k,
// x = 2·R(−2πk/5 − e^|y|/4) y, where R turns counter-clockwise. Circles are turned as a whole, which keeps areas, so that
//
//	p(x) = 1/5 Σₖ N(R(2πk/5 + e^r/4) x/2; (1, 0), diag(0.3², 0.1²)) / 4,  r = |x|/2
//
// (Johnson et al., arXiv 1603.06277, and FFJORD turn by e^y₀/4. On an arm, where y₁ is small, that is nearly the same, but the map has no inverse in
// closed form.)
func pinwheel() Toy {
	const arms, along, across, reach = 5, 0.3, 0.1, 2 * (1 + 6*0.3)
	angle := func(k int, r float64) float64 { return 2*math.Pi*float64(k)/arms + math.Exp(r)/4 }
	constant := -math.Log(2 * math.Pi * along * across * 4 * arms)
	return Toy{
		Name: "pinwheel", Low: [2]float64{-reach, -reach}, High: [2]float64{reach, reach},
		LogDensity: func(x [2]float64) float64 {
			r := math.Hypot(x[0], x[1]) / 2
			if !(r < 100) { // also NaN; there the angle is no longer one, and log p is below −5·10⁴
				return math.Inf(-1)
			}
			var terms [arms]float64
			for k := range terms {
				y := turn([2]float64{x[0] / 2, x[1] / 2}, angle(k, r))
				terms[k] = -(square((y[0]-1)/along) + square(y[1]/across)) / 2
			}
			return constant + logSumExp(terms[:])
		},
		Draw: func(r *rand.Rand) [2]float64 {
			y := [2]float64{1 + along*r.NormFloat64(), across * r.NormFloat64()}
			x := turn(y, -angle(r.IntN(arms), math.Hypot(y[0], y[1])))
			return [2]float64{2 * x[0], 2 * x[1]}
		},
	}
}
