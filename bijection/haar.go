package bijection

import (
	"diffeo/graph"
	"diffeo/param"
)

// Haar is the orthonormal Haar wavelet transform of images. Inverse makes of every 2×2 pixels a, b over c, d of a channel of [C,H,W] four channels of one pixel
// of [4C,H/2,W/2], their mean and their differences (FrEIA; Kingma & Dhariwal, arXiv 1807.03039, have a squeeze in its place):
//
//	u_4c = (a+b+c+d)/2,  u_4c+1 = (a−b+c−d)/2,  u_4c+2 = (a+b−c−d)/2,  u_4c+3 = (a−b−c+d)/2,  log |det| = 0
//
// Forward takes images of a multiple of four channels.
type Haar struct{}

// Bind implements Bijection. Errors are those of Squeeze.
func (Haar) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	m, err := Squeeze{}.Bind(s, base, cond)
	if err != nil {
		return nil, err
	}
	return haar{m.(squeeze)}, nil
}

type haar struct{ squeeze }

func (m haar) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return m.squeeze.Forward(b, m.mix(u), cond)
}

func (m haar) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, logDet = m.squeeze.Inverse(b, x, cond)
	return m.mix(u), logDet
}

// mix multiplies groups of four channels by the Haar matrix, which is its own inverse.
func (m haar) mix(v graph.Value) graph.Value {
	groups, pixels := m.base[0]/4, m.base[1]*m.base[2]
	v = graph.Reshape(v, groups, 4, pixels)
	part := func(i int) graph.Value { return graph.Slice(v, 1, i, i+1) }
	sumTop, sumBottom := graph.Add(part(0), part(1)), graph.Add(part(2), part(3))
	top, bottom := graph.Sub(part(0), part(1)), graph.Sub(part(2), part(3))
	mixed := graph.Concat(1, graph.Add(sumTop, sumBottom), graph.Add(top, bottom), graph.Sub(sumTop, sumBottom), graph.Sub(top, bottom))
	return graph.Reshape(graph.Scale(mixed, 0.5), m.base...)
}
