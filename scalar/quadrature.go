package scalar

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// gaussLegendre is the rule of n nodes on 0 … 1 that is exact for polynomials up to degree 2n − 1.
func gaussLegendre(n int) (nodes, weights []float64) {
	nodes, weights = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(nodes, weights, 0, 1)
	return nodes, weights
}

// clenshawCurtis is the rule of n ≥ 2 nodes on 0 … 1, at the extrema of the Chebyshev polynomial of degree n − 1: exact for polynomials up
// to degree n − 1, and as good as gaussLegendre for most others (Trefethen, SIAM Review 50, 2008). With N = n − 1 and the nodes
// (1 − cos(kπ/N))/2 the weights are those of Waldvogel (BIT 46, 2006):
//
//	w_k = c_k/2N · (1 − Σ_{j=1}^{⌊N/2⌋} b_j/(4j² − 1) · cos(2jkπ/N)),  b_j = 1 for 2j = N and 2 else,  c_k = 1 at both ends and 2 else
func clenshawCurtis(n int) (nodes, weights []float64) {
	nodes, weights = make([]float64, n), make([]float64, n)
	last := float64(n - 1)
	for k := range n {
		nodes[k] = (1 - math.Cos(float64(k)*math.Pi/last)) / 2
		w := 1.
		for j := 1; 2*j <= n-1; j++ {
			c := 2.
			if 2*j == n-1 {
				c = 1
			}
			w -= c / float64(4*j*j-1) * math.Cos(2*float64(j)*float64(k)*math.Pi/last)
		}
		if k > 0 && k < n-1 {
			w *= 2
		}
		weights[k] = w / (2 * last)
	}
	return nodes, weights
}
