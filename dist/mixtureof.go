package dist

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// MixtureOf mixes densities of one shape, of whatever families, p(x) = Σ_k w_k·p_k(x), w = softmax(logits). A point has density where one
// component gives it some; the support is told as the interval that those of all components lie in. Mixture is the faster one for normals of
// diagonal covariance.
//
// The parameters are logits [K] and those of the components, under components.k. A condition is given to all components; the weights do not
// depend on it. A draw is made from every component, and one uniform number chooses among them: it is differentiable as that of the component
// is, and the choice has no derivative, so gradients through samples leave out the logits and what they would change. Gradients of LogProb are complete.
type MixtureOf struct {
	Components []Distribution
	Weights    []float64 // first weights, > 0, relative to each other; nil: equal
}

// Bind implements Distribution. Errors: no components, those of a component, components of different shapes, weights that do not fit.
func (m MixtureOf) Bind(s *param.Scope, cond graph.Shape) (Bound, error) {
	n := len(m.Components)
	if n == 0 {
		return nil, fmt.Errorf("%w: a mixture of no densities", fault.ErrConfig)
	}
	var logits []float64
	for k, w := range m.Weights {
		if !(w > 0) || math.IsInf(w, 1) { // also NaN
			return nil, fmt.Errorf("%w: weight %d of a mixture is %g", fault.ErrConfig, k, w)
		}
		logits = append(logits, math.Log(w))
	}
	first, err := start("logits", logits, n)
	if err != nil {
		return nil, err
	}
	out := mixtureOf{stream: s.Path(), logits: s.Param("logits", first, n)}
	for k, d := range m.Components {
		c, err := bindPart("component", s.At("components", k), k, d, cond)
		if err != nil {
			return nil, err
		}
		if k > 0 && !c.Event().Equal(out.Event()) {
			return nil, fmt.Errorf("%w: draws of component %d have shape %v, those of component 0 %v", fault.ErrShape, k, c.Event(), out.Event())
		}
		out.components = append(out.components, c)
	}
	return out, nil
}

type mixtureOf struct {
	components []Bound
	stream     string
	logits     param.Ref
}

func (m mixtureOf) Event() graph.Shape { return m.components[0].Event() }

func (m mixtureOf) Support() []Interval {
	hull := slices.Clone(m.components[0].Support())
	for _, c := range m.components[1:] {
		for i, in := range c.Support() {
			hull[i] = Interval{math.Min(hull[i].Low, in.Low), math.Max(hull[i].High, in.High)}
		}
	}
	return hull
}

func (m mixtureOf) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	var terms []graph.Value
	for _, c := range m.components {
		terms = append(terms, graph.Reshape(c.LogProb(b, x, cond), 1))
	}
	logits := m.logits.Value(b)
	weights := graph.Sub(logits, graph.LogSumExp(logits, 0))
	return logSum(b, graph.Add(graph.Concat(0, terms...), weights))
}

// logSum is log Σ exp of the terms, none of which is +Inf: −Inf where all are −Inf, with gradients 0.
func logSum(b *graph.Builder, terms graph.Value) graph.Value {
	most := graph.StopGradient(graph.MaxOver(terms, 0))
	some := graph.Greater(most, b.Scalar(math.Inf(-1)))
	most = graph.Select(some, most, b.Scalar(0))
	sum := graph.Select(some, graph.Sum(graph.Exp(graph.Sub(terms, most)), 0), b.Scalar(1))
	return graph.Select(some, graph.Add(most, graph.Log(sum)), b.Scalar(math.Inf(-1)))
}

func (m mixtureOf) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	uniform := graph.Random(key, graph.Uniform01, m.stream+".component", lanes)
	below := graph.CumSum(graph.Softmax(m.logits.Value(b), 0), graph.Cumulation{Axis: 0})
	x := m.components[0].Sample(b, key, lanes, cond)
	for k, c := range m.components[1:] { // the next one is reached where the weights so far add up to no more than the uniform number
		reached := graph.LessEq(graph.Reshape(graph.Slice(below, 0, k, k+1)), uniform)
		x = graph.Select(reached, c.Sample(b, key, lanes, cond), x)
	}
	return x
}

// Scaled implements Scaler: every component is scaled, and keeps its weight.
func (m mixtureOf) Scaled(t float64) (Bound, error) {
	var err error
	m.components, err = scaledParts("component", m.components, t)
	return m, err
}
