package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/moments"
	"diffeo/param"
	"diffeo/scalar"
)

// ActNorm scales and shifts every column of a vector [D], or every channel of an image [C,H,W], with first values that make each of them have mean 0
// and deviation 1 over the rows, and pixels, of a batch (Glow, arXiv 1807.03039). It is x = e^log_scale·u + shift, or another Form of scalar.Affine,
// with the trained parameters shift and log_scale, [D] or [C].
//
// The start is a pass of its own: a graph built in graph.Start mode (flow.Bound.StartGraph) computes the values of a batch, unbiased deviations
// (of n numbers, divided by n−1), as updates of shift and log_scale, and sets the state started [] to 1. Once that is stored, the pass
// changes nothing any more: neither a second one nor one after loading a model file. Before it the map is the identity.
type ActNorm struct{ Form scalar.Form }

// Bind implements Bijection. Errors: a shape that is neither a vector nor an image, an unknown form.
func (m ActNorm) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	if len(base) != 3 || base.Size() < 1 {
		if _, err := vector("an activation norm", base); err != nil {
			return nil, err
		}
	}
	if m.Form > scalar.CenterData {
		return nil, fmt.Errorf("%w: affine form %d of an activation norm is none of ScaleBase, ScaleData, CenterData", fault.ErrConfig, m.Form)
	}
	d := base[0]
	f, err := scalar.Affine{Scale: scalar.PlainExp{}, Form: m.Form}.Bind(s, d)
	if err != nil {
		return nil, err
	}
	n := actNorm{d: d, form: m.Form, f: f, shift: s.Param("shift", param.Constant(0), d),
		logScale: s.Param("log_scale", param.Constant(0), d), started: s.State("started", param.Constant(0))}
	if len(base) == 3 {
		return channelNorm{base, n}, nil
	}
	return n, nil
}

type actNorm struct {
	d                        int
	form                     scalar.Form
	f                        scalar.Bound
	shift, logScale, started param.Ref
}

func (m actNorm) DataShape() graph.Shape { return graph.Shape{m.d} }

func (m actNorm) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	x, l := m.f.Forward(b, u, m.theta(b, u, true))
	return x, total(l)
}

func (m actNorm) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	u, l := m.f.Inverse(b, x, m.theta(b, x, false))
	return u, total(l)
}

// theta is the parameters of the affine map that v is about to go through.
func (m actNorm) theta(b *graph.Builder, v graph.Value, forward bool) graph.Value {
	shift, log := m.parameters(b, graph.Reshape(v, m.d, 1), forward)
	return graph.Concat(0, graph.Reshape(shift, 1, m.d), graph.Reshape(log, 1, m.d))
}

// parameters are the shift and the log-scale for v [D,N]. In Start mode they are chosen so that v comes out normalised, and stored, unless that has
// happened before.
func (m actNorm) parameters(b *graph.Builder, v graph.Value, forward bool) (shift, log graph.Value) {
	shift, log = m.shift.Value(b), m.logScale.Value(b)
	if b.Starting() {
		started := m.started.Value(b)
		before := graph.Greater(started, b.Scalar(0))
		t, s := m.start(b, v, forward)
		shift, log = graph.Select(before, shift, t), graph.Select(before, log, s)
		b.Update(b.Param(m.shift.Name, m.d), shift)
		b.Update(b.Param(m.logScale.Name, m.d), log)
		b.Update(started, graph.Max(started, b.Scalar(1)))
	}
	return shift, log
}

// start is the shift and the log-scale that normalise v [D,N] over its rows and columns. What is constant, or a batch of one number, is shifted only.
func (m actNorm) start(b *graph.Builder, v graph.Value, forward bool) (shift, log graph.Value) {
	mean, deviation := moments.Of(b, v)
	log = graph.Log(deviation)
	// v is to become (v − mean)/deviation. A form whose scale multiplies v has the inverse deviation as its scale.
	if m.multiplies(forward) {
		log = graph.Neg(log)
	}
	// Its shift is the mean where it is subtracted first, and −mean/deviation where it is added last.
	if m.shiftsLast(forward) {
		return graph.Neg(graph.Div(mean, deviation)), log
	}
	return mean, log
}

// multiplies reports whether a direction multiplies by the scale; else it divides.
func (m actNorm) multiplies(forward bool) bool { return (m.form == scalar.ScaleBase) == forward }

// shiftsLast reports whether a direction adds the shift after scaling; else it subtracts it before.
func (m actNorm) shiftsLast(forward bool) bool { return (m.form == scalar.ScaleData) != forward }
