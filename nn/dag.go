package nn

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// DAG is an MLP in which the outputs of a column depend on given columns only, say its parents in a graph of causes (masked networks of
// zuko; arXiv 2306.05415). Each hidden unit stands for one of the sets of columns that some output may see: it sees those columns, and the units
// before it whose sets are part of its own, and an output sees the units whose sets are part of the columns that it may see. Units are dealt evenly over
// the sets and sorted by them. Names and first values are those of MLP. A condition reaches every output.
//
// As a Masked network it sees all columns before the own one in the order, like MADE.
type DAG struct {
	Hidden     []int   // units of each hidden layer, at least one for each set; nil: 128, 128; empty: none
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
	Dropout    float64 // probability with which a hidden unit is left out in training, below 1; 0: none is
	Norm       string  // of Norms, of hidden layers; "": none
	Start      Start   // the first weights
}

// BindMasked implements Masked.
func (m DAG) BindMasked(s *param.Scope, order []int, cond graph.Shape, outs int) (Net, error) {
	if err := positions(order); err != nil {
		return nil, err
	}
	sees := make([][]bool, len(order))
	for d := range sees {
		sees[d] = make([]bool, len(order))
		for e := range order {
			sees[d][e] = order[e] < order[d]
		}
	}
	return m.BindWired(s, sees, cond, outs)
}

// BindWired implements Wired.
func (m DAG) BindWired(s *param.Scope, sees [][]bool, cond graph.Shape, outs int) (Net, error) {
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	hidden, err := widths(m.Hidden)
	if err != nil {
		return nil, err
	}
	d := len(sees)
	if d == 0 || outs < 1 {
		return nil, fmt.Errorf("%w: a network of %d parameters for each of %d columns", fault.ErrShape, outs, d)
	}
	for i, row := range sees {
		if len(row) != d {
			return nil, fmt.Errorf("%w: row %d of what columns see has %d columns of %d", fault.ErrShape, i, len(row), d)
		}
	}
	sets := distinct(sees, c > 0)
	if len(sets) == 0 { // nothing to see: the parameters are a bias
		hidden = nil
	}
	units := make([][]bool, d) // of the layer before; inputs stand for themselves
	for e := range units {
		units[e] = make([]bool, d)
		units[e][e] = true
	}
	p := plan{sizes: []int{d}, context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start, shape: []int{d, outs}, masked: true}
	layer := func(next [][]bool) {
		p.sizes, p.masks = append(p.sizes, len(next)), append(p.masks, subsetMask(next, units))
		units = next
	}
	for i, n := range hidden {
		if n < len(sets) {
			return nil, fmt.Errorf("%w: hidden layer %d has %d units for the %d different sets of columns that outputs see: give at least as many", fault.ErrConfig, i, n, len(sets))
		}
		next := make([][]bool, n)
		for j := range next {
			next[j] = sets[j*len(sets)/n]
		}
		layer(next)
	}
	var outputs [][]bool
	for _, row := range sees {
		for range outs {
			outputs = append(outputs, row)
		}
	}
	layer(outputs)
	return p.bind(s)
}

// distinct lists the different rows, smaller sets first; the empty one only where it is of use.
func distinct(rows [][]bool, empty bool) [][]bool {
	var sets [][]bool
	for _, row := range rows {
		known := slices.ContainsFunc(sets, func(s []bool) bool { return slices.Equal(s, row) })
		if !known && (empty || count(row) > 0) {
			sets = append(sets, row)
		}
	}
	slices.SortStableFunc(sets, func(a, b []bool) int { return count(a) - count(b) })
	return sets
}

func count(set []bool) int {
	n := 0
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// subsetMask is the out×in mask of units whose sets are given: 1 where the earlier unit's is a part of the later one's.
func subsetMask(out, in [][]bool) []float64 {
	mask := make([]float64, len(out)*len(in))
	for i, to := range out {
		for j, from := range in {
			part := 1.0
			for e := range from {
				if from[e] && !to[e] {
					part = 0
				}
			}
			mask[i*len(in)+j] = part
		}
	}
	return mask
}
