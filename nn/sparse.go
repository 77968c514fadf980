package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Sparse is an MLP whose weights are multiplied by given masks: any pattern of dependence, an acyclic graph of columns for one.
// Masks[i][j][k] says whether unit j of layer i sees unit k of the layer before. Names, first values and the condition's
// way are those of MLP.
type Sparse struct {
	Masks      [][][]bool // one matrix [out][in] a layer
	Activation string     // of Activations; "": "relu"
	Context    Context    // how a condition enters
	Dropout    float64    // probability with which a hidden unit is left out in training, below 1; 0: none is
	Norm       string     // of Norms, of hidden layers; "": none
	Start      Start      // the first weights
}

// Bind implements Conditioner. Errors: masks whose sizes do not follow from each other, from in and from out.
func (m Sparse) Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error) {
	c, err := columns(cond)
	if err != nil {
		return nil, err
	}
	p := plan{sizes: []int{in}, context: c, mode: m.Context, activation: m.Activation, dropout: m.Dropout, norm: m.Norm, start: m.Start, shape: []int{out}}
	for i, rows := range m.Masks {
		before := p.sizes[i]
		if len(rows) == 0 {
			return nil, fmt.Errorf("%w: mask %d has no rows", fault.ErrConfig, i)
		}
		mask := make([]float64, 0, len(rows)*before)
		for j, row := range rows {
			if len(row) != before {
				return nil, fmt.Errorf("%w: mask %d, row %d has %d columns for %d units before it", fault.ErrConfig, i, j, len(row), before)
			}
			for _, sees := range row {
				one := 0.0
				if sees {
					one = 1
				}
				mask = append(mask, one)
			}
		}
		p.sizes, p.masks = append(p.sizes, len(rows)), append(p.masks, mask)
	}
	if last := p.sizes[len(p.sizes)-1]; len(m.Masks) == 0 || last != out || out < 1 {
		return nil, fmt.Errorf("%w: %d masks that end with %d units for %d outputs", fault.ErrConfig, len(m.Masks), last, out)
	}
	return p.bind(s)
}
