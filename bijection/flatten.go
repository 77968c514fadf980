package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Flatten makes vectors of images at the data's side of a flow: x is the numbers of u in row-major order, log |det| = 0. Rows of tables, files and calls are
// vectors.
type Flatten struct{}

// Bind implements Bijection. Errors: a shape without numbers.
func (Flatten) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	if base.Size() < 1 {
		return nil, fmt.Errorf("%w: values of shape %v have no numbers to flatten", fault.ErrShape, base)
	}
	return flatten{base}, nil
}

type flatten struct{ base graph.Shape }

func (f flatten) DataShape() graph.Shape { return graph.Shape{f.base.Size()} }

func (f flatten) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return graph.Flatten(u), b.Scalar(0)
}

func (f flatten) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return graph.Reshape(x, f.base...), b.Scalar(0)
}
