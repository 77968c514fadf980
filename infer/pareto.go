package infer

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
)

// leastTail is the fewest weights that a tail is fitted to.
const leastTail = 5

// Pareto smooths the largest weights by the generalized Pareto distribution that fits their tail, and gives its shape k̂ (Vehtari, Simpson, Gelman, Yao and
// Gabry, Pareto smoothed importance sampling, JMLR 25, 2024): below 0.5 the weights have a variance; up to 0.7 estimates by the smoothed weights are to be
// trusted; above, they are not, and the flow misses part of the target. The tail is the largest min(n/5, 3√n) weights.
//
// Errors: fault.ErrData for fewer than 25 draws that the target does not rule out.
func (d Draws) Pareto() (smoothed Draws, k float64, err error) {
	n := len(d.LogWeights)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(d.LogWeights[a], d.LogWeights[b]) })
	m := int(math.Ceil(math.Min(float64(n)/5, 3*math.Sqrt(float64(n)))))
	if m < leastTail || n == m || math.IsInf(d.LogWeights[order[n-m-1]], -1) {
		return d, math.NaN(), fmt.Errorf("%w: the tail of %d weights is to be fitted, of which too few are not 0: take more draws", fault.ErrData, n)
	}
	largest, cut := d.LogWeights[order[n-1]], d.LogWeights[order[n-m-1]]
	above := make([]float64, m) // the tail over its cut, ascending, in parts of the largest weight
	for i := range above {
		above[i] = math.Exp(d.LogWeights[order[n-m+i]]-largest) - math.Exp(cut-largest)
	}
	if !(above[m-1] > 0) { // all weights are the same
		return d, math.Inf(-1), nil
	}
	k, sigma := fitPareto(above)
	smoothed = Draws{d.X, slices.Clone(d.LogWeights)}
	for i := range above {
		p := (float64(i) + 0.5) / float64(m)
		over := sigma * math.Expm1(-k*math.Log1p(-p)) / k // its quantile
		if math.Abs(k) < 1e-12 {
			over = -sigma * math.Log1p(-p)
		}
		smoothed.LogWeights[order[n-m+i]] = math.Min(largest, largest+math.Log(over+math.Exp(cut-largest)))
	}
	return smoothed, k, nil
}

// fitPareto estimates shape k and scale σ of the generalized Pareto distribution, with density (1/σ)(1 + k·x/σ)^(−1/k − 1), from ascending numbers from 0 on, by the method of Zhang and Stephens
// (Technometrics 51, 2009): the posterior mean of θ = −k/σ over a grid, under a prior from the data. k is drawn toward ½ as by ten more
// numbers, as Vehtari et al. do.
func fitPareto(x []float64) (k, sigma float64) {
	n := len(x)
	points := 30 + int(math.Sqrt(float64(n)))
	quartile := x[max(0, int(float64(n)/4+0.5)-1)]
	if !(quartile > 0) {
		quartile = x[n-1] * 1e-12
	}
	shape := func(theta float64) float64 { // the k of maximum likelihood for a θ
		sum := 0.0
		for _, v := range x {
			sum += math.Log1p(-theta * v)
		}
		return sum / float64(n)
	}
	thetas, logs := make([]float64, points), make([]float64, points)
	for j := range thetas {
		t := 1/x[n-1] + (1-math.Sqrt(float64(points)/(float64(j)+0.5)))/(3*quartile)
		s := shape(t)
		thetas[j], logs[j] = t, float64(n)*(math.Log(-t/s)-s-1)
	}
	largest := slices.Max(logs)
	theta, sum := 0.0, 0.0
	for j, l := range logs {
		w := math.Exp(l - largest)
		theta, sum = theta+w*thetas[j], sum+w
	}
	theta /= sum
	k = shape(theta)
	sigma = -k / theta
	const prior = 10
	return (float64(n)*k + prior/2) / (float64(n) + prior), sigma
}
