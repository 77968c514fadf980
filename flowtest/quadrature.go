package flowtest

import (
	"math"

	"diffeo/graph"
)

// box is the region that densities are integrated over, cut into equal cells with a point in the middle of each: exact
// for constants, and for smooth densities that vanish at the border the error falls faster than any power of the cell's size.
type box struct {
	low, high float64
	dim       int // 1 or 2
}

// points lists the middle of every cell, row-major, and the cell's volume.
func (q box) points() (x []float64, n int, volume float64) {
	side := 4000
	if q.dim == 2 {
		side = 150
	}
	h := (q.high - q.low) / float64(side)
	at := func(i int) float64 { return q.low + (float64(i)+0.5)*h }
	if q.dim == 1 {
		for i := range side {
			x = append(x, at(i))
		}
		return x, side, h
	}
	for i := range side {
		for j := range side {
			x = append(x, at(i), at(j))
		}
	}
	return x, side * side, h * h
}

// waves are bounded test functions: the cosine and sine of each x·k. Their means tell densities apart, and have no outliers.
var waves = [][2]float64{{0.7, 0.4}, {-0.5, 1.1}, {1.6, -0.9}}

// means integrates each wave against the density exp(logp) and returns the integral of the density itself, the means, and the variances.
func (q box) means(x, logp []float64, volume float64) (total float64, mean, variance []float64) {
	mean, variance = make([]float64, 2*len(waves)), make([]float64, 2*len(waves))
	for r, l := range logp {
		p := math.Exp(l) * volume
		total += p
		for k, v := range waveValues(x[r*q.dim : (r+1)*q.dim]) {
			mean[k] += p * v
			variance[k] += p * v * v
		}
	}
	for k := range mean {
		variance[k] -= mean[k] * mean[k]
	}
	return total, mean, variance
}

func waveValues(x []float64) []float64 {
	out := make([]float64, 0, 2*len(waves))
	for _, k := range waves {
		phase := 0.0
		for j, v := range x {
			phase += k[j] * v
		}
		out = append(out, math.Cos(phase), math.Sin(phase))
	}
	return out
}

// key is the random key of a seed.
func key(seed uint64) []float64 { return []float64{float64(uint32(seed)), float64(uint32(seed >> 32))} }

// keyInput declares the random key.
func keyInput(b *graph.Builder) graph.Value { return b.SharedInput("key", graph.Uint32, 2) }
