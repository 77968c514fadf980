package infer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/matrix"
)

// Chains are points of a target by Markov chains of the same length, one after the other: those of chain c are rows c·Steps … (c+1)·Steps−1.
type Chains struct {
	X        matrix.Matrix[float64]
	Chains   int
	Steps    int     // of each chain
	Accepted float64 // share of the proposals that were taken
}

// chainStream keeps these numbers apart from others of the same seed.
const chainStream = 0x6d6574726f706f6c // "metropol"

// Metropolis makes the draws the proposals of chains whose stationary density is the target's: the independence sampler of Metropolis and Hastings, which goes
// from a point of weight w to the proposal of weight w′ with probability min(1, w′/w), and stays otherwise (Tierney, Annals of Statistics 22, 1994). Each
// chain takes the next part of the draws, its first point being the first that the target does not rule out. Where the weights are bounded it converges geometrically; where it stays at one
// point for long, the flow misses that part of the target.
//
// Errors: fault.ErrConfig for fewer than one chain or fewer than two draws for each, fault.ErrData where the target rules out all proposals of a chain.
func (d Draws) Metropolis(chains int, seed uint64) (Chains, error) {
	n := len(d.LogWeights)
	if chains < 1 || n/chains < 2 {
		return Chains{}, fmt.Errorf("%w: %d chains from %d draws", fault.ErrConfig, chains, n)
	}
	c := Chains{Chains: chains, Steps: n / chains}
	c.X = matrix.New[float64](chains*c.Steps, d.X.Cols)
	accepted := 0
	for k := range chains {
		random := rand.New(rand.NewPCG(seed, chainStream+uint64(k)))
		from := k * c.Steps
		at := from
		for at < from+c.Steps && math.IsInf(d.LogWeights[at], -1) {
			at++
		}
		if at == from+c.Steps {
			return Chains{}, fmt.Errorf("%w: the target rules out all %d proposals of chain %d: fit the flow, or start it wider", fault.ErrData, c.Steps, k)
		}
		for i := range c.Steps {
			if next := from + i; next != at {
				if math.Log(1-random.Float64()) < d.LogWeights[next]-d.LogWeights[at] {
					at = next
					accepted++
				}
			}
			copy(c.X.Row(from+i), d.X.Row(at))
		}
	}
	c.Accepted = float64(accepted) / float64(chains*(c.Steps-1))
	return c, nil
}

// column is chain c of a column.
func (c Chains) column(chain, k int) []float64 {
	out := make([]float64, c.Steps)
	for i := range out {
		out[i] = c.X.Row(chain*c.Steps + i)[k]
	}
	return out
}

// RHat is for each column the potential scale reduction of the chains' halves (Gelman et al., Bayesian Data Analysis, 3rd edition, section 11.4): √(((n−1)/n·W + B/n)/W) with the variances W
// within halves of n steps and B between them. Above 1.01 the chains have not mixed. NaN where a column never moves, or halves have fewer than two steps.
func (c Chains) RHat() []float64 {
	out := make([]float64, c.X.Cols)
	n := c.Steps / 2
	for k := range out {
		if n < 2 {
			out[k] = math.NaN()
			continue
		}
		var means []float64
		within := 0.0
		for chain := range c.Chains {
			x := c.column(chain, k)
			for _, half := range [][]float64{x[:n], x[c.Steps-n:]} {
				m, v := meanAndVariance(half)
				means = append(means, m)
				within += v / float64(2*c.Chains)
			}
		}
		_, between := meanAndVariance(means) // B/n
		out[k] = math.Sqrt((float64(n-1)/float64(n)*within + between) / within)
	}
	return out
}

// ESS is for each column the effective number of points over all chains, m·n/(1 + 2·Σ ρ_t), with the autocorrelations ρ_t of the chains together, summed in pairs up to the first that is not positive
// and made monotone (Geyer, Statistical Science 7, 1992; Bayesian Data Analysis, section 11.5). NaN where a column never moves.
func (c Chains) ESS() []float64 {
	out := make([]float64, c.X.Cols)
	for k := range out {
		out[k] = c.effective(k)
	}
	return out
}

func (c Chains) effective(k int) float64 {
	n, m := float64(c.Steps), float64(c.Chains)
	columns, means := make([][]float64, c.Chains), make([]float64, c.Chains)
	within := 0.0
	for i := range columns {
		columns[i] = c.column(i, k)
		var v float64
		means[i], v = meanAndVariance(columns[i])
		within += v / m
	}
	all := within * (n - 1) / n
	if c.Chains > 1 {
		_, between := meanAndVariance(means)
		all += between
	}
	if !(all > 0) {
		return math.NaN()
	}
	correlation := func(lag int) float64 { // 1 − (W − mean autocovariance)/var⁺
		covariance := 0.0
		for i, x := range columns {
			for t := 0; t+lag < c.Steps; t++ {
				covariance += (x[t] - means[i]) * (x[t+lag] - means[i]) / n / m
			}
		}
		return 1 - (within-covariance*n/(n-1))/all
	}
	sum, last := 0.0, math.Inf(1)
	for lag := 0; lag+1 < c.Steps; lag += 2 {
		pair := correlation(lag) + correlation(lag+1)
		if !(pair > 0) {
			break
		}
		last = math.Min(last, pair)
		sum += last
	}
	return math.Min(m*n*math.Log10(m*n), m*n/(2*sum-1))
}

func meanAndVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}
