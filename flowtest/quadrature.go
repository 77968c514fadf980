package flowtest

import (
	"math"

	"diffeo/dist"
	"diffeo/graph"
)

// box is the region that densities are integrated over, one interval a column, cut into equal cells with a point in the middle of each: exact
// for constants, and for smooth densities that vanish at the border the error falls faster than any power of the cell's size.
type box struct{ low, high []float64 } // of 1 or 2 columns

// points lists the middle of every cell, row-major, and the cell's volume. Cells are finer by a factor along each column.
func (q box) points(finer int) (x []float64, n int, volume float64) {
	side := 4000
	if len(q.low) == 2 {
		side = 150
	}
	side *= finer
	step := make([]float64, len(q.low))
	volume = 1
	for j := range step {
		step[j] = (q.high[j] - q.low[j]) / float64(side)
		volume *= step[j]
	}
	at := func(j, i int) float64 { return q.low[j] + (float64(i)+0.5)*step[j] }
	if len(q.low) == 1 {
		for i := range side {
			x = append(x, at(0, i))
		}
		return x, side, volume
	}
	for i := range side {
		for j := range side {
			x = append(x, at(0, i), at(1, j))
		}
	}
	return x, side * side, volume
}

// around is a box that practically all of the density lies in, found from many draws [n][dim]: their range and half of it on either
// side, but nothing outside the support.
func around(y []float64, support []dist.Interval) box {
	dim := len(support)
	q := box{make([]float64, dim), make([]float64, dim)}
	for j, in := range support {
		q.low[j], q.high[j] = math.Inf(1), math.Inf(-1)
		for i := j; i < len(y); i += dim {
			q.low[j], q.high[j] = math.Min(q.low[j], y[i]), math.Max(q.high[j], y[i])
		}
		half := (q.high[j] - q.low[j]) / 2
		q.low[j], q.high[j] = math.Max(in.Low, q.low[j]-half), math.Min(in.High, q.high[j]+half)
	}
	return q
}

// waves are bounded test functions: the cosine and sine of each x·k. Their means tell densities apart, and have no outliers.
var waves = [][2]float64{{0.7, 0.4}, {-0.5, 1.1}, {1.6, -0.9}}

// means integrates each wave against the density exp(logp) and returns the integral of the density itself, the means, and the variances.
func (q box) means(x, logp []float64, volume float64) (total float64, mean, variance []float64) {
	mean, variance = make([]float64, 2*len(waves)), make([]float64, 2*len(waves))
	for r, l := range logp {
		p := math.Exp(l) * volume
		total += p
		for k, v := range waveValues(x[r*len(q.low) : (r+1)*len(q.low)]) {
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
