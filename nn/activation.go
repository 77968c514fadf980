package nn

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
)

// activations is the table of names; the name is what a model file stores.
var activations = map[string]func(graph.Value) graph.Value{
	"relu":     graph.ReLU,
	"tanh":     graph.Tanh,
	"sigmoid":  graph.Sigmoid,
	"softplus": graph.Softplus,
	"silu":     func(x graph.Value) graph.Value { return graph.Mul(x, graph.Sigmoid(x)) },
	"elu": func(x graph.Value) graph.Value { // the negative branch is bounded before it is exponentiated
		zero := graph.ZerosLike(x)
		return graph.Add(graph.ReLU(x), graph.Expm1(graph.Min(x, zero)))
	},
}

// Activations lists the names of the activation functions: x ↦ max(x,0), tanh x, 1/(1+e⁻ˣ), log(1+eˣ), x/(1+e⁻ˣ), and x or eˣ−1.
func Activations() []string { return slices.Sorted(maps.Keys(activations)) }

// activation looks a name up; "" is "relu".
func activation(name string) (func(graph.Value) graph.Value, error) {
	if name == "" {
		name = "relu"
	}
	f, ok := activations[name]
	if !ok {
		return nil, fmt.Errorf("%w: there is no activation %q; choose one of %v", fault.ErrConfig, name, Activations())
	}
	return f, nil
}
