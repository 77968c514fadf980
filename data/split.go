package data

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"diffeo/fault"
)

// splitStream is the second word of the generator's seed. It keeps the split apart from other uses of the same seed.
const splitStream = 0x73706c6974 // "split"

// Split divides the rows 0 … n−1 at random into three parts that have no row in common and together are all of them.
//
// The rows are permuted by PCG with the given seed; the first of the permutation are the training part, the next ⌊n·val⌋ the
// validation part, the last ⌊n·test⌋ the test part: Split(n, seed, 0.1, 0.1) tests on the last tenth. A part whose fraction is
// above 0 has at least one row, and so has the training part; a fraction of 0 gives an empty part. The result
// depends on the arguments only, in every version of Go.
//
// Fractions must not be negative and must add up to less than 1, or the error wraps fault.ErrConfig. Where n is too
// small for all parts it wraps fault.ErrData.
func Split(n int, seed uint64, test, val float64) (trainRows, valRows, testRows []int, err error) {
	if !(test >= 0 && val >= 0 && test+val < 1) {
		return nil, nil, nil, fmt.Errorf("%w: the fractions %v (test) and %v (validation) must not be negative and must add up to less than 1",
			fault.ErrConfig, test, val)
	}
	nTest, nVal := part(n, test), part(n, val)
	if n-nTest-nVal < 1 && nTest > 1 {
		nTest = 1 // of few rows nearly all were asked for: leave one for training
	}
	if n-nTest-nVal < 1 && nVal > 1 {
		nVal = 1
	}
	if n-nTest-nVal < 1 {
		return nil, nil, nil, fmt.Errorf("%w: %d rows are too few to split into training (1 row at least), validation (%d) and test (%d)",
			fault.ErrData, max(n, 0), nVal, nTest)
	}
	order := permutation(n, rand.NewPCG(seed, splitStream))
	nTrain := n - nVal - nTest
	return order[:nTrain:nTrain], order[nTrain : n-nTest : n-nTest], order[n-nTest:], nil
}

// part is ⌊n·fraction⌋, at least 1 for a fraction above 0. The small term undoes rounding: 100·0.29 is 28.999… in float64.
func part(n int, fraction float64) int {
	if fraction == 0 {
		return 0
	}
	return max(1, int(math.Floor(float64(n)*fraction+1e-9)))
}

// permutation is the shuffle of Fisher and Yates. It is written out because the result is part of a model's identity: the
// stream of PCG is fixed for good, rand.Perm's use of it is not.
func permutation(n int, source rand.Source) []int {
	p := make([]int, n)
	for i := range p {
		j := int(below(uint64(i)+1, source))
		p[i] = p[j]
		p[j] = i
	}
	return p
}

// below draws uniformly from 0 … n−1 without bias (D. Lemire, Fast Random Integer Generation in an Interval, 2019).
func below(n uint64, source rand.Source) uint64 {
	hi, lo := bits.Mul64(source.Uint64(), n)
	for lo < n && lo < -n%n {
		hi, lo = bits.Mul64(source.Uint64(), n)
	}
	return hi
}

// Part is what rows are used for.
type Part int

// The parts of a table.
const (
	Training Part = iota
	Validation
	Test
)

// Parts divides rows into three parts without knowing how many there are, for tables that do not fit into memory: a row is tested on,
// or validated on, with the given probability, by a hash of the seed and its number. So the parts have about these
// fractions of the rows, and a row stays in its part when rows are appended. Fractions are as for Split.
func Parts(seed uint64, test, val float64) (func(row int) Part, error) {
	if !(test >= 0 && val >= 0 && test+val < 1) {
		return nil, fmt.Errorf("%w: the fractions %v (test) and %v (validation) must not be negative and must add up to less than 1",
			fault.ErrConfig, test, val)
	}
	key := mix(seed ^ splitStream)
	return func(row int) Part {
		u := float64(mix(key^mix(uint64(row)))>>11) / (1 << 53)
		switch {
		case u < test:
			return Test
		case u < test+val:
			return Validation
		}
		return Training
	}, nil
}
