package recipe

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// firstLength is the raw length with which rows begin: 0.71. Mixed columns grow with longer ones past what splines reach: eight fits had mean divergences of 0.04, 0.30, 0.28 and
// 0.65 nats from 8gaussians, checkerboard, spirals and rings (docs/toys.md) with rows of length 1, of 0.02, 0.25, 0.22 and 0.53 with 0.85, of 0.02, 0.17, 0.20 and 0.44 with 0.71.
const firstLength = -0.5

// TriangularSpline is flowjax' triangular spline flow: a learned rational-quadratic spline of every column, inside a tanh whose tails are
// straight, and a triangular linear map with rows of learned length, which begins at random: columns of a symmetric density would not begin to mix
// otherwise. Numbers beside the diagonal begin above 0 in one transform and below 0 in the next, whose order is reversed: together they turn, as
// (1 + A)·(1 − Aᵀ) ≈ 1 + A − Aᵀ, where equal signs stretch. There are no networks: both directions are cheap, and a condition only shifts, by an MLP. Errors: a bad
// field of the Config, a Bound, which is that of the tanh.
func TriangularSpline(c Config) (flow.Flow, error) {
	const name = "triangular-spline"
	if c.Bound != 0 {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Bound: splines up to %g: they lie inside a tanh and reach from −1 to 1", name, fault.ErrConfig, c.Bound)
	}
	spline := scalar.RationalQuadratic{Bins: c.Bins, Low: -1, High: 1, LearnedEnds: true}
	c.Bins = 0
	return c.ordered(name, func(c Config, i int) bijection.Bijection {
		length, start := firstLength, math.Sqrt(3/float64(c.Dim))
		if c.Dim == 1 { // nothing is mixed
			length = 0
		}
		if i%2 == 1 {
			start = -start
		}
		bend := bijection.Static{Map: scalar.LeakyTanh{}}
		step := []bijection.Bijection{bijection.Triangular{Normalized: true, Factor: length, Start: start}, bend, bijection.Static{Map: spline}, bijection.Invert{Bijection: bend}}
		if c.Context > 0 {
			shift := bijection.Coupling{Mask: make([]bool, c.Dim), Map: scalar.Additive{}, Net: c.mlp()}
			step = append([]bijection.Bijection{shift}, step...)
		}
		return bijection.Chain{Transforms: step}
	})
}
