// Package philox is the counter-based generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011) and the deviates made from it. The number at (key, stream, row, index) is a function of these alone.
package philox

import "math"

// Block returns the four words of counter c under key k.
func Block(k [2]uint32, c [4]uint32) [4]uint32 {
	for range 10 {
		p0, p1 := uint64(0xD2511F53)*uint64(c[0]), uint64(0xCD9E8D57)*uint64(c[2])
		c = [4]uint32{uint32(p1>>32) ^ c[1] ^ k[0], uint32(p1), uint32(p0>>32) ^ c[3] ^ k[1], uint32(p0)}
		k[0] += 0x9E3779B9
		k[1] += 0xBB67AE85
	}
	return c
}

func block(key [2]uint32, stream uint32, row uint64, n int) [4]uint32 {
	return Block(key, [4]uint32{uint32(n), stream, uint32(row), uint32(row >> 32)})
}

// Uniform is element index of a uniform draw on the open interval (0, 1): (⌊word/2⁹⌋ + ½)·2⁻²³, the odd multiples of 2⁻²⁴. These are
// exact in float32; with one bit more the largest would round to 1 there.
func Uniform(key [2]uint32, stream uint32, row uint64, index int) float64 {
	return unit(block(key, stream, row, index/4)[index%4])
}

func unit(w uint32) float64 { return (float64(w>>9) + 0.5) * 0x1p-23 }

// Normal is element index of a standard normal draw by Box and Muller: a pair of elements shares a radius √(−2 log u) and
// an angle 2πv. The largest deviate possible is 6.8.
func Normal(key [2]uint32, stream uint32, row uint64, index int) float64 {
	w := block(key, stream, row, index/4)
	pair := index % 4 / 2 * 2
	radius := math.Sqrt(-2 * math.Log((float64(w[pair])+0.5)*0x1p-32))
	sin, cos := math.Sincos(2 * math.Pi * (float64(w[pair+1]) + 0.5) * 0x1p-32)
	if index%2 == 0 {
		return radius * cos
	}
	return radius * sin
}

// Sign is element index of a draw of −1 or 1 with probability ½ each.
func Sign(key [2]uint32, stream uint32, row uint64, index int) float64 {
	if block(key, stream, row, index/4)[index%4]>>31 == 0 {
		return -1
	}
	return 1
}
