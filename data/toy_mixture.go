package data

import (
	"math"
	"math/rand/v2"
)

// roundMixture is K normals of equal weight and equal deviation σ in both directions:
//
//	p(x) = 1/K Σₖ 1/(2πσ²) exp(−|x − cₖ|²/(2σ²))
//
// A density along a curve is such a mixture whose centres lie much closer than σ.
func roundMixture(name string, centres [][2]float64, deviation float64) Toy {
	t := Toy{Name: name, Low: centres[0], High: centres[0]}
	for _, c := range centres {
		for j, x := range c {
			t.Low[j], t.High[j] = min(t.Low[j], x-6*deviation), max(t.High[j], x+6*deviation)
		}
	}
	constant := -math.Log(2*math.Pi*deviation*deviation) - math.Log(float64(len(centres)))
	t.LogDensity = func(x [2]float64) float64 {
		if !finitePoint(x) {
			return math.Inf(-1)
		}
		squares := func(c [2]float64) float64 { return square((x[0]-c[0])/deviation) + square((x[1]-c[1])/deviation) }
		nearest := math.Inf(1)
		for _, c := range centres {
			nearest = min(nearest, squares(c))
		}
		if math.IsInf(nearest, 1) {
			return math.Inf(-1)
		}
		sum := 0.0
		for _, c := range centres {
			if further := squares(c) - nearest; further < 90 { // beyond, all terms together are below the rounding
				sum += math.Exp(-further / 2)
			}
		}
		return constant - nearest/2 + math.Log(sum)
	}
	t.Draw = func(r *rand.Rand) [2]float64 {
		c := centres[r.IntN(len(centres))]
		return [2]float64{c[0] + deviation*r.NormFloat64(), c[1] + deviation*r.NormFloat64()}
	}
	return t
}

func square(x float64) float64 { return x * x }

// eightGaussians are eight normals on a circle of the radius 4/√2, each of the deviation 0.5/√2. (FFJORD divides by 1.414.)
func eightGaussians() Toy {
	var centres [][2]float64
	for k := range 8 {
		centres = append(centres, turn([2]float64{4 / math.Sqrt2}, float64(k)*math.Pi/4))
	}
	return roundMixture("8gaussians", centres, 0.5/math.Sqrt2)
}

// moons are two half circles of the radius 2 that reach into each other, with noise of the deviation 0.2:
//
//	(2 cos t − 1, 2 sin t − 0.2)  and  (1 − 2 cos t, 0.8 − 2 sin t),  t from 0 to π
//
// These are make_moons of scikit-learn with noise 0.1, doubled and shifted as in FFJORD. Of each half circle 256 points are taken, 0.12 deviations
// apart.
func moons() Toy {
	const points = 256
	var centres [][2]float64
	for k := range points {
		sin, cos := math.Sincos(math.Pi * (float64(k) + 0.5) / points)
		centres = append(centres, [2]float64{2*cos - 1, 2*sin - 0.2}, [2]float64{1 - 2*cos, 0.8 - 2*sin})
	}
	return roundMixture("moons", centres, 0.2)
}

// spirals are two arms of one and a half rounds, with noise of the deviation 0.1:
//
//	±(−t cos t, t sin t)/3,  t = 3π√v,  v from 0 to 1
//
// FFJORD adds a uniform number from 0 to 1/6 to each coordinate besides, which is left out. Of each arm 512 points are taken; but for the
// innermost few they are less than half a deviation apart.
func spirals() Toy {
	const points = 512
	var centres [][2]float64
	for k := range points {
		t := 3 * math.Pi * math.Sqrt((float64(k)+0.5)/points)
		sin, cos := math.Sincos(t)
		c := [2]float64{-t * cos / 3, t * sin / 3}
		centres = append(centres, c, [2]float64{-c[0], -c[1]})
	}
	return roundMixture("spirals", centres, 0.1)
}
