package check

import (
	"math"
	"slices"
)

// quantile is the q-quantile of x, which it sorts: the smallest element that a share q of them does not exceed.
// NaN counts as larger than everything, and comes back as +Inf.
func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return nan
	}
	for i, v := range x {
		if math.IsNaN(v) {
			x[i] = math.Inf(1)
		}
	}
	slices.Sort(x)
	k := int(math.Ceil(q*float64(len(x)))) - 1
	return x[min(max(k, 0), len(x)-1)]
}

// above counts the elements that are not at most the bound; NaN is one of them.
func above(x []float64, bound float64) int {
	n := 0
	for _, v := range x {
		if !(v <= bound) {
			n++
		}
	}
	return n
}

// logAbsDet is log |det| of a square row-major matrix, by elimination with row exchange; it overwrites a. −Inf where a is singular.
func logAbsDet(a []float64, n int) float64 {
	total := 0.0
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[pivot*n+k]) {
				pivot = i
			}
		}
		top, other := a[k*n:(k+1)*n], a[pivot*n:(pivot+1)*n]
		if pivot != k {
			for j := k; j < n; j++ {
				top[j], other[j] = other[j], top[j]
			}
		}
		total += math.Log(math.Abs(top[k]))
		if top[k] == 0 {
			return math.Inf(-1)
		}
		for i := k + 1; i < n; i++ {
			row := a[i*n : (i+1)*n]
			if f := row[k] / top[k]; f != 0 {
				for j := k + 1; j < n; j++ {
					row[j] -= f * top[j]
				}
			}
		}
	}
	return total
}
