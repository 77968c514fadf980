package data

import (
	"math"
	"slices"

	"diffeo/matrix"
)

// settled is the steps with what the rows decide of them.
func (s Spec) settled(t Table, col int) []Step {
	steps := slices.Clone(s.Steps)
	for i := range steps {
		if steps[i].Kind != Circular {
			continue
		}
		if c := &steps[i]; s.anywhere {
			low, high := math.Inf(1), math.Inf(-1)
			for r := range t.Values.Rows {
				x := t.Values.Row(r)[col]
				low, high = min(low, x), max(high, x)
			}
			if low < 0 && low >= -c.Period/2 && high <= c.Period/2 { // angles around 0, not from 0
				c.Low = -c.Period / 2
			}
		}
		steps[i].Cut = emptiest(t.Values, col, steps[i])
	}
	return steps
}

// emptiest is where on the circle, in [low, low + period), the fewest rows are: the middle of the one of 72 arcs that has fewest rows in
// and around it. A density that is not periodic is best cut where it is low.
func emptiest(m matrix.Matrix[float64], col int, s Step) float64 {
	const arcs = 72
	counts := make([]int, arcs)
	for r := range m.Rows {
		turn := modulo(m.Row(r)[col]-s.Low, s.Period) / s.Period
		if finite(turn) {
			counts[min(int(turn*arcs), arcs-1)]++
		}
	}
	best, least := 0, math.Inf(1)
	for i := range counts {
		sum := 0.0
		for d := -arcs / 4; d <= arcs/4; d++ { // near arcs weigh most
			sum += float64(counts[(i+d+arcs)%arcs]) * math.Exp2(-math.Abs(float64(d)))
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return s.Low + s.Period*(float64(best)+0.5)/arcs
}

// sampleRows is how many rows, evenly spread, tell a column's quantiles and repeated values.
const sampleRows = 50_000

// sortedSample is a column of up to sampleRows rows, in ascending order.
func sortedSample(m matrix.Matrix[float64], col int) []float64 {
	n := min(m.Rows, sampleRows)
	sample := make([]float64, n)
	for i := range sample {
		sample[i] = m.Row(i * m.Rows / n)[col]
	}
	slices.Sort(sample)
	return sample
}
