package plot

import "math"

// Span is an interval that shows some lists of numbers, as the axes of this package do: all of short ones, of 200 numbers or more not the outermost 0.2 % at each
// end. Where they are all the same it is around them, and where there are none it is [0, 1].
func Span(lists ...[]float64) (low, high float64) { return spanOf(lists...) }

// Smooth is the density of numbers at places that ascend in equal steps, by a normal kernel of 0.6 times Scott's width, the deviation times n^(−1/5)
// (D. W. Scott, 1992), or of two steps if that is more. At the ends of the places kernels are reflected.
func Smooth(x, at []float64) []float64 {
	n := len(at)
	step := (at[n-1] - at[0]) / float64(n-1)
	s := sorted(x)
	out := make([]float64, n)
	for _, v := range s {
		if k := int(math.Round((v - at[0]) / step)); k >= 0 && k < n {
			out[k] += 1 / (float64(len(s)) * step)
		}
	}
	blurLine(out, make([]float64, n), 1, max(kernelWidth(s, 1)/step, 2))
	return out
}

// SmoothMap is the density of points in a rectangle, by a normal kernel of 0.6 times Scott's width, the deviation times n^(−1/6).
func SmoothMap(x, y []float64, xs, ys [2]float64) Field {
	return smoothed(x, y, xs, ys, [2]float64{kernelWidth(x, 2), kernelWidth(y, 2)}, mapCells)
}

// mapCells is the grid of SmoothMap.
const mapCells = 140
