package bijection

import (
	"math"
	"math/rand/v2"

	"diffeo/param"
)

// First values. Units that bend at one place, or hardly, stay like each other, and the network stays nearly straight for thousands of steps. So
// they bend at places that lie all over −firstReach … firstReach, the steeper the more of them there are: together they are nearly straight all
// the same. Raw weights of a column's own block lie within ±firstOwn, others within ±firstFree/√D.
const firstReach, firstOwn, firstFree = 4, 1, 0.4

// The gate begins nearly shut, and opens within some hundred steps.
const firstGate, gateSpeed = -3.5, 16

// alike is the mean of e^r over the root of its mean square, for r uniform in ±firstOwn: what a sum of many units loses by their weights' differing.
func alike() float64 { return math.Sinh(firstOwn) / math.Sqrt(math.Sinh(2*firstOwn)*firstOwn/2) }

// steepness is the slope of so many units where they bend: three quarters of the inverse of their distance, and at most 6.
func steepness(units int) float64 { return min(6, 0.75*float64(units)/(2*firstReach)) }

// bends draws biases for units of this slope, in pairs b, −b in each group of so many: one in each of equal parts of the reach.
func bends(units int, steep float64) param.Init {
	return func(rng *rand.Rand, data []float64) {
		for at := 0; at < len(data); at += units {
			group := data[at : at+units]
			for i := range units / 2 {
				group[i] = firstReach * steep * (2*(float64(i)+rng.Float64())/float64(units) - 1)
				group[units-1-i] = -group[i]
			}
		}
	}
}

// blocks draws raw weights for blocks [out, in].
func blocks(d, in, out int) param.Init {
	return func(rng *rand.Rand, data []float64) {
		for i := range data {
			bound := firstFree / math.Sqrt(float64(d))
			if row, column := i/(d*in), i%(d*in); row/out == column/in {
				bound = firstOwn
			}
			data[i] = bound * (2*rng.Float64() - 1)
		}
	}
}
