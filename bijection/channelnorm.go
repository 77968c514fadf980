package bijection

import "diffeo/graph"

// channelNorm is an activation norm of images [C,H,W]: all pixels of a channel share its scale and shift.
type channelNorm struct {
	shape graph.Shape
	norm  actNorm
}

func (m channelNorm) DataShape() graph.Shape { return m.shape }

func (m channelNorm) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return m.through(b, u, true)
}

func (m channelNorm) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return m.through(b, x, false)
}

func (m channelNorm) through(b *graph.Builder, v graph.Value, forward bool) (w, logDet graph.Value) {
	c, pixels := m.shape[0], m.shape[1]*m.shape[2]
	shift, log := m.norm.parameters(b, graph.Reshape(v, c, pixels), forward)
	if !m.norm.multiplies(forward) {
		log = graph.Neg(log)
	}
	shift = graph.Reshape(shift, c, 1, 1)
	scale := graph.Reshape(graph.Exp(log), c, 1, 1)
	if m.norm.shiftsLast(forward) {
		w = graph.Add(graph.Mul(v, scale), shift)
	} else {
		w = graph.Mul(graph.Sub(v, shift), scale)
	}
	return w, graph.Scale(graph.Sum(log), float64(pixels))
}
