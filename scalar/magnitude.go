package scalar

import "diffeo/graph"

// Magnitude is s = |raw|, held above 10⁻²⁰ (normflows' radial flow). Its derivative jumps at 0, where the factor is smallest.
type Magnitude struct{}

const leastMagnitude = 1e-20

// Factor implements Scale.
func (Magnitude) Factor(raw graph.Value) (factor, log graph.Value) {
	factor = graph.Abs(raw)
	factor = graph.Max(factor, graph.Offset(graph.ZerosLike(raw), leastMagnitude))
	return factor, graph.Log(factor)
}

// Check implements Scale.
func (Magnitude) Check() error { return nil }

// LogSoftplus is s = log(1 + log(1 + e^raw)), which grows like a logarithm (flowjax's planar flow). At raw = 0 it is 0.53; raw is held
// above −60.
type LogSoftplus struct{}

// Factor implements Scale.
func (LogSoftplus) Factor(raw graph.Value) (factor, log graph.Value) {
	factor = graph.Log1p(graph.Softplus(graph.Max(raw, graph.Offset(graph.ZerosLike(raw), -expLimit))))
	return factor, graph.Log(factor)
}

// Check implements Scale.
func (LogSoftplus) Check() error { return nil }
