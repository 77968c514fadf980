package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// located is what families of a shifted and scaled column have in common: z = (x − loc)/scale, with parameters loc [D] and log_scale [D],
// or raw_scale [D] where another function than the exponential makes the scale.
type located struct {
	dim      int
	stream   string
	loc, raw param.Ref
	scale    scalar.Scale
	t        float64 // the temperature, a factor on all scales
}

// locate declares the parameters of d columns of a family.
func locate(family string, s *param.Scope, d int, loc, raw []float64, scale scalar.Scale) (located, error) {
	l := located{dim: d, stream: s.Path() + ".sample", scale: scale, t: 1}
	if d < 1 {
		return l, fmt.Errorf("%w: a %s of %d columns", fault.ErrConfig, family, d)
	}
	name := "raw_scale"
	if scale == nil {
		name, l.scale = "log_scale", scalar.PlainExp{}
	}
	if err := l.scale.Check(); err != nil {
		return l, fmt.Errorf("%s: %w", family, err)
	}
	first, err := start("loc", loc, d)
	if err != nil {
		return l, err
	}
	firstScale, err := start(name, raw, d)
	if err != nil {
		return l, err
	}
	l.loc, l.raw = s.Param("loc", first, d), s.Param(name, firstScale, d)
	return l, nil
}

func (l located) Event() graph.Shape  { return graph.Shape{l.dim} }
func (l located) Support() []Interval { return line(l.dim) }

// factor is the scales at the temperature, and their logarithms.
func (l located) factor(b *graph.Builder) (factor, log graph.Value) {
	factor, log = l.scale.Factor(l.raw.Value(b))
	return graph.Scale(factor, l.t), graph.Offset(log, math.Log(l.t))
}

// standardized is z with the logarithms of the scales.
func (l located) standardized(b *graph.Builder, x graph.Value) (z, logScale graph.Value) {
	factor, log := l.factor(b)
	return graph.Div(graph.Sub(x, l.loc.Value(b)), factor), log
}

// placed is x of z.
func (l located) placed(b *graph.Builder, z graph.Value) graph.Value {
	factor, _ := l.factor(b)
	return graph.Add(graph.Mul(z, factor), l.loc.Value(b))
}

// uniform draws one number of (0, 1) a column.
func (l located) uniform(key graph.Value, lanes int) graph.Value {
	return graph.Random(key, graph.Uniform01, l.stream, lanes, l.dim)
}
