package importer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/recipe"
)

// made describes the masked network that nflows and normflows share, from the authors of arXiv 1906.04032.
type made struct {
	class          string // for messages
	theirs         string // where it is, with a dot behind
	hidden, blocks int
	context        int
	outs           []int // which of their outputs of a column is our parameter p
	plain          bool  // layers one after the other, not residual blocks
	batchNorm      bool  // of the input of each block
	activation     activation
	gated          bool // normflows: the condition enters as it is and gates the blocks; nflows: it enters activated, and adds to them
}

// check reports sizes that no network has, and what cannot be imported.
func (b *builder) check(m made) error {
	if err := b.given(m.class, m.context); err != nil {
		return err
	}
	if err := sized(m.class, "hidden_features", m.hidden, 1); err != nil {
		return err
	}
	if err := counted(m.class, "num_blocks", m.blocks, 1); err != nil {
		return err
	}
	switch {
	case b.dim == 1 && m.context == 0:
		return fmt.Errorf("%w: %s: of one feature without context it is a constant, which cannot be imported", fault.ErrConfig, m.class)
	case m.gated && m.plain && m.context > 0:
		return fmt.Errorf("%w: %s: normflows has no networks without residual blocks that read a context", fault.ErrConfig, m.class)
	}
	return nil
}

// autoregressive adds an autoregressive layer whose parameters the network computes.
func (b *builder) autoregressive(m made, f recipe.LayerMap, inverted bool) error {
	if err := b.check(m); err != nil {
		return err
	}
	if m.activation == "" {
		m.activation = "relu"
	}
	net := &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{m.hidden}, Blocks: m.blocks, Activation: string(m.activation)}
	scope := b.add(recipe.Layer{Kind: recipe.AutoregressiveLayer, Inverted: inverted, Map: &f, Net: net}) + "conditioner."
	layer := &b.layers[len(b.layers)-1]
	first := b.integers(m.theirs+"initial_layer.degrees", 0, b.dim, m.hidden)
	last := b.integers(m.theirs+"final_layer.degrees", 1, b.dim, b.dim*len(m.outs))
	if first == nil || last == nil {
		return nil
	}
	// Column d has the degree of its outputs: position + 1. nflows' columns are in their order, normflows may permute them.
	inputs := make([]int, b.dim)
	for d := range inputs {
		inputs[d] = last[d*len(m.outs)]
		layer.Order = append(layer.Order, inputs[d]-1)
	}
	if m.plain {
		b.plainMADE(m, scope, net, inputs, first)
	} else {
		b.residualMADE(m, scope, net, inputs, first)
	}
	return nil
}

// outputDegrees are those of the units that each output sees at most: a position, one below the degree of its column.
func outputDegrees(inputs []int, outs int) []int {
	out := make([]int, 0, len(inputs)*outs)
	for _, m := range inputs {
		for range outs {
			out = append(out, m-1)
		}
	}
	return out
}

func (b *builder) residualMADE(m made, scope string, net *recipe.LayerNet, inputs, degrees []int) {
	d, h, n := b.dim, m.hidden, m.context
	order, sorted := byDegree(degrees)
	net.Degrees = [][]int{sorted}
	if m.batchNorm {
		net.Norm = nn.BatchNorm
	}
	take := func(to, from string, in, out int, row, column func(int) int) {
		b.linear(transfer.Linear{Ours: scope + to, Weight: m.theirs + from + ".weight", Bias: m.theirs + from + ".bias", In: in, Out: out, Row: row, Column: column})
	}
	// into adds a layer that reads the condition to one that reads something else.
	into := func(to, from string) {
		weight, bias := m.theirs+from+".weight", m.theirs+from+".bias"
		if b.w.Want(weight, h, n) && b.w.Want(bias, h) {
			b.w.Take(scope+to+".context", 0, weight, 1, h*n, func(i int) int { return order[i/n]*n + i%n })
			b.w.Take(scope+to+".bias", 0, bias, 1, h, at(order))
		}
	}
	take("layers.0", "initial_layer", d, h, at(order), nil)
	b.masked(m.theirs+"initial_layer.mask", degrees, inputs, 0)
	if n > 0 && m.gated {
		net.Context = "gated"
		into("layers.0", "context_layer")
	} else if n > 0 {
		net.Context = "activated"
		take("entry", "context_layer", n, h, at(order), nil)
	}
	for i := range m.blocks {
		block := fmt.Sprintf("blocks.%d.", i)
		for k := range 2 {
			theirs := fmt.Sprintf("%slinear_layers.%d", block, k)
			take(fmt.Sprint(block, k), theirs, h, h, at(order), at(order))
			b.masked(m.theirs+theirs+".mask", degrees, degrees, 0)
			b.sameDegrees(m.theirs+theirs+".degrees", degrees)
		}
		if m.batchNorm {
			b.blockNorms(scope+block, m.theirs+block, order)
		}
		if n > 0 && m.gated {
			take(block+"gate", block+"context_layer", n, h, at(order), nil)
		} else if n > 0 {
			into(block+"0", block+"context_layer")
		}
	}
	take("layers.1", "final_layer", h, d*len(m.outs), transfer.Swapped(m.outs...), at(order))
	b.masked(m.theirs+"final_layer.mask", outputDegrees(inputs, len(m.outs)), degrees, 0)
}

// sameDegrees checks the degrees of a layer of a residual block.
func (b *builder) sameDegrees(theirs string, want []int) {
	got := b.integers(theirs, 0, b.dim, len(want))
	for i := range got {
		if got[i] != want[i] {
			b.w.Problem("parameter %q is not that of a residual block: unit %d has degree %d, before the block %d", theirs, i, got[i], want[i])
			return
		}
	}
}

// plainMADE is layers one after the other. Batch norm of a layer's input is folded into it.
func (b *builder) plainMADE(m made, scope string, net *recipe.LayerNet, inputs, first []int) {
	d, h, n := b.dim, m.hidden, m.context
	net.Kind, net.Blocks, net.Hidden = recipe.PlainNet, 0, nil
	below, column, degrees := inputs, func(i int) int { return i }, first
	for i := range m.blocks + 1 {
		theirs := m.theirs + "initial_layer."
		if i > 0 {
			theirs = fmt.Sprintf("%sblocks.%d.linear.", m.theirs, i-1)
			if degrees = b.integers(theirs+"degrees", 0, d, h); degrees == nil {
				return
			}
		}
		order, sorted := byDegree(degrees)
		net.Hidden, net.Degrees = append(net.Hidden, h), append(net.Degrees, sorted)
		l := transfer.Linear{Ours: fmt.Sprint(scope, "layers.", i), Weight: theirs + "weight", Bias: theirs + "bias", In: len(below), Out: h, Row: at(order), Column: column}
		b.masked(theirs+"mask", degrees, below, 0)
		if m.batchNorm && i > 0 {
			b.normedLinear(l, fmt.Sprintf("%sblocks.%d.batch_norm.", m.theirs, i-1), func(i, k int) bool { return degrees[i] >= below[k] })
		} else {
			b.linear(l)
		}
		below, column = degrees, at(order)
	}
	if n > 0 {
		net.Context = "activated"
		order, _ := byDegree(first)
		b.linear(transfer.Linear{Ours: scope + "entry", Weight: m.theirs + "context_layer.weight", Bias: m.theirs + "context_layer.bias", In: n, Out: h, Row: at(order)})
	}
	b.linear(transfer.Linear{Ours: fmt.Sprint(scope, "layers.", m.blocks+1), Weight: m.theirs + "final_layer.weight", Bias: m.theirs + "final_layer.bias",
		In: h, Out: d * len(m.outs), Row: transfer.Swapped(m.outs...), Column: column})
	b.masked(m.theirs+"final_layer.mask", outputDegrees(inputs, len(m.outs)), below, 0)
}

// normedLinear sets the weights of a layer whose input goes through batch norm first, as it is after training: W·(g·h + s) + b is
// (W·diag g)·h + (W·s + b). sees tells which of their weights the mask lets through.
func (b *builder) normedLinear(l transfer.Linear, theirs string, sees func(i, k int) bool) {
	const eps = 1e-3
	g, s, ok := b.batchNorm(theirs, l.In, eps)
	weight, there := b.w.Values(l.Weight, l.Out, l.In)
	bias, also := b.w.Values(l.Bias, l.Out)
	if !ok || !there || !also {
		return
	}
	w, c := make([]float64, l.Out*l.In), make([]float64, l.Out)
	for i := range l.Out {
		row := l.Row(i)
		c[i] = bias[row]
		for k := range l.In {
			column := l.Column(k)
			w[i*l.In+k] = weight[row*l.In+column] * g[column]
			if sees(row, column) {
				c[i] += weight[row*l.In+column] * s[column]
			}
		}
	}
	b.w.Set(l.Ours+".weight", w)
	b.w.Set(l.Ours+".bias", c)
}

// blockNorms takes the batch norms of a residual block, whose units are in another order with us.
func (b *builder) blockNorms(ours, theirs string, order []int) {
	for k := range 2 {
		from, to := fmt.Sprintf("%sbatch_norm_layers.%d.", theirs, k), fmt.Sprintf("%snorms.%d.", ours, k)
		for _, name := range [][2]string{{"weight", "weight"}, {"bias", "bias"}, {"running_mean", "running_mean"}, {"running_variance", "running_var"}} {
			if b.w.Want(from+name[1], len(order)) {
				b.w.Take(to+name[0], 0, from+name[1], 1, len(order), at(order))
			}
		}
		b.w.Skip(from + "num_batches_tracked")
	}
}

// batchNorm is the factor and the shift of a torch.nn.BatchNorm1d in evaluation: (x − mean)/√(var + eps)·weight + bias.
func (b *builder) batchNorm(theirs string, n int, eps float64) (factor, shift []float64, ok bool) {
	var v [4][]float64
	ok = true
	for i, name := range []string{"weight", "bias", "running_mean", "running_var"} {
		var there bool
		v[i], there = b.w.Values(theirs+name, n)
		ok = ok && there
	}
	b.w.Skip(theirs + "num_batches_tracked")
	if !ok {
		return nil, nil, false
	}
	factor, shift = make([]float64, n), make([]float64, n)
	for i := range n {
		factor[i] = v[0][i] / math.Sqrt(v[3][i]+eps)
		shift[i] = v[1][i] - v[2][i]*factor[i]
	}
	return factor, shift, true
}
