package graph_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/graph"
)

// Equal constants are one node however many numbers they have; those that differ in one number, in the sign of a zero or in their shape are not.
func TestEqualConstantsAreOne(t *testing.T) {
	for _, n := range []int{1, 8, 9, 64, 1001} {
		build(t, func(b *graph.Builder) {
			data := make([]float64, n)
			for i := range data {
				data[i] = float64(i % 2)
			}
			c := b.Const(data, n)
			if b.Const(slices.Clone(data), n) != c {
				t.Errorf("%d equal numbers are two constants", n)
			}
			if b.Const(slices.Clone(data), n, 1) == c {
				t.Errorf("%d numbers of another shape are the same constant", n)
			}
			for i := range data {
				for _, x := range []float64{1 - data[i], -data[i], 2} {
					other := slices.Clone(data)
					other[i] = x
					if x == 0 && data[i] == 0 {
						other[i] = negativeZero()
					}
					if b.Const(other, n) == c {
						t.Fatalf("%d numbers are the same constant with number %d = %g", n, i, other[i])
					}
				}
			}
		})
	}
}

func negativeZero() float64 { return math.Copysign(0, -1) }

// Updates and splines with equal configurations on equal types share their decomposition, others do not; user's composites never do: their
// decomposition may depend on more.
func TestEqualCompositesShareABody(t *testing.T) {
	build(t, func(b *graph.Builder) {
		body := func(v graph.Value) *graph.Graph { return v.Node().Body[0] }
		c := graph.SplineConfig{Bins: 3, Low: -1, High: 1, MinWidth: 1e-3, MinHeight: 1e-3, MinSlope: 1e-3, MaxSlope: 1e4, BinScale: 1}
		spline := func(c graph.SplineConfig, x, theta string, d int) *graph.Graph {
			y, _ := graph.RationalQuadratic(c, b.Input(x, d), b.Input(theta, c.Params(), d))
			return body(y)
		}
		one := spline(c, "x", "theta", 2)
		if spline(c, "x2", "theta2", 2) != one {
			t.Error("equal splines have two bodies")
		}
		if spline(c, "x3", "theta3", 3) == one {
			t.Error("splines of 2 and of 3 columns share a body")
		}
		inverse := c
		inverse.Inverse = true
		if spline(inverse, "x", "theta", 2) == one {
			t.Error("a spline and its inverse share a body")
		}
		y, _ := graph.RationalQuadratic(c, b.Param("shared", 2), b.Param("shared theta", c.Params(), 2))
		if body(y) == one {
			t.Error("a spline of rows and one of shared values share a body")
		}
		factor := 2.0
		twice := func() *graph.Graph {
			return body(graph.Composite("mine", nil, []graph.Value{b.Input("x", 2)}, func(in []graph.Value) []graph.Value {
				return []graph.Value{graph.Scale(in[0], factor)}
			}, nil)[0])
		}
		first := twice()
		factor = 3
		if twice() == first {
			t.Error("composites of a user share a body")
		}
	})
}
