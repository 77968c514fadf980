package data

import (
	"math"
	"math/rand/v2"
)

// checkerboard is uniform on the eight dark squares of four by four, each of the side 2: p = 1/32 where ⌊x₀/2⌋ + ⌊x₁/2⌋ is even, between −4 and 4.
func checkerboard() Toy {
	return Toy{
		Name: "checkerboard", Low: [2]float64{-4, -4}, High: [2]float64{4, 4},
		LogDensity: func(x [2]float64) float64 {
			column, row := math.Floor(x[0]/2), math.Floor(x[1]/2)
			if !(column >= -2 && column < 2 && row >= -2 && row < 2) || math.Mod(column+row, 2) != 0 {
				return math.Inf(-1)
			}
			return -math.Log(32)
		},
		Draw: func(r *rand.Rand) [2]float64 {
			x := [2]float64{8*r.Float64() - 4, 4 * r.Float64()}
			odd := math.Mod(math.Floor(x[0]/2), 2) != 0
			if upper := x[1] >= 2; upper == odd { // the dark squares of this column: 0…2 and −4…−2, or those beside them
				return x
			}
			if odd {
				x[1] -= 2
			} else {
				x[1] -= 6
			}
			return x
		},
	}
}
