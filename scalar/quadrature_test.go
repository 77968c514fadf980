package scalar

import (
	"math"
	"testing"
)

// Both rules integrate polynomials up to their degree, and no further.
func TestQuadrature(t *testing.T) {
	for _, r := range []struct {
		name   string
		rule   func(n int) (nodes, weights []float64)
		degree func(n int) int
	}{
		{"Gauss–Legendre", gaussLegendre, func(n int) int { return 2*n - 1 }},
		{"Clenshaw–Curtis", clenshawCurtis, func(n int) int { return n - 1 + n%2 }}, // an odd power around the middle is 0 in both
	} {
		for _, n := range []int{2, 3, 4, 5, 8, 17, 32, 33} {
			nodes, weights := r.rule(n)
			exact := r.degree(n)
			for degree := range exact + 2 {
				sum := 0.0
				for i, x := range nodes {
					sum += weights[i] * math.Pow(x, float64(degree))
				}
				e := math.Abs(sum - 1/float64(degree+1))
				if degree <= exact && e > 1e-14 {
					t.Errorf("%s of %d nodes: degree %d has the error %g", r.name, n, degree, e)
				}
				if degree == exact+1 && n < 8 && e < 1e-6 {
					t.Errorf("%s of %d nodes: degree %d is exact too", r.name, n, degree)
				}
			}
		}
	}
}
