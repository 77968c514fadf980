package vae

import (
	"diffeo/dist"
	"diffeo/graph"
)

var _ dist.Bound = (*joint)(nil)

// terms are log p(x|z) and log q(z|x) − log p(z) at draws of the posterior, lanes for each row.
func (m *joint) terms(b *graph.Builder, x, key graph.Value, lanes int) (decoded, divergence graph.Value) {
	z, logQ := m.posterior.Sample(b, key, lanes, m.encoder.Apply(b, graph.Value{}, x))
	decoded = m.decoder.LogProb(b, graph.SpreadRows(x, lanes), z)
	return decoded, graph.Sub(logQ, m.prior.LogProb(b, z, graph.Value{}))
}

// logWeight is log p(x, z) − log q(z|x).
func (m *joint) logWeight(b *graph.Builder, x, key graph.Value, lanes int) graph.Value {
	decoded, divergence := m.terms(b, x, key, lanes)
	return graph.Sub(decoded, divergence)
}

// Event implements dist.Bound.
func (m *joint) Event() graph.Shape { return m.decoder.Transform.DataShape() }

// Support implements dist.Bound. It is that of the decoder where this has no transform.
func (m *joint) Support() []dist.Interval { return m.decoder.Base.Support() }

// LogProb implements dist.Bound: the bound with one draw.
func (m *joint) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	return m.logWeight(b, x, b.Key(), 1)
}

// Sample implements dist.Bound: draws of z from the prior, and of x from the decoder.
func (m *joint) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	z, _ := m.prior.Sample(b, key, lanes, graph.Value{})
	x, _ := m.decoder.Transform.Forward(b, m.decoder.Base.Sample(b, key, lanes, z), z)
	return x
}
