package vonmises

import (
	"math"
	"math/rand/v2"
)

// Choice is a fit with the criterion that chose it.
type Choice struct {
	Mixture
	Components int
	Score      float64 // mean log-density of the rows that were fitted
	BIC        float64 // −2·n·Score + (number of parameters)·log n: the least is chosen (Schwarz, Annals of Statistics 6, 1978)
}

// Choose fits mixtures of 1 … components and returns the one of least BIC. o.Components does not matter.
func Choose(x [][]float64, components int, o Options, rng *rand.Rand) (best Choice, err error) {
	best.BIC = math.Inf(1)
	for k := 1; k <= components; k++ {
		o.Components = k
		m, score, err := Fit(x, o, rng)
		if err != nil {
			return best, err
		}
		n, parameters := float64(len(x)), float64(k-1+2*k*len(x[0]))
		if bic := parameters*math.Log(n) - 2*n*score; bic < best.BIC {
			best = Choice{m, k, score, bic}
		}
	}
	return best, nil
}
