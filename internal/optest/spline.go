package optest

import (
	"fmt"
	"math"

	"diffeo/graph"
)

// splineCases are the composite of the rational-quadratic spline. Points keep away from its knots, where its second derivative
// jumps.
func splineCases() []Case {
	plain := graph.SplineConfig{
		Bins: 4, Low: -1.5, High: 1.5, MinWidth: 1e-3, MinHeight: 1e-3, BinScale: 1,
		MinSlope: 1e-3, MaxSlope: 100, SlopeShift: 0.5413,
	}
	ends, boxed, clipped := plain, plain, plain
	ends.LearnedEnds = true
	boxed.Boxed = true
	clipped.Slope, clipped.Clip = graph.ClippedSlope, 6.9
	var cs []Case
	for _, v := range []struct {
		name string
		c    graph.SplineConfig
		x    Operand
	}{
		{"softplus slopes, both tails", plain, Operand{}},
		{"learned ends", ends, Operand{}.between(-1.4, 1.4)},
		{"boxed", boxed, Operand{}.between(-1.4, 1.4)},
		{"clipped slopes", clipped, Operand{}.between(-1.4, 1.4)},
	} {
		for _, inverse := range []bool{false, true} {
			c := v.c // a copy: Build runs later
			c.Inverse = inverse
			f := func(_ *graph.Builder, in []graph.Value) []graph.Value {
				y, l := graph.RationalQuadratic(c, in[0], in[1])
				return []graph.Value{y, l}
			}
			for _, d := range []int{1, 7} {
				x, theta := v.x, row(c.Params(), d).between(-0.2, 0.2) // near to bins of equal width
				x.Shape = graph.Shape{d}
				for _, knot := range []float64{-1.5, -0.75, 0, 0.75, 1.5} { // theta moves them by a little
					x.Avoid = append(x.Avoid, knot-0.1, knot, knot+0.1)
				}
				name := fmt.Sprintf("composite: spline, %s, inverse %t, [%d]", v.name, inverse, d)
				both := Case{Name: name + " row, row", In: []Operand{x, theta}, Build: f, Order: 2}
				both.Slack, both.SlackWhy = 30, "its derivatives of an order grow with that power of the number of bins over the box"
				fixed := both
				theta.Shared = true
				fixed.Name, fixed.In = name+" row, shared", []Operand{x, theta}
				cs = append(cs, both, fixed)
			}
			odd := row(9).values(-1.5, 1.5, 0, 1e6, -1e6, 0x1p-149, math.NaN(), math.Inf(1), math.Inf(-1))
			cs = append(cs, Case{
				Name: fmt.Sprintf("special values: spline, %s, inverse %t", v.name, inverse),
				In:   []Operand{odd, row(c.Params(), 9)}, Build: f, Why: atKinks,
				Slack: 100, SlackWhy: "the log of a slope is ill-conditioned beside a knot, where points lie by intent",
			})
		}
	}
	return cs
}
