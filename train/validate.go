package train

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// pull is how far, in nats, one validation row can pull the mean below the median, once there are enough rows; with few rows one counts in
// full down to deep nats below the median.
const (
	pull = 0.5
	deep = 100
)

// validate returns the mean log-density of the validation rows, added up in float64 in their order, and how many of them were raised to the
// floor.
//
// A single row can ruin a mean. A flow that is good on all rows but one, far out in a tail, may give that one log p = −10⁸ at one step and
// −10⁶ at the next; the plain mean would then choose weights, and stop, by that row alone. So the pull of a row is bounded: with n rows,
// none counts for less than
//
//	floor = median − max(100, n/2) nats   (with weights: Σw/wᵢ for n)
//
// which includes rows of density 0 and rows whose log-density is not a number. Where no row is as low as that, which is the
// rule, this is the plain mean, bit for bit. Where half of the rows have no finite log-density the mean is NaN.
func (t *trainer[T]) validate(ctx context.Context) (mean float64, floored int, err error) {
	if err := t.score.Run(ctx, &t.score.args); err != nil {
		return 0, 0, err
	}
	mean, floored = t.bounded()
	return mean, floored, nil
}

// bounded is the mean of the log-densities that the last validation gave.
func (t *trainer[T]) bounded() (mean float64, floored int) {
	total := float64(len(t.validation))
	if t.validationWeights != nil {
		total = sum(t.validationWeights)
	}
	most := T(math.Inf(-1))
	for _, x := range t.validation {
		if finite(float64(x)) {
			most = max(most, x)
		}
	}
	median := math.NaN() // found when it is needed, which is seldom
	added := 0.0
	for i, l := range t.validation {
		x, w := float64(l), 1.0
		if t.validationWeights != nil {
			if w = float64(t.validationWeights[i]); w == 0 {
				continue
			}
		}
		depth := max(deep, pull*total/w)
		if !finite(x) || x < float64(most)-depth { // else it cannot be below the floor: the median is not above the most
			if median != median {
				if median = t.median(); !finite(median) {
					return math.NaN(), 0
				}
			}
			if !finite(x) || x < median-depth {
				x = median - depth
				floored++
			}
		}
		added += w * x
	}
	return added / total, floored
}

// median is the middle of the validation rows' log-densities, those that are not numbers taken for −∞.
func (t *trainer[T]) median() float64 {
	t.sorted = t.sorted[:0]
	for i, x := range t.validation {
		if t.validationWeights != nil && t.validationWeights[i] == 0 {
			continue
		}
		if !finite(float64(x)) {
			x = T(math.Inf(-1))
		}
		t.sorted = append(t.sorted, x)
	}
	slices.Sort(t.sorted)
	return float64(t.sorted[len(t.sorted)/2])
}

// badValidation names the first validation row without a finite log-density.
func (t *trainer[T]) badValidation() string {
	for r, x := range t.validation {
		if !finite(float64(x)) {
			return fmt.Sprintf("validation row %d has log p = %v", r, x)
		}
	}
	return "the log-densities are too large to add up"
}
