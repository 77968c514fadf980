package recipe

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// TriangularSpline is flowjax' triangular spline flow: a learned rational-quadratic spline of every column, inside a tanh whose tails are
// straight, and a triangular linear map with rows of learned length, which begins at random: columns of a symmetric density would not begin to mix
// otherwise. There are no networks: both directions are cheap, and a condition only shifts, by an MLP. Errors: a bad field of the Config, a Bound, which
// is that of the tanh.
func TriangularSpline(c Config) (flow.Flow, error) {
	const name = "triangular-spline"
	if c.Bound != 0 {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Bound: splines up to %g: they lie inside a tanh and reach from −1 to 1", name, fault.ErrConfig, c.Bound)
	}
	spline := scalar.RationalQuadratic{Bins: c.Bins, Low: -1, High: 1, LearnedEnds: true}
	c.Bins = 0
	return c.ordered(name, func(c Config, _ int) bijection.Bijection {
		bend := bijection.Static{Map: scalar.LeakyTanh{}}
		step := []bijection.Bijection{bijection.Triangular{Normalized: true, Start: math.Sqrt(3 / float64(c.Dim))}, bend, bijection.Static{Map: spline}, bijection.Invert{Bijection: bend}}
		if c.Context > 0 {
			shift := bijection.Coupling{Mask: make([]bool, c.Dim), Map: scalar.Additive{}, Net: c.mlp()}
			step = append([]bijection.Bijection{shift}, step...)
		}
		return bijection.Chain{Transforms: step}
	})
}
