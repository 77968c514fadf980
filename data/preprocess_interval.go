package data

import (
	"fmt"
	"math"
)

// noInterval reports steps whose interval is empty, or wider than numbers reach.
func noInterval(s Step) bool { return !(s.Low < s.High) || math.IsInf(s.High-s.Low, 0) }

func describeInterval(s Step) string { return fmt.Sprintf("%v < x < %v", s.Low, s.High) }

func applyLogit(s Step, x, _ float64) (y, logDet float64, ok bool) {
	if !(x > s.Low && x < s.High) {
		return 0, 0, false
	}
	a, b := math.Log(x-s.Low), math.Log(s.High-x)
	return a - b, math.Log(s.High-s.Low) - a - b, true
}

// invertLogit takes the near end as the origin, so that it keeps the digits of a number close to either.
func invertLogit(s Step, y float64) float64 {
	e := math.Exp(-math.Abs(y))
	part := (s.High - s.Low) * (e / (1 + e))
	if y < 0 {
		return between(s.Low+part, s.Low, s.High)
	}
	return between(s.High-part, s.Low, s.High)
}

// edges is the width of a bounded column's interval in units of the layers at its ends: y is within e⁻¹⁰ of such a unit of x in the middle, and a logarithm nearer
// than one unit to an end.
const edges = 20

// applyBounded is the inverse of softplus(u) − softplus(u − edges), the softclip of TensorFlow Probability, in units of the layers: with t and s the distances to the
// ends, which sum to edges,
//
//	u = t + ln(1 − e^−t) − ln(1 − e^−s),  du/dt = 1/(1 − e^−t) + 1/(1 − e^−s) − 1 = (1 − e^−edges)/((1 − e^−t)(1 − e^−s))
func applyBounded(s Step, x, _ float64) (y, logDet float64, ok bool) {
	if !(x > s.Low && x < s.High) {
		return 0, 0, false
	}
	width := s.High - s.Low
	a, b := logShare(edges*((x-s.Low)/width)), logShare(edges*((s.High-x)/width))
	return x + (a-b)*(width/edges), logShare(edges) - a - b, true
}

// logShare is ln(1 − e^−t).
func logShare(t float64) float64 { return math.Log(-math.Expm1(-t)) }

// invertBounded takes the near end as the origin, as invertLogit does.
func invertBounded(s Step, y float64) float64 {
	width := s.High - s.Low
	from := func(u float64) float64 {
		return (math.Log1p(math.Exp(u)) - math.Log1p(math.Exp(u-edges))) * (width / edges)
	}
	low, high := edges*((y-s.Low)/width), edges*((s.High-y)/width)
	if low < high {
		return between(s.Low+from(low), s.Low, s.High)
	}
	return between(s.High-from(high), s.Low, s.High)
}

// between is the number nearest to x strictly inside (low, high).
func between(x, low, high float64) float64 {
	switch {
	case x <= low:
		return math.Nextafter(low, high)
	case x >= high:
		return math.Nextafter(high, low)
	}
	return x
}
