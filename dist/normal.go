package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// logTwoPi is log 2π.
const logTwoPi = 1.8378770664093454835606594728112353

// StandardNormal is N(0, 1) in every column: log p(x) = −½ Σ x² − (D/2)·log 2π, on ℝ^D.
type StandardNormal struct{ Dim int }

// Bind implements Distribution.
func (n StandardNormal) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	if n.Dim < 1 {
		return nil, fmt.Errorf("%w: a normal of %d columns", fault.ErrConfig, n.Dim)
	}
	return unscaled(n.Dim, s), nil
}

// standard is N(0, t²) in every column. The normals below are made of it.
type standard struct {
	dim    int
	stream string
	t      float64 // the temperature
}

func unscaled(dim int, s *param.Scope) standard { return standard{dim, s.Path() + ".sample", 1} }

func (n standard) Event() graph.Shape  { return graph.Shape{n.dim} }
func (n standard) Support() []Interval { return line(n.dim) }

func (n standard) LogProb(_ *graph.Builder, x, _ graph.Value) graph.Value {
	return graph.Offset(graph.NormalLogDensity(graph.Scale(x, 1/n.t)), -float64(n.dim)*math.Log(n.t))
}

func (n standard) Sample(_ *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	return graph.Scale(graph.Random(key, graph.Normal, n.stream, lanes, n.dim), n.t)
}

// Scaled implements Scaler.
func (n standard) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}

// DiagonalNormal has a learned mean and log-deviation in every column, z = (x − loc)·e^(−log_scale):
//
//	log p(x) = −½ Σ z² − Σ log_scale − (D/2)·log 2π
//
// The parameters are loc [D] and log_scale [D]; both begin at 0 unless given. The log-deviation is held within ±60.
type DiagonalNormal struct {
	Dim      int
	Loc      []float64 // first values of loc; nil: 0
	LogScale []float64 // first values of log_scale; nil: 0
}

// Bind implements Distribution.
func (n DiagonalNormal) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	if n.Dim < 1 {
		return nil, fmt.Errorf("%w: a normal of %d columns", fault.ErrConfig, n.Dim)
	}
	loc, err := start("loc", n.Loc, n.Dim)
	if err != nil {
		return nil, err
	}
	scale, err := start("log_scale", n.LogScale, n.Dim)
	if err != nil {
		return nil, err
	}
	return diagonal{unscaled(n.Dim, s), s.Param("loc", loc, n.Dim), s.Param("log_scale", scale, n.Dim)}, nil
}

// start is the initialiser of a parameter from given first values, or 0.
func start(name string, values []float64, n int) (param.Init, error) {
	if values == nil {
		return param.Constant(0), nil
	}
	if len(values) != n {
		return nil, fmt.Errorf("%w: %d first values of %s for %d columns", fault.ErrShape, len(values), name, n)
	}
	for i, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%w: first value %d of %s is %g", fault.ErrConfig, i, name, x)
		}
	}
	return param.Values(values...), nil
}

type diagonal struct {
	standard
	loc, logScale param.Ref
}

func (n diagonal) scale(b *graph.Builder) graph.Value {
	return graph.Clamp(n.logScale.Value(b), -60, 60)
}

func (n diagonal) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	s := n.scale(b)
	z := graph.Mul(graph.Sub(x, n.loc.Value(b)), graph.Exp(graph.Neg(s)))
	return graph.Sub(n.standard.LogProb(b, z, cond), graph.Sum(s))
}

func (n diagonal) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	z := n.standard.Sample(b, key, lanes, cond)
	return graph.Add(graph.Mul(z, graph.Exp(n.scale(b))), n.loc.Value(b))
}

// Scaled implements Scaler.
func (n diagonal) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
