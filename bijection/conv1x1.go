package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Conv1x1 applies one linear map of the channels to every pixel of an image [C,H,W], an invertible 1×1 convolution (Glow, arXiv
// 1807.03039):
//
//	x_·hw = f(u_·hw) for all h, w,  log |det| = H·W·log |det f|
//
// It is one wide matrix product. The map keeps the names of its parameters.
type Conv1x1 struct {
	Map Bijection // of vectors [C]: LULinear, QRLinear, SVDLinear, Triangular, Householder, Rotation or Permute; nil: LULinear{}
}

// Bind implements Bijection. Errors: a shape that is no image, a map that is none of those.
func (m Conv1x1) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	if len(base) != 3 || base.Size() < 1 {
		return nil, fmt.Errorf("%w: a 1×1 convolution maps images [channels, height, width], not values of shape %v", fault.ErrShape, base)
	}
	if m.Map == nil {
		m.Map = LULinear{}
	}
	f, err := m.Map.Bind(s, base[:1], cond)
	if err != nil {
		return nil, fmt.Errorf("1×1 convolution: %w", err)
	}
	columns, ok := f.(columnwise)
	if !ok {
		return nil, fmt.Errorf("%w: a 1×1 convolution needs a linear map or a permutation of the channels, not %T", fault.ErrConfig, m.Map)
	}
	return conv1x1{base, columns}, nil
}

type conv1x1 struct {
	shape graph.Shape
	f     columnwise
}

func (m conv1x1) DataShape() graph.Shape { return m.shape }

func (m conv1x1) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return m.through(b, u, m.f.forwardColumns)
}

func (m conv1x1) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return m.through(b, x, m.f.inverseColumns)
}

func (m conv1x1) through(b *graph.Builder, v graph.Value, f func(*graph.Builder, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	pixels := m.shape[1] * m.shape[2]
	w, logDet = f(b, graph.Reshape(v, m.shape[0], pixels))
	return graph.Reshape(w, m.shape...), graph.Scale(logDet, float64(pixels))
}
