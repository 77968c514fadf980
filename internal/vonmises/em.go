package vonmises

import (
	"errors"
	"math"
	"math/rand/v2"
)

// Options of Fit.
type Options struct {
	Components int
	Starts     int     // from other first components; the best one counts
	Steps      int     // of each start at most
	Tolerance  float64 // of the mean log-density: a step that gains less is the last
}

// errEmpty says that there is nothing to fit.
var errEmpty = errors.New("a mixture of von Mises densities needs rows, columns, components, starts and steps")

// Fit is the mixture of greatest likelihood that expectation maximisation finds from several starts, with the mean log-density of the rows. A
// component's first mean is a row, chosen with a probability that grows with the distance to those before it (k-means++); a component that loses
// all rows keeps a small weight and what it was.
func Fit(x [][]float64, o Options, rng *rand.Rand) (best Mixture, score float64, err error) {
	if len(x) == 0 || len(x[0]) == 0 || o.Components < 1 || o.Starts < 1 || o.Steps < 1 {
		return best, score, errEmpty
	}
	rows := make([][]direction, len(x))
	for r, row := range x {
		rows[r] = directions(row)
	}
	score = math.Inf(-1)
	for range o.Starts {
		m, before := begin(rows, o.Components, rng), math.Inf(-1)
		for range o.Steps {
			next, now := step(rows, m)
			if now > score {
				best, score = m, now
			}
			if !(now-before > o.Tolerance) {
				break
			}
			m, before = next, now
		}
	}
	return best, score, nil
}

// begin chooses first components around rows.
func begin(rows [][]direction, components int, rng *rand.Rand) Mixture {
	var m Mixture
	far := make([]float64, len(rows)) // squared distance to the nearest mean
	for r := range far {
		far[r] = math.Inf(1)
	}
	at := rng.IntN(len(rows))
	for range components {
		mean, concentration := make([]float64, len(rows[at])), make([]float64, len(rows[at]))
		for d, p := range rows[at] {
			mean[d], concentration[d] = math.Atan2(p.sin, p.cos), 1+4*rng.Float64()
		}
		m.Weights, m.Mean, m.Concentration = append(m.Weights, 1/float64(components)), append(m.Mean, mean), append(m.Concentration, concentration)
		total := 0.0
		for r, row := range rows {
			square := 0.0
			for d, p := range row {
				square += 2 - 2*(p.cos*rows[at][d].cos+p.sin*rows[at][d].sin)
			}
			far[r] = math.Min(far[r], math.Max(0, square))
			total += far[r]
		}
		rest := total * rng.Float64()
		for r, square := range far {
			if rest -= square; rest <= 0 || r == len(far)-1 {
				at = r
				break
			}
		}
	}
	return m
}

// step is the mixture after a step of expectation and maximisation, and the mean log-density before it.
func step(rows [][]direction, m Mixture) (next Mixture, score float64) {
	columns := len(rows[0])
	e := newExpectation(m, columns)
	shares, sums := make([]float64, len(m.Weights)), make([][]direction, len(m.Weights))
	for k := range sums {
		sums[k] = make([]direction, columns)
	}
	for _, row := range rows {
		score += e.point(row) / float64(len(rows))
		for k, share := range e.log {
			shares[k] += share
			for d, p := range row {
				sums[k][d].cos += share * p.cos
				sums[k][d].sin += share * p.sin
			}
		}
	}
	const least = 1e-3 // rows of a component, below which nothing tells where it is
	for k, share := range shares {
		mean, kappa := m.Mean[k], m.Concentration[k]
		if share > least {
			mean, kappa = make([]float64, columns), make([]float64, columns)
			for d, s := range sums[k] {
				mean[d] = math.Atan2(s.sin, s.cos)
				kappa[d] = concentration(math.Hypot(s.cos, s.sin) / share)
			}
		}
		next.Weights = append(next.Weights, math.Max(share, least)/float64(len(rows)))
		next.Mean, next.Concentration = append(next.Mean, mean), append(next.Concentration, kappa)
	}
	total := 0.0
	for _, w := range next.Weights {
		total += w
	}
	for k := range next.Weights {
		next.Weights[k] /= total
	}
	return next, score
}
