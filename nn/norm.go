package nn

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// What normalises the units of hidden layers, before their activation.
const (
	NoNorm    = "none"  // nothing; the same as ""
	BatchNorm = "batch" // each unit over the rows of a batch
	LayerNorm = "layer" // the units of a row; not in masked networks, whose units see different columns
)

// Norms lists the names of what normalises hidden layers:
//
//	batch  y = g·(h − m)/√(v + 10⁻³) + b with m and v of each unit (arXiv 1502.03167; ε as in the networks of nflows)
//	layer  y = g·(h − m)/√(v + 10⁻⁵) + b with m and v of the units of the row (arXiv 1607.06450)
//
// g [units] begins at 1 and b [units] at 0; they are called weight and bias. With "batch" a graph for training takes m and v from its batch (v divided
// by n−1), is differentiated through them, and moves the running averages running_mean and running_variance [units] towards them by a tenth;
// rows are then not independent of each other, and a network can be written once in such a graph, outside of regions. Every other graph takes the running
// averages, which begin at 0 and 1. Numbers beyond ±10¹² count as ±10¹².
func Norms() []string { return []string{BatchNorm, LayerNorm, NoNorm} }

// momentum is how far running averages move towards those of a batch.
const momentum = 0.1

// norm is a bound one; kind NoNorm changes nothing.
type norm struct {
	kind                         string
	weight, bias, mean, variance param.Ref
}

// bindNorm declares the norm of a layer of units. In a masked network one that mixes units is an error.
func bindNorm(s *param.Scope, kind string, units int, masked bool) (norm, error) {
	switch {
	case kind == "" || kind == NoNorm:
		return norm{kind: NoNorm}, nil
	case kind != BatchNorm && kind != LayerNorm:
		return norm{}, fmt.Errorf("%w: the norm %q is none of %q", fault.ErrConfig, kind, Norms())
	case kind == LayerNorm && masked:
		return norm{}, fmt.Errorf("%w: the norm %q mixes units that may see different columns of a masked network: use %q", fault.ErrConfig, kind, BatchNorm)
	}
	n := norm{kind: kind, weight: s.Param("weight", param.Constant(1), units), bias: s.Param("bias", param.Constant(0), units)}
	if kind == BatchNorm {
		n.mean, n.variance = s.State("running_mean", param.Constant(0), units), s.State("running_variance", param.Constant(1), units)
	}
	return n, nil
}

func (n norm) apply(b *graph.Builder, h graph.Value) graph.Value {
	epsilon := 1e-5
	var mean, variance graph.Value
	switch n.kind {
	case NoNorm:
		return h
	case BatchNorm:
		epsilon = 1e-3
		h = tame(h)
		mean, variance = n.statistics(b, h)
	default:
		h = tame(h)
		share := 1 / float64(h.Shape().Size())
		mean = graph.Scale(graph.Sum(h), share)
		variance = graph.Scale(graph.Sum(graph.Square(graph.Sub(h, mean))), share)
	}
	deviation := graph.Sqrt(graph.Offset(variance, epsilon))
	return graph.Add(graph.Mul(graph.Div(graph.Sub(h, mean), deviation), n.weight.Value(b)), n.bias.Value(b))
}

// statistics are the means and variances of the units of a batch norm.
func (n norm) statistics(b *graph.Builder, h graph.Value) (mean, variance graph.Value) {
	mean, variance = n.mean.Value(b), graph.Clamp(n.variance.Value(b), 0, math.MaxFloat32)
	if !b.Training() {
		return mean, variance
	}
	rows := graph.OnRows(h, 1)
	now := graph.MeanRows(rows)
	count := graph.Scale(b.RowCount(), float64(rows.Type().Rows))
	spread := graph.Div(graph.SumRows(graph.Square(graph.Sub(rows, now))), graph.Max(graph.Offset(count, -1), b.Scalar(1)))
	for _, s := range []struct {
		of        param.Ref
		old, next graph.Value
	}{{n.mean, mean, now}, {n.variance, variance, spread}} {
		b.Update(s.of.Value(b), graph.StopGradient(graph.Add(s.old, graph.Scale(graph.Sub(s.next, s.old), momentum))))
	}
	return now, spread
}
