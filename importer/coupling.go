package importer

import (
	"fmt"

	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/recipe"
)

// resnet describes the ResidualNet that nflows and normflows share, which computes the parameters of couplings.
type resnet struct {
	class          string // for messages
	theirs         string // where it is, with a dot behind
	hidden, blocks int
	context        int
	outs           int // parameters of a column
	activation     activation
	batchNorm      bool
	negative       bool            // the outputs have the other sign with us
	columnMajor    bool            // the outputs are all parameters of the first column, then those of the next
	factors        []float64       // on the outputs of parameter p of every column; nil: 1
	row            func(i int) int // which of their outputs is ours, instead; they have rows a column
	rows           int
	periodic       *recipe.LayerNet // what shows the network angles; nil: nothing
}

// coupling adds a coupling of the columns that the file says.
func (b *builder) coupling(theirs string, n resnet, f recipe.LayerMap) error {
	if err := b.given(n.class, n.context); err != nil {
		return err
	}
	if err := sized(n.class, "hidden_features", n.hidden, 1); err != nil {
		return err
	}
	if err := counted(n.class, "num_blocks", n.blocks, 1); err != nil {
		return err
	}
	passed, mapped, ok := b.split(theirs)
	switch {
	case !ok:
		return nil
	case mapped == 0: // nothing is left to map; the network has no outputs
		b.w.Skip(n.theirs)
		return nil
	}
	if n.activation == "" {
		n.activation = "relu"
	}
	net := &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{n.hidden}, Blocks: n.blocks, Activation: string(n.activation)}
	if n.context > 0 {
		net.Context = "gated"
	}
	if n.batchNorm {
		net.Norm = nn.BatchNorm
	}
	if n.periodic != nil {
		outer := *n.periodic
		outer.Nets, net = []recipe.LayerNet{*net}, &outer
	}
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &f, Net: net}) + "conditioner."
	if n.periodic != nil {
		b.periodic(scope, n)
	}
	layer := func(to, from string, in, context, out int) transfer.Linear {
		return transfer.Linear{Ours: scope + to, Weight: n.theirs + from + ".weight", Bias: n.theirs + from + ".bias", In: in, Context: context, Out: out}
	}
	b.linear(layer("layers.0", "initial_layer", len(passed), n.context, n.hidden))
	for i := range n.blocks {
		block := fmt.Sprintf("blocks.%d.", i)
		b.linear(layer(block+"0", block+"linear_layers.0", n.hidden, 0, n.hidden))
		b.linear(layer(block+"1", block+"linear_layers.1", n.hidden, 0, n.hidden))
		if n.batchNorm {
			b.blockNorms(scope+block, n.theirs+block, transfer.Ascending(n.hidden))
		}
		if n.context > 0 {
			b.linear(layer(block+"gate", block+"context_layer", n.context, 0, n.hidden))
		}
	}
	last := layer("layers.1", "final_layer", n.hidden, 0, n.outs*mapped)
	if last.Negative = n.negative; n.columnMajor {
		last.Row = transfer.ColumnMajor(mapped, transfer.Ascending(n.outs)...)
	}
	if n.factors != nil {
		last.Factor = func(i int) float64 { return n.factors[i/mapped] }
	}
	if n.row != nil {
		last.Row, last.Rows = n.row, n.rows*mapped
	}
	b.linear(last)
	return nil
}

// split is the columns that pass and the number of those that are mapped; both are listed in the file, ascending.
func (b *builder) split(theirs string) (passed []int, mapped int, ok bool) {
	is := [2]string{theirs + "identity_features", theirs + "transform_features"}
	at := make([]int, b.dim)
	for i, name := range is {
		shape, there := b.w.Shape(name)
		if !there || len(shape) != 1 {
			b.w.Want(name, b.dim/2) // reports it
			return nil, 0, false
		}
		list := b.integers(name, 0, b.dim-1, shape...)
		if list == nil {
			return nil, 0, false
		}
		for k, d := range list {
			if at[d]++; at[d] > 1 || k > 0 && list[k-1] > d {
				b.w.Problem("parameter %q %v: columns do not ascend, or occur twice", name, list)
				return nil, 0, false
			}
		}
		if i == 0 {
			passed = list
		}
		mapped = len(list)
	}
	if len(passed)+mapped != b.dim {
		b.w.Problem("parameters %q and %q have %d columns together, not %d", is[0], is[1], len(passed)+mapped, b.dim)
		return nil, 0, false
	}
	return passed, mapped, true
}
