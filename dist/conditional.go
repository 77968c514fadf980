package dist

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// ConditionalNormal is a normal whose mean and deviations a network computes from the condition c, [loc, raw] = Net(c), scale = Scale(raw),
// z = (x − loc)/scale, on ℝ^D:
//
//	log p(x|c) = −½ Σ z² − Σ log scale − (D/2)·log 2π
//
// The weights are those of the network, under conditioner. Draws are reparametrised in all of them.
type ConditionalNormal struct {
	Dim   int
	Net   nn.Conditioner // nil: nn.MLP{}
	Scale scalar.Scale   // nil: scalar.BoundedExp{}, a factor between 1/1097 and 1097
}

// Bind implements Distribution. Errors: no columns, no condition, a network or a scale that cannot be made.
func (n ConditionalNormal) Bind(s *param.Scope, cond graph.Shape) (Bound, error) {
	if n.Dim < 1 {
		return nil, fmt.Errorf("%w: a normal of %d columns", fault.ErrConfig, n.Dim)
	}
	if cond == nil {
		return nil, fmt.Errorf("%w: a conditional normal without a condition: give the flow a context, or use DiagonalNormal", fault.ErrConfig)
	}
	if n.Net == nil {
		n.Net = nn.MLP{}
	}
	if n.Scale == nil {
		n.Scale = scalar.BoundedExp{}
	}
	if err := n.Scale.Check(); err != nil {
		return nil, fmt.Errorf("conditional normal: %w", err)
	}
	net, err := n.Net.Bind(s.Sub("conditioner"), 0, cond, 2*n.Dim)
	if err != nil {
		return nil, fmt.Errorf("conditioner: %w", err)
	}
	return conditional{unscaled(n.Dim, s), net, n.Scale}, nil
}

type conditional struct {
	standard
	net   nn.Net
	scale scalar.Scale
}

func (n conditional) moments(b *graph.Builder, cond graph.Value) (loc, scale, log graph.Value) {
	theta := n.net.Apply(b, graph.Value{}, cond)
	scale, log = n.scale.Factor(graph.Slice(theta, 0, n.dim, 2*n.dim))
	return graph.Slice(theta, 0, 0, n.dim), scale, log
}

func (n conditional) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	loc, scale, log := n.moments(b, cond)
	z := graph.Div(graph.Sub(x, loc), scale)
	return graph.Sub(n.standard.LogProb(b, z, cond), graph.Sum(log))
}

func (n conditional) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	loc, scale, _ := n.moments(b, cond)
	return graph.Add(graph.Mul(n.standard.Sample(b, key, lanes, cond), scale), loc)
}

// Scaled implements Scaler.
func (n conditional) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}
