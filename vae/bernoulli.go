package vae

import (
	"fmt"
	"math"
	"slices"

	"diffeo/dist"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// Bernoulli is columns of 0 and 1, independent given the condition c, with logits l = Net(c):
//
//	log p(x|c) = Σ (x·l − log(1 + eˡ))
//
// The sum is that of a mass function where every x is 0 or 1; between them it is what is usually minimized for grey values, and bounds nothing. Outside
// of 0 … 1 it is −∞. The weights are those of the network, under conditioner. Draws have no derivative.
type Bernoulli struct {
	Dim int
	Net nn.Conditioner // nil: nn.MLP{}
}

// Bind implements dist.Distribution. Errors: no columns, no condition, a network that cannot be made.
func (d Bernoulli) Bind(s *param.Scope, cond graph.Shape) (dist.Bound, error) {
	if d.Dim < 1 || cond == nil {
		return nil, fmt.Errorf("%w: %d columns of 0 and 1 under a condition of %v columns need one of each at least", fault.ErrConfig, d.Dim, cond)
	}
	if d.Net == nil {
		d.Net = nn.MLP{}
	}
	net, err := d.Net.Bind(s.Sub("conditioner"), 0, cond, d.Dim)
	if err != nil {
		return nil, fmt.Errorf("conditioner: %w", err)
	}
	return bernoulli{d.Dim, net, s.Path() + ".sample"}, nil
}

type bernoulli struct {
	dim    int
	net    nn.Net
	stream string
}

func (d bernoulli) Event() graph.Shape { return graph.Shape{d.dim} }
func (d bernoulli) Support() []dist.Interval {
	return slices.Repeat([]dist.Interval{{Low: 0, High: 1}}, d.dim)
}

func (d bernoulli) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	l := d.net.Apply(b, graph.Value{}, cond)
	outside := graph.Or(graph.Less(x, b.Scalar(0)), graph.Less(b.Scalar(1), x))
	inside := graph.Sub(graph.Mul(graph.Clamp(x, 0, 1), l), graph.Softplus(l))
	return graph.Sum(graph.Select(outside, b.Scalar(math.Inf(-1)), inside))
}

func (d bernoulli) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	u := graph.Random(key, graph.Uniform01, d.stream, lanes, d.dim)
	return graph.ToFloat(graph.Less(u, d.Centre(b, cond)))
}

// Centre are the probabilities of 1.
func (d bernoulli) Centre(b *graph.Builder, cond graph.Value) graph.Value {
	return graph.Sigmoid(d.net.Apply(b, graph.Value{}, cond))
}
