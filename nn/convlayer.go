package nn

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// convLayer is y = e^(3·gain)·(W ∗ x + b + V·c), without the gain where it has none.
type convLayer struct {
	weight, bias, context, gain param.Ref
	out                         int
	hasContext, hasGain         bool
}

// convPlan is what a layer is made of: channels in and out, height and width of the filters, columns of the condition.
type convPlan struct{ in, out, window, context int }

// bind declares a layer whose first values are those of dense layers, with the numbers that a filter reads as inputs.
func (p convPlan) bind(s *param.Scope) convLayer {
	bound := p.bound()
	return p.declare(s, param.Uniform(bound), param.Uniform(bound))
}

// bindLast declares the last layer of a network: it begins with small numbers, or with zeros and a gain, and its bias with 0.
func (p convPlan) bindLast(s *param.Scope, zeros bool) convLayer {
	if !zeros {
		return p.declare(s, param.Uniform(quiet*p.bound()), param.Constant(0))
	}
	l := p.declare(s, param.Constant(0), param.Constant(0))
	l.hasGain, l.gain = true, s.Param("gain", param.Constant(0), p.out)
	return l
}

func (p convPlan) bound() float64 { return 1 / math.Sqrt(float64(p.in*p.window*p.window+p.context)) }

func (p convPlan) declare(s *param.Scope, weight, bias param.Init) convLayer {
	l := convLayer{out: p.out, hasContext: p.context > 0, weight: s.Param("weight", weight, p.out, p.in, p.window, p.window), bias: s.Param("bias", bias, p.out)}
	if l.hasContext {
		l.context = s.Param("context", weight, p.out, p.context)
	}
	return l
}

// gainRate is the factor in the exponent of a gain (Glow's code).
const gainRate = 3

// steepest is the largest magnitude of an exponent: e^±60 is far inside float32.
const steepest = 60

func (l convLayer) apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	y := graph.Add(graph.Conv(l.weight.Value(b), x), graph.Reshape(l.bias.Value(b), l.out, 1, 1))
	if l.hasContext {
		y = graph.Add(y, graph.Reshape(graph.Linear(l.context.Value(b), cond), l.out, 1, 1))
	}
	if l.hasGain {
		gain := graph.Exp(graph.Clamp(graph.Scale(l.gain.Value(b), gainRate), -steepest, steepest))
		y = graph.Mul(y, graph.Reshape(gain, l.out, 1, 1))
	}
	return y
}
