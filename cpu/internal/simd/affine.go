package simd

import (
	"fmt"
	"math"
)

// AffineParams describes the affine maps that Affine computes: with the log-scale ℓ = Bound·tanh(raw/Bound) or, where Soft is set,
// Bound·raw/(Bound + |raw|), and −ℓ in its place where Divide is set,
//
//	y = x·e^ℓ + t,  where Centered is set y = (x - t)·e^ℓ,  log dy/dx = ℓ
//
// Bound lies above 0 and not above 80.
type AffineParams struct {
	Bound                  float64
	Soft, Divide, Centered bool
}

// Columns is rows of lanes: one for each column of a batch, Step numbers apart. Step may be 0 where columns are only read.
type Columns[T Float] struct {
	Data []T
	Step int
}

// column is the n lanes of column j.
func (c *Columns[T]) column(j, n int) []T {
	if n == 0 { // there may be no place
		return nil
	}
	return c.Data[j*c.Step:][:n]
}

// at is lane i of column j.
func (c *Columns[T]) at(j, i int) *T { return &c.Data[j*c.Step+i] }

// columnCall is how many columns, and how many lanes of each, one call into assembly gets at most.
func columnCall(n int) (cols, lanes int) {
	const most = 8192 // numbers
	return max(1, most/max(1, n)), min(n, most)
}

// AffineOperands are y, the log-derivatives l, x, the shifts t and the raw log-scales.
type AffineOperands[T Float] [5]Columns[T]

// AffineGradients are the gradients gx of x, gt of t and graw of raw, then v, which is x or where Centered is set y, the log-derivatives l, and
// the gradients gy of y and gl of l.
type AffineGradients[T Float] [7]Columns[T]

// checkColumns panics if an operand is too short for its columns.
func checkColumns[T Float](operands []Columns[T], cols, n int) {
	for i := range operands {
		checkColumn(i, &operands[i], cols, n)
	}
}

func checkColumn[T Float](operand int, c *Columns[T], cols, n int) {
	if cols < 0 || n < 0 || c.Step < 0 || cols > 0 && n > 0 && len(c.Data) < (cols-1)*c.Step+n {
		panic(fmt.Sprintf("simd: %d columns of %d lanes: operand %d has %d numbers for columns %d apart",
			cols, n, operand, len(c.Data), c.Step))
	}
}

// Flags and places of the scalars of the assembly kernels; the generator has the same.
const (
	affineSoft = 1 << iota
	affineCentered
)

const (
	affineBound = iota // Bound, or -Bound where the map divides
	affineShare        // 1/Bound
	affineSign         // 1, or -1 where the map divides
	affineReach        // Bound
	affineTwice        // 2/Bound
	affineScalars
)

func (c *AffineParams) flags() int {
	f := 0
	if c.Soft {
		f |= affineSoft
	}
	if c.Centered {
		f |= affineCentered
	}
	return f
}

func (c *AffineParams) sign() float64 {
	if c.Divide {
		return -1
	}
	return 1
}

func affineScalarsOf[T Float](c *AffineParams) [affineScalars]T {
	return [affineScalars]T{T(c.sign() * c.Bound), T(1 / c.Bound), T(c.sign()), T(c.Bound), T(2 / c.Bound)}
}

func genericAffine[T Float](o *AffineOperands[T], cols, n int, c *AffineParams) {
	checkColumns(o[:], cols, n)
	for j := range cols {
		y, l, x, t, raw := o[0].column(j, n), o[1].column(j, n), o[2].column(j, n), o[3].column(j, n), o[4].column(j, n)
		for i := range n {
			at, shift := float64(x[i]), float64(t[i])
			log := c.log(float64(raw[i]))
			value := at*exp(log) + shift
			if c.Centered {
				value = (at - shift) * exp(log)
			}
			y[i], l[i] = T(value), T(log)
		}
	}
}

// log is the log-derivative.
func (c *AffineParams) log(raw float64) float64 {
	if c.Soft {
		return c.sign() * c.Bound * (raw / (c.Bound + math.Abs(raw)))
	}
	return c.sign() * c.Bound * math.Tanh(raw/c.Bound)
}

func genericAffineVJP[T Float](o *AffineGradients[T], cols, n int, c *AffineParams) {
	checkColumns(o[:], cols, n)
	for j := range cols {
		gx, gt, graw := o[0].column(j, n), o[1].column(j, n), o[2].column(j, n)
		v, l, gy, gl := o[3].column(j, n), o[4].column(j, n), o[5].column(j, n), o[6].column(j, n)
		for i := range n {
			at, log, g := float64(v[i]), float64(l[i]), float64(gy[i])
			point := g * exp(log)
			shift, inner := g, point*at
			if c.Centered {
				shift, inner = -point, g*at
			}
			share := log / c.Bound
			slope := 1 - share*share
			if c.Soft {
				slope = (1 - math.Abs(share)) * (1 - math.Abs(share))
			}
			gx[i], gt[i], graw[i] = T(point), T(shift), T(c.sign()*slope*(inner+float64(gl[i])))
		}
	}
}
