package simd

import (
	"fmt"
	"math"
)

// SplineParams describes the monotone rational-quadratic splines (Durkan et al., arXiv 1906.04032; Gregory and Delbourgo 1982) that RQS
// computes, one in each lane, on the box Low … High of both axes.
//
// theta holds rows of lanes: Bins raw widths, Bins raw heights, and the raw slopes at the Bins-1 inner knots, or at all Bins+1 where
// LearnedEnds is set (otherwise the slopes at both ends are 1). A width is High-Low times
// MinWidth + (1-Bins·MinWidth)·softmax(BinScale·raw), a height likewise. A slope is min(MinSlope + log(1+e^(raw+SlopeShift)), MaxSlope).
// With Clipped, raw lengths are first replaced by raw/(1+2|raw|/Clip), and a slope is exp(raw/(1+|raw|/Clip)).
//
// Outside of the box the spline is the identity; or, where Boxed is set, the log-derivative is -Inf.
type SplineParams struct {
	Bins                           int
	Low, High                      float64
	MinWidth, MinHeight            float64
	BinScale                       float64
	MinSlope, MaxSlope, SlopeShift float64 // without Clipped
	Clipped                        bool
	Clip                           float64 // with Clipped
	LearnedEnds, Boxed             bool
}

// Rows is the number of rows of theta.
func (c *SplineParams) Rows() int {
	if c.LearnedEnds {
		return 3*c.Bins + 1
	}
	return 3*c.Bins - 1
}

// Flags, places of the scalars and the most bins of the assembly kernels; the generator has the same.
const (
	splineInverse = 1 << iota
	splineClipped
	splineEnds
	splineBoxed
	splineTheta
)

const (
	splineLow = iota
	splineHigh
	splineSearchFloor
	splineSearchSpan
	splineOtherFloor
	splineOtherSpan
	splineBinScale
	splineMinSlope
	splineMaxSlope
	splineShift
	splineBinClip
	splineClip
	splineShare
	splineScalars
)

const splineBins = 64

// flags and scalars are what the kernels need of c.
func (c *SplineParams) flags(inverse bool) int {
	f := 0
	for bit, on := range [...]bool{inverse, c.Clipped, c.LearnedEnds, c.Boxed} { // splineInverse and so on
		if on {
			f |= 1 << bit
		}
	}
	return f
}

func scalarsOf[T Float](c *SplineParams, inverse bool) [splineScalars]T {
	span := c.High - c.Low
	wide := [2]float64{span * c.MinWidth, span * (1 - float64(c.Bins)*c.MinWidth)}
	high := [2]float64{span * c.MinHeight, span * (1 - float64(c.Bins)*c.MinHeight)}
	search, other := wide, high
	if inverse {
		search, other = high, wide
	}
	s := [splineScalars]T{
		splineLow: T(c.Low), splineHigh: T(c.High),
		splineSearchFloor: T(search[0]), splineSearchSpan: T(search[1]), splineOtherFloor: T(other[0]), splineOtherSpan: T(other[1]),
		splineBinScale: T(c.BinScale), splineShare: T(c.BinScale * math.Log2E),
		splineMinSlope: T(c.MinSlope), splineMaxSlope: T(c.MaxSlope), splineShift: T(c.SlopeShift),
	}
	if c.Clipped {
		s[splineBinClip], s[splineClip] = T(2/c.Clip), T(1/c.Clip)
	}
	return s
}

// splineCall is how many lanes one call into assembly gets at most.
func splineCall(bins int) int { return max(1, 1024/bins) * 16 }

// checkSpline panics if a slice is too short for its lanes.
func checkSpline(c *SplineParams, theta, ld, lanes int, short int) {
	if c.Bins < 1 || lanes < 0 {
		panic(fmt.Sprintf("simd: spline of %d bins for %d lanes", c.Bins, lanes))
	}
	if short < lanes {
		panic(fmt.Sprintf("simd: spline of %d lanes with an operand of %d", lanes, short))
	}
	checkSplineRows("theta", c, theta, ld, lanes)
}

func checkSplineRows(what string, c *SplineParams, have, ld, lanes int) {
	rows := c.Rows()
	if lanes > 0 && rows > 0 && (rows > 1 && ld < lanes || have < (rows-1)*ld+lanes) {
		panic(fmt.Sprintf("simd: spline of %d lanes: %s has %d elements for %d rows %d apart", lanes, what, have, rows, ld))
	}
}

// splineBin is the bin that a point lies in, and what the gradients need of how it was made.
type splineBin struct {
	index                    int
	left, width, low, height float64
	before, after            float64 // the slopes
	dBefore, dAfter          float64 // their derivatives by the raw numbers
}

// softClip is x/(1+|x|/bound), and its derivative.
func softClip(x, bound float64) (y, d float64) {
	p := 1 + math.Abs(x)/bound
	return x / p, 1 / (p * p)
}

// rawLength is what the softmax takes of a raw length.
func (c *SplineParams) rawLength(x float64) float64 {
	if c.Clipped {
		x, _ = softClip(x, c.Clip/2)
	}
	return c.BinScale * x
}

// splineAxis walks over the bins of one axis, whose raw lengths are theta[0], theta[ld], …: f gets number, start, length and share of
// each until it returns false.
func splineAxis[T Float](c *SplineParams, theta []T, ld int, smallest float64, f func(j int, start, length, share float64) bool) {
	top, sum := math.Inf(-1), 0.0
	for j := range c.Bins {
		top = max(top, c.rawLength(float64(theta[j*ld])))
	}
	for j := range c.Bins {
		sum += exp(c.rawLength(float64(theta[j*ld])) - top)
	}
	start := c.Low
	for j := range c.Bins {
		share := exp(c.rawLength(float64(theta[j*ld]))-top) / sum
		length := (c.High - c.Low) * (smallest + (1-float64(c.Bins)*smallest)*share)
		if !f(j, start, length, share) {
			return
		}
		start += length
	}
}

// slope of a raw number, and its derivative.
func (c *SplineParams) slope(raw float64) (s, d float64) {
	if c.Clipped {
		x, d := softClip(raw, c.Clip)
		return exp(x), d * exp(x)
	}
	s = c.MinSlope + softplus(raw+c.SlopeShift)
	if s > c.MaxSlope {
		return c.MaxSlope, 0
	}
	return s, sigmoid(raw + c.SlopeShift)
}

// findBin is the bin of x, which lies in the box; theta starts at the lane.
func findBin[T Float](c *SplineParams, x float64, theta []T, ld int, inverse bool) splineBin {
	var b splineBin
	widths := func(want func(j int, start float64) bool) {
		splineAxis(c, theta, ld, c.MinWidth, func(j int, start, length, _ float64) bool {
			if want(j, start) {
				b.index, b.left, b.width = j, start, length
				return true
			}
			return false
		})
	}
	heights := func(want func(j int, start float64) bool) {
		splineAxis(c, theta[c.Bins*ld:], ld, c.MinHeight, func(j int, start, length, _ float64) bool {
			if want(j, start) {
				b.index, b.low, b.height = j, start, length
				return true
			}
			return false
		})
	}
	byPlace := func(j int, start float64) bool { return j == 0 || start <= x }
	if inverse {
		heights(byPlace)
		last := b.index
		widths(func(j int, _ float64) bool { return j <= last })
	} else {
		widths(byPlace)
		last := b.index
		heights(func(j int, _ float64) bool { return j <= last })
	}
	row := b.index - 1 // of the slope before
	if c.LearnedEnds {
		row++
	}
	at := func(row int) (s, d float64) {
		if !c.LearnedEnds && (row < 0 || row >= c.Bins-1) {
			return 1, 0
		}
		return c.slope(float64(theta[(2*c.Bins+row)*ld]))
	}
	b.before, b.dBefore = at(row)
	b.after, b.dAfter = at(row + 1)
	return b
}

// splinePlace is where in its bin a point is, and parts of value and derivative: y = low + h·(sξ² + d₀q)/p, dy/dx = n·s²/p².
type splinePlace struct{ s, xi, q, p, n float64 }

func (b *splineBin) place(x float64, inverse bool) splinePlace {
	s := b.height / b.width
	var xi float64
	if inverse {
		t := clamp01((x - b.low) / b.height)
		e := b.before*(1-t) - b.after*t
		linear := e + 2*s*t
		root := math.Sqrt(e*e + 4*s*s*t*(1-t))
		if linear >= 0 {
			xi = 2 * s * t / (linear + root)
		} else {
			xi = (root - linear) / (2 * (s - linear))
		}
	} else {
		xi = (x - b.left) / b.width
	}
	xi = clamp01(xi)
	q := xi * (1 - xi)
	return splinePlace{
		s: s, xi: xi, q: q, p: s*(1-2*q) + (b.before+b.after)*q,
		n: b.after*xi*xi + 2*s*q + b.before*(1-xi)*(1-xi),
	}
}

func clamp01(x float64) float64 { return min(max(x, 0), 1) }

func genericRQS[T Float](y, l, x, theta []T, ld, lanes int, c *SplineParams, inverse bool) {
	checkSpline(c, len(theta), ld, lanes, min(len(y), len(l), len(x)))
	box := boxOf[T](c)
	c = &box
	for i := range lanes {
		at := float64(x[i])
		inside := c.Low <= at && at <= c.High
		b := findBin(c, c.clamp(at), theta[i:], ld, inverse)
		p := b.place(c.clamp(at), inverse)
		value, derivative := 0.0, log(p.n*(p.s/p.p)*(p.s/p.p))
		if inverse {
			value, derivative = b.left+p.xi*b.width, -derivative
		} else {
			value = b.low + b.height*(p.s*p.xi*p.xi+b.before*p.q)/p.p
		}
		value = min(max(value, c.Low), c.High) // rounding must not carry it out of the box
		switch {
		case at != at:
			value = at
		case !c.Boxed && !inside:
			value = at
		}
		if !inside {
			derivative = 0
			if c.Boxed {
				derivative = math.Inf(-1)
			}
		}
		y[i], l[i] = T(value), T(derivative)
	}
}

// boxOf is c on the box whose ends are rounded to T, as the points that are compared with them are: the end itself is inside.
func boxOf[T Float](c *SplineParams) SplineParams {
	r := *c
	r.Low, r.High = float64(T(c.Low)), float64(T(c.High))
	return r
}

// clamp brings x into the box; NaN goes to its lower end.
func (c *SplineParams) clamp(x float64) float64 {
	if !(x > c.Low) {
		return c.Low
	}
	return min(x, c.High)
}
