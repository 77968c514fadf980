package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"diffeo/fault"
	"diffeo/nn"
)

// LayerNet is a network that computes the parameters of a map. In an autoregressive layer it is a masked one. A field that its kind does
// not have is refused.
type LayerNet struct {
	Kind       string     `json:"kind"`                 // one of the kinds below
	Hidden     []int      `json:"hidden,omitempty"`     // units of each hidden layer; none: no hidden layers; of ResidualNet: one number
	Blocks     int        `json:"blocks,omitempty"`     // of ResidualNet; at least 1
	Activation string     `json:"activation,omitempty"` // of nn.Activations; "": "relu"
	Context    string     `json:"context,omitempty"`    // how a condition enters: "every" (or ""), "first", "activated" or "gated", see nn.Context
	Degrees    [][]int    `json:"degrees,omitempty"`    // of masked networks: of the units of each hidden layer (of ResidualNet: of all of them); none: spread
	Norm       string     `json:"norm,omitempty"`       // of nn.Norms; "": "none"
	Nets       []LayerNet `json:"nets,omitempty"`       // of ParallelNet; of PeriodicNet one

	Columns []int     `json:"columns,omitempty"` // of PeriodicNet, and the next: the inputs that are angles
	Periods []float64 `json:"periods,omitempty"` //
	Mixed   bool      `json:"mixed,omitempty"`   //
}

// The kinds of LayerNet.
const (
	PlainNet    = "plain"    // nn.MLP or nn.MADE
	ResidualNet = "residual" // nn.Residual or nn.ResidualMADE
	ParallelNet = "parallel" // nn.Parallel, of couplings only
	PeriodicNet = "periodic" // nn.Periodic, of couplings only
)

// contexts is the table of names of the ways of a condition into a network.
var contexts = map[string]nn.Context{"": nn.EveryLayer, "every": nn.EveryLayer, "first": nn.FirstLayer, "activated": nn.Activated, "gated": nn.Gated}

// context checks the fields, and is the way of the condition.
func (n *LayerNet) context() (nn.Context, error) {
	c, ok := contexts[n.Context]
	switch {
	case !ok:
		return c, fmt.Errorf("%w: net: the context %.40q is none of %q", fault.ErrConfig, n.Context, slices.Sorted(maps.Keys(contexts)))
	case n.Kind == ResidualNet && (len(n.Hidden) != 1 || n.Hidden[0] < 1 || n.Blocks < 1 || len(n.Degrees) > 1):
		return c, fmt.Errorf("%w: net: a residual one has one width and some blocks, not %v and %d", fault.ErrConfig, n.Hidden, n.Blocks)
	case !slices.Contains([]string{PlainNet, ResidualNet, ParallelNet, PeriodicNet}, n.Kind):
		return c, fmt.Errorf("%w: net: the kind %.40q is none of %q, %q, %q, %q", fault.ErrConfig, n.Kind, PlainNet, ResidualNet, ParallelNet, PeriodicNet)
	case n.Kind != ResidualNet && n.Blocks != 0, n.Kind != ParallelNet && n.Kind != PeriodicNet && n.Nets != nil,
		n.Kind != PeriodicNet && (n.Columns != nil || n.Periods != nil || n.Mixed):
		return c, fmt.Errorf("%w: net: one of the kind %q has a field of another kind", fault.ErrConfig, n.Kind)
	}
	return c, nil
}

// hidden is never nil, which would be the networks' default.
func (n *LayerNet) hidden() []int { return append([]int{}, n.Hidden...) }

func (n *LayerNet) conditioner() (nn.Conditioner, error) {
	if n == nil {
		return nil, fmt.Errorf("%w: net: it is missing", fault.ErrConfig)
	}
	c, err := n.context()
	if err != nil {
		return nil, err
	}
	if n.Degrees != nil {
		return nil, fmt.Errorf("%w: net: degrees are for masked networks", fault.ErrConfig)
	}
	switch n.Kind {
	case PlainNet:
		return nn.MLP{Hidden: n.hidden(), Activation: n.Activation, Context: c, Norm: n.Norm}, nil
	case ResidualNet:
		return nn.Residual{Hidden: n.Hidden[0], Blocks: n.Blocks, Activation: n.Activation, Context: c, Norm: n.Norm}, nil
	}
	return n.composed()
}

// composed is a network that is made of others.
func (n *LayerNet) composed() (nn.Conditioner, error) {
	if !reflect.DeepEqual(*n, LayerNet{Kind: n.Kind, Nets: n.Nets, Columns: n.Columns, Periods: n.Periods, Mixed: n.Mixed}) {
		return nil, fmt.Errorf("%w: net: one of the kind %q has a field of another kind", fault.ErrConfig, n.Kind)
	}
	var nets []nn.Conditioner
	for i := range n.Nets {
		if k := n.Nets[i].Kind; k == ParallelNet || k == PeriodicNet {
			return nil, fmt.Errorf("%w: net: one of the kind %q inside another", fault.ErrConfig, k)
		}
		inner, err := n.Nets[i].conditioner()
		if err != nil {
			return nil, err
		}
		nets = append(nets, inner)
	}
	if n.Kind == ParallelNet {
		return nn.Parallel{Nets: nets}, nil
	}
	if len(nets) != 1 {
		return nil, fmt.Errorf("%w: net: %d networks in one of the kind %q, which has one", fault.ErrConfig, len(nets), n.Kind)
	}
	return nn.Periodic{Net: nets[0], Columns: n.Columns, Periods: n.Periods, Mixed: n.Mixed}, nil
}

func (n *LayerNet) masked() (nn.Masked, error) {
	if n == nil {
		return nil, fmt.Errorf("%w: net: it is missing", fault.ErrConfig)
	}
	c, err := n.context()
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case PlainNet:
		return nn.MADE{Hidden: n.hidden(), Activation: n.Activation, Context: c, Norm: n.Norm, Degrees: n.Degrees}, nil
	case ResidualNet:
		m := nn.ResidualMADE{Hidden: n.Hidden[0], Blocks: n.Blocks, Activation: n.Activation, Context: c, Norm: n.Norm}
		if len(n.Degrees) == 1 {
			m.Degrees = n.Degrees[0]
		}
		return m, nil
	}
	return nil, fmt.Errorf("%w: net: the kind %.40q is none of the masked ones, %q and %q", fault.ErrConfig, n.Kind, PlainNet, ResidualNet)
}

// weights is about the number of weights of the network.
func (n *LayerNet) weights(in, context, out float64) float64 {
	if n.Kind == ParallelNet || n.Kind == PeriodicNet {
		total := 2 * in
		for i := range n.Nets {
			total += n.Nets[i].weights(2*in, context, out)
		}
		return total
	}
	total, width := 0.0, in
	for _, h := range n.Hidden {
		total += 200 + (width+context+1)*positive(h)
		width = positive(h)
	}
	if n.Norm != "" {
		total += 800*positive(len(n.Hidden)+n.Blocks) + 8*width*positive(n.Blocks)
		for _, h := range n.Hidden {
			total += 4 * positive(h)
		}
	}
	total += positive(n.Blocks) * (400 + width*(2*width+context+2))
	return total + (width+context+1)*out
}
