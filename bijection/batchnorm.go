package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// BatchNorm gives every column of u the mean and deviation that it has learned (arXiv 1705.07057, section 3.4), with s the scale, and m and v the
// mean and variance of x:
//
//	u = s·(x − m)/√(v+ε) + bias,  log|det ∂u/∂x| = Σ (log s − ½ log(v+ε))
//
// A graph for training takes m and v in Inverse from the batch (v divided by n−1), is differentiated through them, and moves the running
// averages, m_running ← m_running + Momentum·(m − m_running) and v likewise; rows are then not independent of each other. Everything else takes the
// running averages: scoring, and Forward in whichever graph. In one graph for training Inverse can be written once. A start graph takes both from its
// batch, and stores them in the running averages unless they have begun.
//
// The parameters are bias [D] and log_scale [D], held within ±60, or with another Scale raw_scale [D]; gradients do not train
// running_mean [D], which begins at 0, running_variance [D], which begins at 1, and started. A fresh one is the identity to ε/2.
type BatchNorm struct {
	Scale    scalar.Scale // nil: scalar.PlainExp{}
	Momentum float64      // within 0 … 1; 0: 0.1
	Epsilon  float64      // ε > 0; 0: 10⁻⁵
}

// Bind implements Bijection. Errors: a base that is no vector, fields out of their domains.
func (m BatchNorm) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a batch norm", base)
	if err != nil {
		return nil, err
	}
	if m.Momentum == 0 {
		m.Momentum = 0.1
	}
	if m.Epsilon == 0 {
		m.Epsilon = 1e-5
	}
	if !(m.Momentum > 0 && m.Momentum <= 1) { // also NaN
		return nil, fmt.Errorf("%w: a momentum of %g of a batch norm, outside 0 … 1", fault.ErrConfig, m.Momentum)
	}
	if !(m.Epsilon >= 1e-20 && m.Epsilon <= 1e20) {
		return nil, fmt.Errorf("%w: ε of a batch norm is %g and must lie within 10⁻²⁰ … 10²⁰", fault.ErrConfig, m.Epsilon)
	}
	name := "raw_scale"
	if m.Scale == nil {
		name, m.Scale = "log_scale", scalar.PlainExp{}
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("batch norm: %w", err)
	}
	return batchNorm{BatchNorm: m, d: d, raw: s.Param(name, param.Constant(0), d), bias: s.Param("bias", param.Constant(0), d),
		mean: s.State("running_mean", param.Constant(0), d), variance: s.State("running_variance", param.Constant(1), d),
		started: s.State("started", param.Constant(0))}, nil
}

type batchNorm struct {
	BatchNorm
	d                                  int
	raw, bias, mean, variance, started param.Ref
}

func (m batchNorm) DataShape() graph.Shape { return graph.Shape{m.d} }

func (m batchNorm) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	mean, variance := m.statistics(b, x)
	factor, log := m.factor(b, variance)
	return graph.Add(graph.Mul(graph.Sub(x, mean), factor), m.bias.Value(b)), total(log)
}

func (m batchNorm) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	factor, log := m.factor(b, m.variance.Value(b))
	return graph.Add(graph.Div(graph.Sub(u, m.bias.Value(b)), factor), m.mean.Value(b)), graph.Neg(total(log))
}

// factor is s/√(v+ε) and its logarithm.
func (m batchNorm) factor(b *graph.Builder, variance graph.Value) (factor, log graph.Value) {
	s, log := m.Scale.Factor(m.raw.Value(b))
	variance = graph.Offset(graph.Max(variance, b.Zeros(m.d)), m.Epsilon)
	return graph.Div(s, graph.Sqrt(variance)), graph.Sub(log, graph.Scale(graph.Log(variance), 0.5))
}

// statistics are the mean and variance that x is normalised by.
func (m batchNorm) statistics(b *graph.Builder, x graph.Value) (mean, variance graph.Value) {
	mean, variance = m.mean.Value(b), m.variance.Value(b)
	if !b.Training() && !b.Starting() {
		return mean, variance
	}
	rows := graph.OnRows(x, 1)
	now := graph.MeanRows(rows)
	count := graph.Scale(b.RowCount(), float64(rows.Type().Rows))
	spread := graph.Div(graph.SumRows(graph.Square(graph.Sub(rows, now))), graph.Max(graph.Offset(count, -1), b.Scalar(1)))
	store := func(mean, variance graph.Value) {
		b.Update(m.mean.Value(b), graph.StopGradient(mean))
		b.Update(m.variance.Value(b), graph.StopGradient(variance))
		b.Update(m.started.Value(b), b.Scalar(1))
	}
	if b.Starting() {
		before := graph.Greater(m.started.Value(b), b.Scalar(0))
		mean, variance = graph.Select(before, mean, now), graph.Select(before, variance, spread)
		store(mean, variance)
		return mean, variance
	}
	move := func(old, next graph.Value) graph.Value {
		return graph.Add(old, graph.Scale(graph.Sub(next, old), m.Momentum))
	}
	store(move(mean, now), move(variance, spread))
	return now, spread
}
