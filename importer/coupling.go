package importer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/internal/transfer"
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
	negative       bool // the outputs have the other sign with us
	columnMajor    bool // the outputs are all parameters of the first column, then those of the next
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
	if n.batchNorm {
		return fmt.Errorf("%w: %s: batch norm within residual blocks cannot be imported", fault.ErrConfig, n.class)
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
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &f, Net: net}) + "conditioner."
	layer := func(to, from string, in, context, out int) transfer.Linear {
		return transfer.Linear{Ours: scope + to, Weight: n.theirs + from + ".weight", Bias: n.theirs + from + ".bias", In: in, Context: context, Out: out}
	}
	b.linear(layer("layers.0", "initial_layer", len(passed), n.context, n.hidden))
	for i := range n.blocks {
		block := fmt.Sprintf("blocks.%d.", i)
		b.linear(layer(block+"0", block+"linear_layers.0", n.hidden, 0, n.hidden))
		b.linear(layer(block+"1", block+"linear_layers.1", n.hidden, 0, n.hidden))
		if n.context > 0 {
			b.linear(layer(block+"gate", block+"context_layer", n.context, 0, n.hidden))
		}
	}
	last := layer("layers.1", "final_layer", n.hidden, 0, n.outs*mapped)
	if last.Negative = n.negative; n.columnMajor {
		last.Row = transfer.ColumnMajor(mapped, transfer.Ascending(n.outs)...)
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

// spline is the arguments of the splines of nflows and normflows.
type spline struct {
	bins                     int
	tails                    string // "": none
	bound                    float64
	minWidth, minHeight, min float64
}

// layer is the map of one variable, whose raw slopes are not shifted.
func (s spline) layer(class string) (recipe.LayerMap, error) {
	f := recipe.LayerMap{Kind: recipe.SplineMap, Bins: s.bins, Low: -s.bound, High: s.bound, MinWidth: s.minWidth, MinHeight: s.minHeight,
		MinSlope: s.min, Unshifted: true}
	switch s.tails {
	case "linear":
	case "":
		f.Low, f.High, f.Boxed, f.LearnedEnds = 0, 1, true, true
	default:
		return f, fmt.Errorf("%w: %s: the tails %q cannot be imported; \"linear\" and null can", fault.ErrConfig, class, s.tails)
	}
	if err := counted(class, "num_bins", s.bins, 2); err != nil {
		return f, err
	}
	for name, x := range map[string]float64{"tail_bound": s.bound, "min_bin_width": s.minWidth, "min_bin_height": s.minHeight, "min_derivative": s.min} {
		if !(x > 0) {
			return f, fmt.Errorf("%w: %s: %q is %g and must be above 0", fault.ErrConfig, class, name, x)
		}
	}
	return f, nil
}

// params is the number of parameters of a column.
func (s spline) params() int {
	if s.tails == "" {
		return 3*s.bins + 1
	}
	return 3*s.bins - 1
}

// splineAutoregressive adds a masked spline. Its widths and heights are those that the network gives.
func (b *builder) splineAutoregressive(m made, s spline) error {
	f, err := s.layer(m.class)
	if err != nil {
		return err
	}
	m.outs = transfer.Ascending(s.params())
	return b.autoregressive(m, f, false)
}

// splineCoupling adds a coupling of splines, whose widths and heights are divided by the root of the number of hidden units, and before
// it, towards the base, if it is wanted, learned splines of the columns that pass. The network reads these as they are in the data.
func (b *builder) splineCoupling(theirs string, n resnet, s spline, unconditional bool) error {
	f, err := s.layer(n.class)
	if err != nil {
		return err
	}
	if unconditional {
		b.unconditional(theirs, f, s)
	}
	f.BinScale = 1 / math.Sqrt(float64(max(1, n.hidden)))
	n.theirs, n.outs, n.columnMajor = theirs+"transform_net.", s.params(), true
	return b.coupling(theirs, n, f)
}

// unconditional adds the learned splines of the columns that pass.
func (b *builder) unconditional(theirs string, f recipe.LayerMap, s spline) {
	passed, _, ok := b.split(theirs)
	if !ok {
		return
	}
	if len(passed) == 0 {
		b.w.Skip(theirs + "unconditional_transform.")
		return
	}
	theta := b.add(recipe.Layer{Kind: recipe.StaticLayer, Columns: passed, Map: &f}) + "theta"
	row := 0
	for _, part := range []struct {
		name string
		n    int
	}{{"widths", s.bins}, {"heights", s.bins}, {"derivatives", s.params() - 2*s.bins}} {
		name := theirs + "unconditional_transform.unnormalized_" + part.name
		if b.w.Want(name, len(passed), part.n) {
			b.w.Columns(theta, row, name, len(passed), part.n)
		}
		row += part.n
	}
}
