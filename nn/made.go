package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// MADE is the masked autoencoder of arXiv 1502.03509: an MLP whose weights are multiplied by masks so that the outputs of a column
// depend on the columns before it in the order. Hidden units are sorted by degree. Names and first values are those of MLP.
// A condition reaches every output, that of the first column too.
type MADE struct {
	Hidden     []int   // units of each hidden layer; nil: 128, 128; empty: none
	Activation string  // of Activations; "": "relu"
	Context    Context // how a condition enters
	Dropout    float64 // probability with which a hidden unit is left out in training, below 1; 0: none is
	Norm       string  // of Norms, of hidden layers; "": none
	Start      Start   // the first weights
	Degrees    [][]int // of the hidden units of each layer, within 0…D; nil: spread evenly, ascending
}

// BindMasked implements Masked.
func (m MADE) BindMasked(s *param.Scope, order []int, cond graph.Shape, outs int) (Net, error) {
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	hidden, err := widths(m.Hidden)
	if err != nil {
		return nil, err
	}
	if err := positions(order); err != nil {
		return nil, err
	}
	if outs < 1 {
		return nil, fmt.Errorf("%w: a network of %d parameters a column", fault.ErrShape, outs)
	}
	d := len(order)
	degrees, err := hiddenDegrees(m.Degrees, hidden, d, c)
	if err != nil {
		return nil, err
	}
	if d == 1 && c == 0 { // nothing to see: the parameters are a bias
		degrees = nil
	}
	units := append([][]int{inputDegrees(order)}, degrees...)
	units = append(units, outputDegrees(order, outs))
	p := plan{sizes: []int{d}, context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start, shape: []int{d, outs}, masked: true}
	for i := 1; i < len(units); i++ {
		p.sizes = append(p.sizes, len(units[i]))
		p.masks = append(p.masks, degreeMask(s, units[i], units[i-1]))
	}
	return p.bind(s)
}
