package data

import (
	"fmt"
	"math"
)

// mostSteps is the largest k that is dequantized: beyond it float64 does not hold x + width·u with enough digits of u.
const mostSteps = 1 << 40

// applyDequantize spreads x = offset + k·width over its cell: y = offset + (k + u)·width.
func applyDequantize(s Step, x, u float64) (y, logDet float64, ok bool) {
	k := math.Round((x - s.Offset) / s.Width)
	return s.Offset + (k+u)*s.Width, 0, math.Abs(k) <= mostSteps && s.onGrid(x, k)
}

// onGrid tells whether x is offset + k·width. The grid in float32 or in decimals is not exact: 0.29/0.01 is 28.999…, and the rounding of x and of
// the offset weighs the more the larger these are beside the width.
func (s Step) onGrid(x, k float64) bool {
	size := math.Max(math.Abs(x), math.Abs(s.Offset)) / s.Width
	return math.Abs((x-s.Offset)/s.Width-k) <= math.Min(0.1, 1e-9+3e-7*size)
}

// invertDequantize rounds down to the grid. Where the grid is one of fractions it divides whole numbers: 3/100 is the number nearest to 0.03, and
// 3·0.01 is not; and so is (2·1 + 1)/20 to 0.15.
func invertDequantize(s Step, y float64) float64 {
	k := math.Floor((y - s.Offset) / s.Width)
	x := s.Offset + k*s.Width
	if parts := s.parts(); parts > 1 {
		x = (k*math.Round(s.Width*parts) + math.Round(s.Offset*parts)) / parts
	}
	return between(x, math.Inf(-1), math.Inf(1))
}

// parts is the least p of those tried for which p·width and p·offset are whole: powers of ten, the number of cells of a unit, and that number times 2
// or 4; 0 where there is none.
func (s Step) parts() float64 {
	const most = 1e9
	unit := math.Round(1 / s.Width)
	for _, first := range []float64{1, unit, 2 * unit, 4 * unit} {
		for p := first; 0 < p && p <= most; p *= 10 {
			if w := s.Width * p; math.Round(w) > 0 && whole(w) && whole(s.Offset*p) {
				return p
			}
		}
	}
	return 0
}

// whole tells whether x is whole up to rounding.
func whole(x float64) bool { return math.Abs(x-math.Round(x)) <= 1e-12*math.Max(1, math.Abs(x)) }

// describeGrid is the support in words.
func describeGrid(s Step) string {
	text := fmt.Sprintf("multiples of %v", s.Width)
	if s.Width == 1 {
		text = "whole numbers"
	}
	if s.Offset != 0 {
		text += fmt.Sprintf(" plus %v", s.Offset)
	}
	return text
}
