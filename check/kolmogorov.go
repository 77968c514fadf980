package check

import (
	"math"
	"slices"
)

// distanceFromUniform is the Kolmogorov–Smirnov distance of a sample, which it sorts, from the uniform distribution on [0, 1].
func distanceFromUniform(x []float64) float64 {
	slices.Sort(x)
	n, d := float64(len(x)), 0.0
	for i, v := range x {
		d = max(d, float64(i+1)/n-v, v-float64(i)/n)
	}
	return d
}

// distanceOfSamples is the largest difference of the distribution functions of two samples, which it sorts. Infinities are numbers like
// others; NaN becomes −∞.
func distanceOfSamples(x, y []float64) float64 {
	for _, list := range [][]float64{x, y} {
		for i, v := range list {
			if math.IsNaN(v) {
				list[i] = negInf
			}
		}
		slices.Sort(list)
	}
	i, j, d := 0, 0, 0.0
	for i < len(x) && j < len(y) {
		at := min(x[i], y[j])
		for i < len(x) && x[i] <= at {
			i++
		}
		for j < len(y) && y[j] <= at {
			j++
		}
		d = math.Max(d, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	return d
}

// kolmogorov is the probability of a distance of at least d from n rows of the distribution itself: the limit law
// 2·Σ_k (−1)^(k−1)·exp(−2k²λ²) at λ = (√n + 0.12 + 0.11/√n)·d, good to 0.01 from n = 5 on (M. A. Stephens, Journal of the Royal Statistical
// Society B 32, 1970).
func kolmogorov(d, n float64) float64 {
	root := math.Sqrt(n)
	lambda := (root + 0.12 + 0.11/root) * d
	if lambda < 0.2 {
		return 1 // the series says 1 − 10⁻¹²
	}
	sum, sign := 0.0, 2.0
	for k := 1.0; k <= 100; k++ {
		term := math.Exp(-2 * k * k * lambda * lambda)
		sum += sign * term
		sign = -sign
		if term < 1e-16 {
			break
		}
	}
	return math.Min(1, math.Max(0, sum))
}

// critical is the distance that n rows of the distribution itself exceed with a probability p.
func critical(p, n float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		middle := (low + high) / 2
		if kolmogorov(middle, n) > p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
