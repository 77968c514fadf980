package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Squeeze trades channels for pixels (RealNVP, arXiv 1605.08803, section 3.6): Inverse makes of every 2×2 pixels of an image [C,H,W] four channels
// of one pixel of [4C,H/2,W/2],
//
//	u_{4c+2p+q},i,j = x_c,2i+p,2j+q,  log |det| = 0
//
// It moves no data. Forward takes images of a multiple of four channels.
type Squeeze struct{}

// Bind implements Bijection. Errors: a shape that is no image, channels that are no multiple of four.
func (Squeeze) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	if err := image("a squeeze", base); err != nil {
		return nil, err
	}
	if base[0]%4 != 0 {
		return nil, fmt.Errorf("%w: a squeeze makes 2×2 pixels of four channels, and %d channels are no multiple of four", fault.ErrShape, base[0])
	}
	return squeeze{base}, nil
}

// squeezed is the shape of an image after Inverse; ok is false where its sides are odd.
func squeezed(shape graph.Shape) (s graph.Shape, ok bool) {
	return graph.Shape{4 * shape[0], shape[1] / 2, shape[2] / 2}, shape[1]%2 == 0 && shape[2]%2 == 0
}

type squeeze struct{ base graph.Shape }

func (s squeeze) DataShape() graph.Shape {
	return graph.Shape{s.base[0] / 4, 2 * s.base[1], 2 * s.base[2]}
}

func (s squeeze) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	parts := graph.Reshape(u, s.base[0]/4, 2, 2, s.base[1], s.base[2]) // c, p, q, i, j
	return graph.Reshape(graph.Transpose(parts, 0, 3, 1, 4, 2), s.DataShape()...), b.Scalar(0)
}

func (s squeeze) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	parts := graph.Reshape(x, s.base[0]/4, s.base[1], 2, s.base[2], 2) // c, i, p, j, q
	return graph.Reshape(graph.Transpose(parts, 0, 2, 4, 1, 3), s.base...), b.Scalar(0)
}
