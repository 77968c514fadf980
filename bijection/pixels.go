package bijection

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Pixels takes pictures whose values lie between 0 and Levels to numbers about 0, at the data's side of a flow, so that densities, and bits per dimension,
// are those of pixels. With Logit = 0 it centres them (Glow, arXiv 1807.03039),
//
//	u = x/Levels − ½,  log |det ∂u/∂x| = −D·log Levels
//
// and with Logit = α it makes the line of them (RealNVP, arXiv 1605.08803, section 4.1, with 0.05):
//
//	u = logit(α + (1 − 2α)·x/Levels)
//
// which has no place for values beyond −α·Levels/(1 − 2α) and as far above Levels (scalar.SigmoidMap), and whose density is 0.
type Pixels struct {
	Levels int     // values of a pixel; 0: 256
	Logit  float64 // from 0 to below ½
}

// Bind implements Bijection. Errors: a negative number of levels, a Logit outside of 0 … ½.
func (m Pixels) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	if m.Levels == 0 {
		m.Levels = 256
	}
	switch {
	case base.Size() < 1:
		return nil, fmt.Errorf("%w: values of shape %v have no pixels", fault.ErrShape, base)
	case m.Levels < 1:
		return nil, fmt.Errorf("%w: pixels of %d levels", fault.ErrConfig, m.Levels)
	case !(m.Logit >= 0 && m.Logit < 0.5): // also NaN
		return nil, fmt.Errorf("%w: the logit of pixels with α = %g, which must be 0 or more and below ½", fault.ErrConfig, m.Logit)
	}
	p := pixels{base: base, levels: float64(m.Levels)}
	if m.Logit > 0 {
		beyond := m.Logit * p.levels / (1 - 2*m.Logit)
		var err error
		if p.sigmoid, err = (scalar.SigmoidMap{Low: -beyond, High: p.levels + beyond}).Bind(s, base.Size()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

type pixels struct {
	base    graph.Shape
	levels  float64
	sigmoid scalar.Bound // nil: centred
}

func (p pixels) DataShape() graph.Shape { return p.base }

func (p pixels) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	if p.sigmoid != nil {
		return p.through(b, u, p.sigmoid.Forward)
	}
	return graph.Scale(graph.Offset(u, 0.5), p.levels), b.Scalar(float64(p.base.Size()) * math.Log(p.levels))
}

func (p pixels) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	if p.sigmoid != nil {
		return p.through(b, x, p.sigmoid.Inverse)
	}
	return graph.Offset(graph.Scale(x, 1/p.levels), -0.5), b.Scalar(-float64(p.base.Size()) * math.Log(p.levels))
}

func (p pixels) through(b *graph.Builder, v graph.Value, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	w, l := f(b, graph.Flatten(v), graph.Value{})
	return graph.Reshape(w, p.base...), total(l)
}
