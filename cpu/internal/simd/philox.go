package simd

import (
	"fmt"
	"math"
)

// philoxKeys are the keys of the ten rounds, one after the other: the key plus multiples of the Weyl constants.
func philoxKeys(key [2]uint32) (keys [20]uint64) {
	for r := range 10 {
		keys[2*r], keys[2*r+1] = uint64(key[0]), uint64(key[1])
		key[0] += 0x9E3779B9
		key[1] += 0xBB67AE85
	}
	return keys
}

// philoxBlock is the four words of Philox4x32-10 at counter c (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
func philoxBlock(keys *[20]uint64, c [4]uint32) [4]uint32 {
	for r := range 10 {
		p0, p1 := 0xD2511F53*uint64(c[0]), 0xCD9E8D57*uint64(c[2])
		c = [4]uint32{uint32(p1>>32) ^ c[1] ^ uint32(keys[2*r]), uint32(p1), uint32(p0>>32) ^ c[3] ^ uint32(keys[2*r+1]), uint32(p0)}
	}
	return c
}

func genericNormals[T Float](dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int) {
	genericPhilox(dst, key, stream, firstRow, lanes, n, ld, func(w [4]uint32) (x [4]float64) {
		for i := 0; i < 4; i += 2 {
			radius := math.Sqrt(-2 * math.Log((float64(w[i])+0.5)*0x1p-32))
			sin, cos := math.Sincos(2 * math.Pi * (float64(w[i+1]) + 0.5) * 0x1p-32)
			x[i], x[i+1] = radius*cos, radius*sin
		}
		return x
	})
}

func genericUniforms[T Float](dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int) {
	genericPhilox(dst, key, stream, firstRow, lanes, n, ld, func(w [4]uint32) (x [4]float64) {
		for i := range x {
			x[i] = (float64(w[i]>>9) + 0.5) * 0x1p-23
		}
		return x
	})
}

func genericSigns[T Float](dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int) {
	genericPhilox(dst, key, stream, firstRow, lanes, n, ld, func(w [4]uint32) (x [4]float64) {
		for i := range x {
			x[i] = float64(w[i]>>31)*2 - 1
		}
		return x
	})
}

func genericPhilox[T Float](dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int, f func(w [4]uint32) [4]float64) {
	checkPhilox(len(dst), lanes, n, ld)
	keys := philoxKeys(key)
	for l := range lanes {
		row := firstRow + uint64(l)
		for k := 0; k < n; k += 4 {
			x := f(philoxBlock(&keys, [4]uint32{uint32(k / 4), stream, uint32(row), uint32(row >> 32)}))
			for i := range min(4, n-k) {
				dst[(k+i)*ld+l] = T(x[i])
			}
		}
	}
}

func checkPhilox(have, lanes, n, ld int) {
	if lanes < 0 || n < 0 || ld < 0 {
		panic(fmt.Sprintf("simd: a draw of %d numbers for %d lanes, rows %d apart", n, lanes, ld))
	}
	if lanes > 0 && n > 0 && (n > 1 && ld < lanes || have < (n-1)*ld+lanes) {
		panic(fmt.Sprintf("simd: a draw of %d numbers for %d lanes, rows %d apart, into %d", n, lanes, ld, have))
	}
}

// philoxCut cuts a draw into calls that are short enough: count numbers from first on (a multiple of four) for width lanes from lane on.
type philoxCut struct {
	lanes, n                  int
	lane, width, first, count int
}

func (c *philoxCut) next() bool {
	const most = 4096 // numbers of one lane, vectors of lanes times that
	c.first += c.count
	if c.first >= c.n {
		c.first = 0
		c.lane += c.width
	}
	if c.n == 0 || c.lane >= c.lanes {
		return false
	}
	c.count = min(c.n-c.first, most)
	c.width = min(c.lanes-c.lane, max(most/c.n, 1)*16)
	return true
}

func (c *philoxCut) at(ld int) int { return c.first*ld + c.lane }
