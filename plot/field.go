package plot

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
)

// Field is a density on a grid of points: Z[k·len(X) + i] at (X[i], Y[k]). X and Y ascend in equal steps.
type Field struct{ X, Y, Z []float64 }

// check reports a field that is none.
func (f Field) check() error {
	if len(f.X) < 2 || len(f.Y) < 2 || len(f.Z) != len(f.X)*len(f.Y) {
		return fmt.Errorf("%w: a field of %d numbers on a grid of %d × %d: it needs two points each way or more", fault.ErrShape, len(f.Z), len(f.X), len(f.Y))
	}
	for i, z := range f.Z {
		if !(z >= 0) || math.IsInf(z, 1) {
			return fmt.Errorf("%w: a density of %g at (%g, %g)", fault.ErrData, z, f.X[i%len(f.X)], f.Y[i/len(f.X)])
		}
	}
	return nil
}

// Grid is n points in equal steps from low to high.
func Grid(low, high float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = low + (high-low)*float64(i)/float64(n-1)
	}
	return x
}

// smoothed is the density of points in a rectangle, by a kernel estimate on a grid of n × n: counts in cells and a normal kernel of a width on them, or of
// 0.7 cells if that is more. At the rectangle's edges kernels are reflected.
func smoothed(x, y []float64, xs, ys [2]float64, width [2]float64, n int) Field {
	z, total := make([]float64, n*n), 0.0
	cell := func(v float64, s [2]float64) int { return int(math.Floor((v - s[0]) / (s[1] - s[0]) * float64(n))) }
	for i := range x {
		if x[i]-x[i] != 0 || y[i]-y[i] != 0 {
			continue
		}
		total++
		if a, b := cell(x[i], xs), cell(y[i], ys); a >= 0 && a < n && b >= 0 && b < n {
			z[b*n+a]++
		}
	}
	for axis, s := range [][2]float64{xs, ys} {
		blur(z, n, axis, max(width[axis]/(s[1]-s[0])*float64(n), 0.7))
	}
	f := Field{Z: z}
	for i := range n {
		f.X = append(f.X, xs[0]+(xs[1]-xs[0])*(float64(i)+0.5)/float64(n))
		f.Y = append(f.Y, ys[0]+(ys[1]-ys[0])*(float64(i)+0.5)/float64(n))
	}
	area := (xs[1] - xs[0]) * (ys[1] - ys[0]) / float64(n*n)
	for i := range z {
		z[i] /= max(total, 1) * area
	}
	return f
}

// narrower is the part of D. W. Scott's kernel width (1992), the deviation times n^(−1/(4 + dimensions)), that is taken: it is meant for normal densities, and others
// have finer shapes.
const narrower = 0.6

// kernelWidth is that of a list of numbers in so many dimensions.
func kernelWidth(x []float64, dimensions float64) float64 {
	s := sorted(x)
	if len(s) < 2 {
		return 0
	}
	return narrower * spread(s) * math.Pow(float64(len(s)), -1/(4+dimensions))
}

// blur convolves the rows (axis 0) or the columns (axis 1) of an n × n field with a normal kernel of a width in cells, reflected at the ends.
func blur(z []float64, n, axis int, width float64) {
	room := make([]float64, n)
	for r := range n {
		if axis == 0 {
			blurLine(z[r*n:(r+1)*n], room, 1, width)
		} else {
			blurLine(z[r:], room, n, width)
		}
	}
}

// blurLine convolves the numbers of z at distances of stride, as many as there is room for.
func blurLine(z, room []float64, stride int, width float64) {
	n, reach := len(room), int(math.Ceil(4*width))
	kernel, sum := make([]float64, 2*reach+1), 0.0
	for k := range kernel {
		d := float64(k-reach) / width
		kernel[k] = math.Exp(-d * d / 2)
		sum += kernel[k]
	}
	clear(room)
	for i := range n {
		v := z[i*stride] / sum
		if v == 0 {
			continue
		}
		for k, w := range kernel {
			j := i + k - reach
			for j < 0 || j >= n {
				if j < 0 {
					j = -1 - j
				} else {
					j = 2*n - 1 - j
				}
			}
			room[j] += w * v
		}
	}
	for i, v := range room {
		z[i*stride] = v
	}
}

// levels are the heights above which the field has given shares of its mass: the contours around the smallest regions that hold them.
func (f Field) levels(shares ...float64) []float64 {
	z := slices.Clone(f.Z)
	slices.SortFunc(z, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	total := 0.0
	for _, v := range z {
		total += v
	}
	out := make([]float64, len(shares))
	for i, share := range shares {
		sum := 0.0
		for k, v := range z {
			if sum += v; sum >= share*total {
				out[i] = v
				if k+1 < len(z) { // between two cells, so that a plateau has its border
					out[i] = (v + z[k+1]) / 2
				}
				break
			}
		}
	}
	return out
}
