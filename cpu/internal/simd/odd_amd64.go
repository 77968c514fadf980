//go:build !purego

package simd

import "math"

// Some kernels stop at a vector of which an element is beyond what they can compute. The functions here do the next few
// elements: ordinary ones by the kernel as always, from a copy in which the others are replaced, so that their bits do
// not depend on their neighbours; the others by package math.

// oddLanes is how many elements are done at a time: the largest vector.
const oddLanes = 16

// Angles up to these are left to the kernels; the generator has the same.
const (
	angles32 = 0x1p16
	angles64 = 0x1p30
)

// tame is what the kernels of angles compute.
func tame[T Float](x T) bool {
	limit := T(angles32)
	if _, ok := any(limit).(float64); ok {
		limit = angles64
	}
	return -limit <= x && x <= limit
}

// tameAngles copies the next elements of a, at most n, to x, 0 in place of those that the kernel cannot do, and returns their number.
func tameAngles[T Float](x *[oddLanes]T, a []T, n int) int {
	n = min(n, oddLanes)
	for i, v := range a[:n] {
		if tame(v) {
			x[i] = v
		}
	}
	return n
}

// wildAngles sets dst to the kernel's results y, or to those of slow where the kernel cannot do a.
func wildAngles[T Float](slow func(float64) float64, y *[oddLanes]T, dst, a []T) {
	for i, v := range a[:len(dst)] {
		if tame(v) {
			dst[i] = y[i]
		} else {
			dst[i] = T(slow(float64(v)))
		}
	}
}

func tamePower[T Float](a, b T) bool { return a > 0 && a-a == 0 && b-b == 0 }

// tamePowers is tameAngles for the power: 1 to the power 0.
func tamePowers[T Float](x, y *[oddLanes]T, a, b []T, n int) int {
	n = min(n, oddLanes)
	for i, v := range a[:n] {
		x[i] = 1
		if tamePower(v, b[i]) {
			x[i], y[i] = v, b[i]
		}
	}
	return n
}

func wildPowers[T Float](z *[oddLanes]T, dst, a, b []T) {
	b = b[:len(dst)]
	for i, v := range a[:len(dst)] {
		if tamePower(v, b[i]) { // before dst changes, which may be a or b
			dst[i] = z[i]
		} else {
			dst[i] = T(math.Pow(float64(v), float64(b[i])))
		}
	}
}
