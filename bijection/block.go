package bijection

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// BlockAutoregressive is a network that is itself a bijection (block neural autoregressive flow, arXiv 1904.04676):
//
//	u = W_L·h_L + b_L,  h_{k+1} = tanh a_k + Slope·a_k,  a_k = W_k·h_k + b_k,  h_0 = x
//
// Every hidden layer has Width units for each column. Blocks of W above the diagonal are 0, elements of blocks on it are Scale(raw) > 0, those below are
// free, so that u_d depends on x_1 … x_d and increases with x_d; each row is divided by its length and multiplied by a learned one, Scale(length)
// (arXiv 1602.07868). With a Slope the image is all of ℝ. log |det ∂u/∂x| = Σ_d log ∂u_d/∂x_d, where the
// derivatives of a column are products of its diagonal blocks and the activations' slopes, all positive.
//
// Forward solves one increasing equation of one unknown for each column, one after the other, by a safeguarded Newton iteration in which only the
// column's own blocks are computed: about the work of one pass for each step. Names: layers.k.weight [out,in], layers.k.length, layers.k.bias [out],
// and layers.0.context [out,C], by which a condition is added to the first layer. First values bend everywhere, and together have a slope around 1 for
// points of order one. Coordinates beyond ±10¹² count as ±10¹².
type BlockAutoregressive struct {
	Width int          // hidden units for each column; 0: 8
	Depth int          // hidden layers; 0: 1
	Slope float64      // of the activation far out, above 0, at most 1; 0: 0.01
	Scale scalar.Scale // nil: scalar.BoundedExp{}. The paper: PlainExp; flowjax: Softplus
	Gated bool         // u = α·N(x) + (1 − α)·x for the network N and α = σ(16·gate), where gate [1] begins where α = 0.03: near the identity
}

// Bind implements Bijection. Errors: a shape that is no vector, a condition that is none, fewer than no units or layers, a Slope or Scale out of
// its domain.
func (m BlockAutoregressive) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("a block autoregressive map", base)
	if err != nil {
		return nil, err
	}
	if len(cond) > 1 || len(cond) == 1 && cond[0] < 1 {
		return nil, fmt.Errorf("%w: a condition of shape %v, but a block autoregressive map reads a vector", fault.ErrShape, cond)
	}
	if m.Width == 0 {
		m.Width = 8
	}
	if m.Depth == 0 {
		m.Depth = 1
	}
	if m.Slope == 0 {
		m.Slope = 0.01
	}
	if m.Scale == nil {
		m.Scale = scalar.BoundedExp{}
	}
	switch {
	case m.Width < 0 || m.Depth < 0:
		return nil, fmt.Errorf("%w: a block autoregressive map of %d hidden layers with %d units for each column", fault.ErrConfig, m.Depth, m.Width)
	case !(m.Slope >= 1e-4 && m.Slope <= 1):
		return nil, fmt.Errorf("%w: the activation's slope is %g and must lie between 1e-4 and 1", fault.ErrConfig, m.Slope)
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("block autoregressive map: %w", err)
	}
	b := blockNet{BlockAutoregressive: m, d: d}
	in, steep := 1, steepness(m.Width)
	for k := range m.Depth + 1 {
		out, bias, length := m.Width, bends(m.Width, steep), math.Log(steep)
		if k > 0 { // what the units of a layer say together goes on as x does
			length += math.Log(firstReach/math.Tanh(steep*firstReach)) - math.Log(float64(in))/2 - math.Log(alike())
		}
		if k == m.Depth {
			out, bias = 1, param.Constant(0)
			length -= math.Log(steep)
		}
		at := s.At("layers", k)
		l := blockLayer{d: d, in: in, out: out, weight: at.Param("weight", blocks(d, in, out), d*out, d*in),
			length: at.Param("length", param.Constant(length), d*out), bias: at.Param("bias", bias, d*out)}
		if k == 0 && len(cond) == 1 {
			l.context = at.Param("context", param.Constant(0), d*out, cond[0])
			l.conditional = true
		}
		b.layers, in = append(b.layers, l), out
	}
	if m.Gated {
		b.gate = s.Param("gate", param.Constant(firstGate/gateSpeed), 1)
	}
	return b, nil
}

// blockLayer is W_k, b_k and what a condition adds.
type blockLayer struct {
	d, in, out     int // units of one column on either side
	weight, length param.Ref
	bias, context  param.Ref
	conditional    bool
}

// mask is 1 on the blocks of W that keep accepts.
func (l blockLayer) mask(b *graph.Builder, keep func(row, column int) bool) graph.Value {
	mask := make([]float64, l.d*l.out*l.d*l.in)
	for i := range l.d * l.out {
		for j := range l.d * l.in {
			if keep(i/l.out, j/l.in) {
				mask[i*l.d*l.in+j] = 1
			}
		}
	}
	return b.Const(mask, l.d*l.out, l.d*l.in)
}

func (l blockLayer) diagonal(b *graph.Builder) graph.Value {
	return l.mask(b, func(i, j int) bool { return i == j })
}

// matrix is W [D·out, D·in].
func (l blockLayer) matrix(b *graph.Builder, scale scalar.Scale) graph.Value {
	raw, own := l.weight.Value(b), l.diagonal(b)
	seen := l.mask(b, func(i, j int) bool { return i >= j })
	positive, _ := scale.Factor(raw)
	length, _ := scale.Factor(l.length.Value(b))
	w := graph.Select(graph.Greater(own, graph.ZerosLike(own)), positive, graph.Mul(raw, seen))
	return graph.Mul(graph.Mul(unit(w), graph.Reshape(length, l.d*l.out, 1)), seen)
}

// shift is b, with what the condition adds.
func (l blockLayer) shift(b *graph.Builder, cond graph.Value) graph.Value {
	v := l.bias.Value(b)
	if l.conditional {
		v = graph.Add(v, graph.Linear(l.context.Value(b), graph.Clamp(cond, -networkReach, networkReach)))
	}
	return v
}

type blockNet struct {
	BlockAutoregressive
	d      int
	layers []blockLayer
	gate   param.Ref
}

// networkReach is the largest magnitude of a number that goes into a network, as in package nn.
const networkReach = 1e12

func (m blockNet) DataShape() graph.Shape { return graph.Shape{m.d} }

// bend is the activation and its slope.
func (m blockNet) bend(a graph.Value) (h, slope graph.Value) {
	t := graph.Tanh(a)
	return graph.Add(t, graph.Scale(a, m.Slope)), graph.Offset(graph.Neg(graph.Square(t)), 1+m.Slope)
}

// mix is α·n + (1 − α)·x, and n without a gate.
func (m blockNet) mix(alpha, n, x graph.Value) graph.Value {
	if !m.Gated {
		return n
	}
	return graph.Add(graph.Mul(alpha, n), graph.Mul(graph.Offset(graph.Neg(alpha), 1), x))
}

// alpha is the gate [1], absent without one.
func (m blockNet) alpha(b *graph.Builder) graph.Value {
	if !m.Gated {
		return graph.Value{}
	}
	return graph.Sigmoid(graph.Clamp(graph.Scale(m.gate.Value(b), gateSpeed), -30, 30))
}

func (m blockNet) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	x = graph.Clamp(x, -networkReach, networkReach)
	// slopes are those of the units of a column with respect to its x, divided by the largest of them, whose logarithm is kept in log: no
	// product of small numbers underflows, and the derivative does not depend on what is divided out.
	h, slopes, log := x, graph.Offset(graph.ZerosLike(x), 1), graph.ZerosLike(x)
	for k, l := range m.layers {
		w := l.matrix(b, m.Scale)
		slopes = graph.Linear(graph.Mul(w, l.diagonal(b)), slopes)
		h = graph.Add(graph.Linear(w, h), l.shift(b, cond))
		if k == m.Depth {
			break
		}
		var bent graph.Value
		h, bent = m.bend(h)
		slopes = graph.Reshape(graph.Mul(slopes, bent), m.d, l.out)
		largest := graph.StopGradient(graph.MaxOver(slopes, 1))
		log = graph.Add(log, graph.Log(largest))
		slopes = graph.Flatten(graph.Div(slopes, graph.Reshape(largest, m.d, 1)))
	}
	log = graph.Add(log, graph.Log(slopes))
	if !m.Gated {
		return h, graph.Sum(log)
	}
	alpha := m.alpha(b)
	passed := graph.Log(graph.Offset(graph.Neg(alpha), 1))
	taken := graph.Add(log, graph.Log(alpha))
	most := graph.StopGradient(graph.Max(taken, passed))
	log = graph.Add(most, graph.Log(graph.Add(graph.Exp(graph.Sub(taken, most)), graph.Exp(graph.Sub(passed, most)))))
	return m.mix(alpha, h, x), graph.Sum(log)
}

func (m blockNet) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	x = m.solve(b, graph.Clamp(u, -reach, reach), cond)
	_, logDet = m.Inverse(b, x, cond)
	return x, graph.Neg(logDet)
}
