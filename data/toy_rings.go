package data

import (
	"math"
	"math/rand/v2"
)

// rings are four circles around 0 with the radii 0.75, 1.5, 2.25 and 3, each a quarter of the mass, with noise of the deviation σ = 0.08. A circle of
// the radius R with noise has, at the distance r from 0, the density
//
//	1/(2πσ²) exp(−(r² + R²)/(2σ²)) I₀(rR/σ²)
func rings() Toy {
	const deviation, reach = 0.08, 3 + 6*0.08
	radii := [4]float64{0.75, 1.5, 2.25, 3}
	constant := -math.Log(2 * math.Pi * deviation * deviation * float64(len(radii)))
	return Toy{
		Name: "rings", Low: [2]float64{-reach, -reach}, High: [2]float64{reach, reach},
		LogDensity: func(x [2]float64) float64 {
			r := math.Hypot(x[0], x[1])
			if !finitePoint(x) {
				return math.Inf(-1)
			}
			var terms [len(radii)]float64
			for k, radius := range radii {
				terms[k] = -square((r-radius)/deviation)/2 + logBesselScaled(r*radius/(deviation*deviation))
			}
			return constant + logSumExp(terms[:])
		},
		Draw: func(r *rand.Rand) [2]float64 {
			x := turn([2]float64{radii[r.IntN(len(radii))]}, 2*math.Pi*r.Float64())
			return [2]float64{x[0] + deviation*r.NormFloat64(), x[1] + deviation*r.NormFloat64()}
		},
	}
}

// logBesselScaled is log(e⁻ᶻ I₀(z)) for z ≥ 0, to some roundings: by the power series Σ (z²/4)ᵏ/k!² where z is small, and where it is large by
// the asymptotic one, (2πz)^−½ (1 + 1/(8z) + 9/(2(8z)²) + …), whose smallest term is about e^−2z.
func logBesselScaled(z float64) float64 {
	sum, term := 1.0, 1.0
	if z < 20 {
		for k := 1.0; term > sum*0x1p-54; k++ {
			term *= square(z / (2 * k))
			sum += term
		}
		return math.Log(sum) - z
	}
	for k := 1.0; term > 0x1p-54; k++ {
		next := term * square(2*k-1) / (8 * k * z)
		if next >= term {
			break
		}
		term = next
		sum += term
	}
	return math.Log(sum) - math.Log(2*math.Pi*z)/2
}
