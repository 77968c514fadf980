package dist

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// UniformCircle is the uniform density on the circle in every column: log p(x) = −D·log 2π for angles −π ≤ x ≤ π, −Inf outside, with
// gradient 0. Both ends count: they are one point. It has no parameters. Uniform takes other bounds, without the upper ones.
type UniformCircle struct{ Dim int }

// Bind implements Distribution.
func (n UniformCircle) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	c, err := onCircles("uniform density on the circle", s, n.Dim)
	if err != nil {
		return nil, err
	}
	return uniformCircle{c}, nil
}

type uniformCircle struct{ circles }

func (n uniformCircle) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	return graph.Offset(n.outside(b, n.inside(b, x)), -logTwoPi*float64(n.dim))
}

func (n uniformCircle) Sample(_ *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	u := graph.Random(key, graph.Uniform01, n.stream, lanes, n.dim)
	return graph.Scale(graph.Offset(graph.Scale(u, 2), -1), math.Pi)
}

// circles are what densities of angles have in common.
type circles struct {
	dim    int
	stream string
}

func onCircles(what string, s *param.Scope, d int) (circles, error) {
	if d < 1 {
		return circles{}, fmt.Errorf("%w: a %s of %d columns", fault.ErrConfig, what, d)
	}
	return circles{d, s.Path() + ".sample"}, nil
}

func (c circles) Event() graph.Shape  { return graph.Shape{c.dim} }
func (c circles) Support() []Interval { return slices.Repeat([]Interval{{-math.Pi, math.Pi}}, c.dim) }

// inside says which angles lie within ±π.
func (c circles) inside(b *graph.Builder, x graph.Value) graph.Value {
	return graph.LessEq(graph.Abs(x), b.Scalar(math.Pi))
}

// outside is 0 where all angles are inside, −Inf elsewhere.
func (c circles) outside(b *graph.Builder, inside graph.Value) graph.Value {
	return graph.Sum(graph.Select(inside, b.Zeros(c.dim), graph.Broadcast(b.Scalar(math.Inf(-1)), c.dim)))
}

// wrapped is the angle within ±π.
func wrapped(x graph.Value) graph.Value {
	turns := graph.Floor(graph.Offset(graph.Scale(x, 1/(2*math.Pi)), 0.5))
	return graph.Clamp(graph.Sub(x, graph.Scale(turns, 2*math.Pi)), -math.Pi, math.Pi)
}
