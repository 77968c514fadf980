package plot

import (
	"math"
	"slices"
)

// manyNumbers is the length of a list from which on its outermost numbers may lie outside of a picture; outermost is their share at each end.
const (
	manyNumbers = 200
	outermost   = 0.002
)

// sorted is the finite numbers of a list in ascending order.
func sorted(x []float64) []float64 {
	var s []float64
	for _, v := range x {
		if v-v == 0 {
			s = append(s, v)
		}
	}
	slices.Sort(s)
	return s
}

// quantile is that of sorted numbers, interpolated.
func quantile(s []float64, p float64) float64 {
	at := p * float64(len(s)-1)
	k := min(int(at), len(s)-1)
	if k+1 == len(s) {
		return s[k]
	}
	return s[k] + (at-float64(k))*(s[k+1]-s[k])
}

// spanOf is an interval that shows some lists of numbers: all of short ones, of long ones not the outermost. Where they are all the same it is around them,
// and where there are none it is [0, 1].
func spanOf(lists ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range lists {
		s := sorted(x)
		if len(s) == 0 {
			continue
		}
		from, to := s[0], s[len(s)-1]
		if len(s) >= manyNumbers {
			from, to = quantile(s, outermost), quantile(s, 1-outermost)
		}
		low, high = min(low, from), max(high, to)
	}
	if low > high {
		return 0, 1
	}
	return widened(low, high, 0.04)
}

// widened adds a share of the interval at both ends, or, where it is a point, room to see it.
func widened(low, high, share float64) (float64, float64) {
	if w := high - low; w > 1e-9*math.Max(math.Abs(low), math.Abs(high)) {
		return low - share*w, high + share*w
	}
	w := 0.5 * math.Max(math.Abs(low)*0.01, 1)
	if low != 0 && math.Abs(low) < 1 {
		w = math.Abs(low) / 2
	}
	return low - w, high + w
}

// spread is how wide the bulk of sorted numbers is, as the deviation of a normal: the smaller of the deviation and of the quartiles' distance, which knows no outliers.
func spread(s []float64) float64 {
	n, mean, square := float64(len(s)), 0.0, 0.0
	for _, v := range s {
		mean += v / n
	}
	for _, v := range s {
		square += (v - mean) * (v - mean) / n
	}
	deviation := math.Sqrt(square)
	if q := (quantile(s, 0.75) - quantile(s, 0.25)) / 1.349; q > 0 {
		return min(deviation, q)
	}
	return deviation
}

// binsOf is the number of bins for a list in an interval, by the rule of D. Freedman and P. Diaconis (1981) on the spread, from 8 to 48.
func binsOf(x []float64, low, high float64) int {
	s := sorted(x)
	if len(s) < 2 {
		return 8
	}
	width := 2 * 1.349 * spread(s) / math.Cbrt(float64(len(s)))
	if !(width > 0) {
		return 8
	}
	return int(min(max((high-low)/width, 8), 48))
}

// histogram is the density of a list in bins of an interval; the numbers outside of it count too.
func histogram(x []float64, low, high float64, bins int) []float64 {
	counts, n := make([]float64, bins), 0.0
	for _, v := range x {
		if v-v != 0 {
			continue
		}
		n++
		if k := int(math.Floor((v - low) / (high - low) * float64(bins))); k >= 0 && k < bins {
			counts[k]++
		} else if v == high {
			counts[bins-1]++
		}
	}
	for k := range counts {
		if n > 0 {
			counts[k] *= float64(bins) / (high - low) / n
		}
	}
	return counts
}

// steps are the corners of a histogram's outline.
func steps(density []float64, low, high float64) (x, y []float64) {
	at := func(k int) float64 { return low + (high-low)*float64(k)/float64(len(density)) }
	x, y = append(x, low), append(y, 0)
	for k, d := range density {
		x, y = append(x, at(k), at(k+1)), append(y, d, d)
	}
	return append(x, high), append(y, 0)
}
