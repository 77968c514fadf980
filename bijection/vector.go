package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
)

// vector is the number of columns of a base shape that must be a vector.
func vector(what string, base graph.Shape) (int, error) {
	if len(base) != 1 || base[0] < 1 {
		return 0, fmt.Errorf("%w: %s maps vectors of at least one column, not values of shape %v", fault.ErrShape, what, base)
	}
	return base[0], nil
}

// total is the log-determinant of a map that acts column by column: the sum of the columns' log-derivatives.
func total(logDets graph.Value) graph.Value { return graph.Sum(logDets) }

// permutation checks that order is a permutation of 0 … n−1 and returns its inverse.
func permutation(order []int, n int) ([]int, error) {
	inverse := make([]int, n)
	for i := range inverse {
		inverse[i] = -1
	}
	for i, j := range order {
		if j < 0 || j >= n || inverse[j] >= 0 {
			return nil, fmt.Errorf("%w: order %v is no permutation of 0…%d (position %d holds %d)", fault.ErrConfig, order, n-1, i, j)
		}
		inverse[j] = i
	}
	if len(order) != n {
		return nil, fmt.Errorf("%w: an order of %d columns for %d", fault.ErrShape, len(order), n)
	}
	return inverse, nil
}
