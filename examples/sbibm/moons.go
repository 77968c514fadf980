package main

import (
	"math"
	"math/rand/v2"
)

// The crescent of two moons: points at a distance r ~ N(0.1, 0.01²) from (¼, 0), in directions uniform between −90° and 90°.
const (
	moonRadius    = 0.1
	moonDeviation = 0.01
	moonX         = 0.25
)

// twoMoons is T.8: θ uniform in (−1, 1), and x a point of a crescent, moved by (−|θ1 + θ2|, −θ1 + θ2)/√2. What the absolute value folds makes the posterior two
// crescents.
func twoMoons() task {
	return box("two_moons", 2, 1, func(r *rand.Rand, theta, x []float64) {
		angle := uniform(r, -math.Pi/2, math.Pi/2)
		radius := moonRadius + moonDeviation*r.NormFloat64()
		at, up := moonPlace(theta)
		x[0], x[1] = radius*math.Cos(angle)+moonX+at, radius*math.Sin(angle)+up
	}, func(theta, x []float64) float64 {
		at, up := moonPlace(theta)
		p, q := x[0]-moonX-at, x[1]-up
		if p <= 0 { // of a radius below 0, ten deviations away, nothing is to be seen
			return math.Inf(-1)
		}
		// In polar coordinates the density is N(r)/π, and dp dq = r dr dα.
		radius := math.Hypot(p, q)
		return logNormal([]float64{radius}, []float64{moonRadius}, moonDeviation) - math.Log(math.Pi*radius)
	})
}

// moonPlace is where the crescent is moved to.
func moonPlace(theta []float64) (x, y float64) {
	return -math.Abs(theta[0]+theta[1]) / math.Sqrt2, (theta[1] - theta[0]) / math.Sqrt2
}
