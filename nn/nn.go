// Package nn holds conditioners: networks that compute the parameters of a transform from what may be known of a row.
package nn

import (
	"diffeo/graph"
	"diffeo/param"
)

// Conditioner describes a network from vectors to vectors, for couplings.
type Conditioner interface {
	// Bind declares the weights of a network from [in] (and a condition, nil if there is none) to [out]. in may be 0:
	// the network then depends on the condition alone.
	Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error)
}

// Masked describes a network in which output column d depends on the inputs that come before column d only.
type Masked interface {
	// BindMasked declares the weights of a network from [len(order)] to [outs, len(order)]. order[d] is the position of
	// column d in the order: the outputs of column d see the columns of lower position, and the condition.
	BindMasked(s *param.Scope, order []int, cond graph.Shape, outs int) (Net, error)
}

// Wired describes a network in which output column d depends on given columns only.
type Wired interface {
	// BindWired declares the weights of a network from [D] to [outs, D], for D = len(sees). sees[d][e] says whether the outputs of column d may
	// depend on column e.
	BindWired(s *param.Scope, sees [][]bool, cond graph.Shape, outs int) (Net, error)
}

// Net is a bound network.
type Net interface {
	Apply(b *graph.Builder, x, cond graph.Value) graph.Value
}
