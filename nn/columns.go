package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Columnwise is a network that also computes many shared inputs at once: those that are the columns of a matrix.
type Columnwise interface {
	Net
	// ApplyColumns computes each column of x [in,n] as Apply does, to [out,n].
	ApplyColumns(b *graph.Builder, x graph.Value) graph.Value
}

// BindColumns declares the weights of a network from [in] to [out] without a condition, for use with a matrix too. Errors: those of Bind, Dropout and
// Norm, which are for rows.
func (m MLP) BindColumns(s *param.Scope, in, out int) (Columnwise, error) {
	if m.Dropout != 0 || m.Norm != "" && m.Norm != NoNorm {
		return nil, fmt.Errorf("%w: a network of shared inputs with dropout or a norm, which are for rows", fault.ErrConfig)
	}
	net, err := m.Bind(s, in, nil, out)
	if err != nil {
		return nil, err
	}
	return columnwise{net.(*stack)}, nil
}

type columnwise struct{ *stack }

func (n columnwise) ApplyColumns(b *graph.Builder, x graph.Value) graph.Value {
	h := tame(x)
	for i, l := range n.layers {
		y := graph.Reshape(l.bias.Value(b), l.bias.Shape[0], 1)
		if l.hasWeight {
			y = graph.Add(graph.MatMul(l.weight.Value(b), h), y)
		}
		if h = y; i < len(n.layers)-1 {
			h = n.act(h)
		}
	}
	return h
}
