package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/moments"
	"diffeo/param"
)

// ActNorm normalises hidden channels of convolutional networks by their first batch.
const ActNorm = "act"

// ImageNorms lists the names of what normalises hidden channels of convolutional networks:
//
//	act    y = e^log_scale·h + shift; a graph in Start mode (flow.Bound.StartGraph) gives each channel the mean 0 and the deviation 1 over the pixels and rows
//	       of a batch, once, as bijection.ActNorm does (Glow, arXiv 1807.03039); until then it changes nothing
//	layer  y = g·(h − m)/√(v + 10⁻⁵) + b with m and v of the channels of a pixel (arXiv 1607.06450)
//
// log_scale and shift [channels] begin at 0, g at 1 and b at 0; the last two are called weight and bias. Numbers beyond ±10¹² count as ±10¹². There is
// no batch norm: rows of a network are independent of each other.
func ImageNorms() []string { return []string{ActNorm, LayerNorm, NoNorm} }

// convNorm is a bound one for h [C,H,W]; kind NoNorm changes nothing.
type convNorm struct {
	kind                 string
	scale, bias, started param.Ref
}

func bindConvNorm(s *param.Scope, kind string, channels int) (convNorm, error) {
	switch kind {
	case "", NoNorm:
		return convNorm{kind: NoNorm}, nil
	case ActNorm:
		zero := param.Constant(0)
		return convNorm{kind, s.Param("log_scale", zero, channels), s.Param("shift", zero, channels), s.State("started", zero)}, nil
	case LayerNorm:
		return convNorm{kind: kind, scale: s.Param("weight", param.Constant(1), channels), bias: s.Param("bias", param.Constant(0), channels)}, nil
	}
	return convNorm{}, fmt.Errorf("%w: the norm %q is none of %q", fault.ErrConfig, kind, ImageNorms())
}

func (n convNorm) apply(b *graph.Builder, h graph.Value) graph.Value {
	if n.kind == NoNorm {
		return h
	}
	h = tame(h)
	scale, bias := n.scale.Value(b), n.bias.Value(b)
	if n.kind == ActNorm {
		scale, bias = n.first(b, h, scale, bias)
		scale = graph.Exp(graph.Clamp(scale, -steepest, steepest))
	} else {
		share := 1 / float64(h.Shape()[0])
		h = graph.Sub(h, graph.Scale(graph.Sum(h, 0), share))
		h = graph.Div(h, graph.Sqrt(graph.Offset(graph.Scale(graph.Sum(graph.Square(h), 0), share), 1e-5)))
	}
	pixel := graph.Shape{h.Shape()[0], 1, 1}
	return graph.Add(graph.Mul(h, graph.Reshape(scale, pixel...)), graph.Reshape(bias, pixel...))
}

// first is the log-scale and the shift of an activation norm of h. In Start mode they are chosen by the batch, and stored, unless that has happened before.
func (n convNorm) first(b *graph.Builder, h, log, shift graph.Value) (graph.Value, graph.Value) {
	if !b.Starting() {
		return log, shift
	}
	c, pixels := h.Shape()[0], h.Shape()[1]*h.Shape()[2]
	started := n.started.Value(b)
	before := graph.Greater(started, b.Scalar(0))
	mean, deviation := moments.Of(b, graph.Reshape(h, c, pixels))
	newLog, newShift := graph.Select(before, log, graph.Neg(graph.Log(deviation))), graph.Select(before, shift, graph.Neg(graph.Div(mean, deviation)))
	b.Update(log, newLog)
	b.Update(shift, newShift)
	b.Update(started, graph.Max(started, b.Scalar(1)))
	return newLog, newShift
}
