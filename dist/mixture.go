package dist

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Mixture is a mixture of normals with diagonal covariances, p(x) = Σ_k w_k·N(x; loc_k, e^(2·log_scale_k)), w = softmax(logits), on ℝ^D.
// The log-density is a log-sum-exp around its largest term. The parameters are logits [K], loc [K,D] and log_scale [K,D]; log-scales
// are held within ±60, and a point counts as at most 10¹⁵ deviations away from a component.
//
// A draw chooses its component by one uniform number. It is reparametrised in loc and log_scale given the component; the choice has no
// derivative, so gradients through samples leave out the logits and what they would change. Gradients of LogProb are complete.
type Mixture struct {
	Dim        int
	Components int         // 0: 8
	Loc        [][]float64 // first values, one row a component; nil: standard normal numbers, which tell the components apart
	LogScale   float64     // first value of every log_scale
}

// Bind implements Distribution. Errors: no columns, components or first values that do not fit.
func (m Mixture) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	if m.Components == 0 {
		m.Components = 8
		if m.Loc != nil {
			m.Components = len(m.Loc)
		}
	}
	if m.Dim < 1 || m.Components < 1 {
		return nil, fmt.Errorf("%w: a mixture of %d normals of %d columns", fault.ErrConfig, m.Components, m.Dim)
	}
	if math.IsNaN(m.LogScale) || math.Abs(m.LogScale) > 60 {
		return nil, fmt.Errorf("%w: a first log-scale of %g, outside ±60", fault.ErrConfig, m.LogScale)
	}
	k, d, loc := m.Components, m.Dim, param.Gaussian(1)
	if m.Loc != nil {
		for i, row := range m.Loc {
			if len(row) != d {
				return nil, fmt.Errorf("%w: %d first values of loc %d for %d columns", fault.ErrShape, len(row), i, d)
			}
		}
		var err error
		if loc, err = start("loc", slices.Concat(m.Loc...), k*d); err != nil {
			return nil, err
		}
	}
	return mixture{dim: d, components: k, t: 1, stream: s.Path(), logits: s.Param("logits", param.Constant(0), k), loc: s.Param("loc", loc, k, d),
		logScale: s.Param("log_scale", param.Constant(m.LogScale), k, d)}, nil
}

type mixture struct {
	dim, components       int
	t                     float64 // the temperature, a factor on all deviations
	stream                string
	logits, loc, logScale param.Ref
}

func (m mixture) Event() graph.Shape  { return graph.Shape{m.dim} }
func (m mixture) Support() []Interval { return line(m.dim) }

func (m mixture) scale(b *graph.Builder) graph.Value {
	return graph.Offset(graph.Clamp(m.logScale.Value(b), -60, 60), math.Log(m.t))
}

// Scaled implements Scaler: components keep their centres and weights.
func (m mixture) Scaled(t float64) (Bound, error) {
	m.t *= t
	return m, nil
}

func (m mixture) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	s, logits := m.scale(b), m.logits.Value(b)
	z := graph.Clamp(graph.Mul(graph.Sub(x, m.loc.Value(b)), graph.Exp(graph.Neg(s))), -1e15, 1e15)
	fixed := graph.Sub(graph.Sub(logits, graph.LogSumExp(logits, 0)), graph.Sum(s, 1)) // of each component, the same for all rows
	terms := graph.Add(graph.Scale(graph.Sum(graph.Square(z), 1), -0.5), fixed)
	return graph.Offset(graph.LogSumExp(terms, 0), -0.5*logTwoPi*float64(m.dim))
}

func (m mixture) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	k, one := m.components, graph.Reshape(b.Scalar(1), 1)
	uniform := graph.Random(key, graph.Uniform01, m.stream+".component", lanes)
	below := graph.CumSum(graph.Softmax(m.logits.Value(b), 0), graph.Cumulation{Axis: 0})
	// Component j is reached where the weights before it add up to no more than the uniform number; the last one reached is chosen.
	reached := graph.ToFloat(graph.LessEq(graph.Slice(below, 0, 0, k-1), uniform))
	is := graph.Sub(graph.Concat(0, one, reached), graph.Concat(0, reached, b.Zeros(1)))
	pick := func(table graph.Value) graph.Value {
		return graph.Sum(graph.Mul(graph.Reshape(is, k, 1), table), 0)
	}
	z := graph.Random(key, graph.Normal, m.stream+".sample", lanes, m.dim)
	return graph.Add(pick(m.loc.Value(b)), graph.Mul(z, pick(graph.Exp(m.scale(b)))))
}
