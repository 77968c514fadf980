package nn

import (
	"encoding/binary"
	"fmt"

	"diffeo/fault"
	"diffeo/param"
)

// Degrees. Column d at position q = order[d] is an input of degree q+1. A hidden unit of degree m sees inputs of degree ≤ m and hidden
// units of degree ≤ m before it; an output of column d sees hidden units of degree ≤ q. So a path from
// column e to the outputs of column d needs order[e]+1 ≤ order[d]. Degree 0 sees the condition alone; degree D
// sees everything and reaches no output.

// spread deals n units over the degrees low … high, evenly and in ascending order: units sorted by degree make every masked
// weight block-triangular, and sampling can compute them in contiguous pieces.
func spread(n, low, high int) []int {
	degrees := make([]int, n)
	for j := range degrees {
		degrees[j] = low + j*(high-low+1)/n
	}
	return degrees
}

// hiddenDegrees are the degrees of every hidden layer: the given ones, checked, or spread ones. Without a condition
// degree 0 would compute constants and is left out.
func hiddenDegrees(given [][]int, hidden []int, d, context int) ([][]int, error) {
	if given == nil {
		low := 1
		if context > 0 {
			low = 0
		}
		degrees := make([][]int, len(hidden))
		for i, n := range hidden {
			degrees[i] = spread(n, min(low, d-1), d-1)
		}
		return degrees, nil
	}
	if len(given) != len(hidden) {
		return nil, fmt.Errorf("%w: degrees for %d hidden layers, there are %d", fault.ErrConfig, len(given), len(hidden))
	}
	for i, ms := range given {
		if len(ms) != hidden[i] {
			return nil, fmt.Errorf("%w: %d degrees for the %d units of hidden layer %d", fault.ErrConfig, len(ms), hidden[i], i)
		}
		for j, m := range ms {
			if m < 0 || m > d {
				return nil, fmt.Errorf("%w: unit %d of hidden layer %d has degree %d, outside 0…%d", fault.ErrConfig, j, i, m, d)
			}
		}
	}
	return given, nil
}

// positions checks that order is a permutation of 0 … len−1.
func positions(order []int) error {
	if len(order) == 0 {
		return fmt.Errorf("%w: a masked network of no columns", fault.ErrShape)
	}
	seen := make([]bool, len(order))
	for d, q := range order {
		if q < 0 || q >= len(order) || seen[q] {
			return fmt.Errorf("%w: order %v is no permutation of 0…%d: column %d stands at %d", fault.ErrConfig, order, len(order)-1, d, q)
		}
		seen[q] = true
	}
	return nil
}

// inputDegrees are those of the columns, outputDegrees the largest hidden degree that each output sees; outputs are
// column-major: row d·P+p is parameter p of column d. So the rows that see the same hidden units stand together, and a compiler that
// leaves out zero blocks finds them.
func inputDegrees(order []int) []int {
	degrees := make([]int, len(order))
	for d, q := range order {
		degrees[d] = q + 1
	}
	return degrees
}

func outputDegrees(order []int, outs int) []int {
	degrees := make([]int, 0, outs*len(order))
	for _, q := range order {
		for range outs {
			degrees = append(degrees, q)
		}
	}
	return degrees
}

// degreeMask is the out×in mask of units whose degrees are given: 1 where the later unit's is no smaller. Networks of one model that have equal
// degrees share it.
func degreeMask(s *param.Scope, out, in []int) []float64 {
	return param.Shared(s, maskKey{listed(out), listed(in)}, func() []float64 {
		mask := make([]float64, len(out)*len(in))
		for i, m := range out {
			for j, n := range in {
				if m >= n {
					mask[i*len(in)+j] = 1
				}
			}
		}
		return mask
	})
}

// maskKey holds the degrees that a mask belongs to.
type maskKey struct{ out, in string }

func listed(degrees []int) string {
	var b []byte
	for _, d := range degrees {
		b = binary.AppendVarint(b, int64(d))
	}
	return string(b)
}
