package data

import (
	"encoding/binary"
	"hash/fnv"
	"math"

	"diffeo/internal/philox"
	"diffeo/matrix"
)

// pointKey keeps the points of cells apart from the noise of rows.
const pointKey = 0x706f696e // "poin"

// CellPoint is the k-th of n noises with which the mean of a function over the cells of dequantized columns is estimated. seeds has a number for each row,
// of which its points are a function: RowSeeds makes them of what a row holds, so that equal rows have equal points. The first column has the midpoint rule, or with
// n = 1 a uniform number; the others a Kronecker sequence by the roots of primes (H. Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods, 1992, chapter 3) with a
// uniform start for each row, so that its errors have the mean 0 over rows. Of more than 64 columns, pixels say, neighbouring roots would make neighbours alike: there all are
// independent uniform numbers.
func CellPoint(columns []int, k, n int, seeds []uint64) Noise {
	const most = 64
	if len(columns) > most {
		return func(row, col int) float64 { return uniformPoint(seeds[row], k, col) }
	}
	type place struct{ at, step float64 } // at: the point of every row; step: from where a row starts
	places := make(map[int]place, len(columns))
	prime := 1
	for i, col := range columns {
		switch {
		case i > 0:
			prime = nextPrime(prime)
			places[col] = place{step: float64(k) * math.Sqrt(float64(prime))}
		case n > 1:
			places[col] = place{at: (float64(k) + 0.5) / float64(n)}
		}
	}
	return func(row, col int) float64 {
		p := places[col]
		if p.at > 0 {
			return p.at
		}
		_, u := math.Modf(uniformPoint(seeds[row], 0, col) + p.step)
		return between(u, 0, 1)
	}
}

func uniformPoint(seed uint64, k, col int) float64 {
	return philox.Uniform([2]uint32{pointKey, uint32(seed >> 32)}, uint32(seed), uint64(k), col)
}

// RowSeeds are numbers that look random and are functions of what the rows of x hold.
func RowSeeds(x matrix.Matrix[float64]) []uint64 {
	seeds := make([]uint64, x.Rows)
	var number [8]byte
	for r := range seeds {
		h := fnv.New64a()
		for _, v := range x.Row(r) {
			binary.LittleEndian.PutUint64(number[:], math.Float64bits(v+0)) // −0 + 0 = 0
			h.Write(number[:])
		}
		seeds[r] = h.Sum64()
	}
	return seeds
}

func nextPrime(p int) int {
search:
	for p++; ; p++ {
		for d := 2; d*d <= p; d++ {
			if p%d == 0 {
				continue search
			}
		}
		return p
	}
}
