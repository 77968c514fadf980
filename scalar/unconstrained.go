package scalar

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Rule is a quadrature rule.
type Rule uint8

// The rules of UnconstrainedMonotonic.
const (
	ClenshawCurtis Rule = iota // as in the paper; n nodes, both ends among them
	GaussLegendre              // as in zuko
)

// UnconstrainedMonotonic is the integral of a network that is positive, on the data's side (Wehenkel and Louppe, arXiv 1908.05164):
//
//	u = c + ∫₀ˣ g(v) dv,  du/dx = g(x),  g(v) = exp(h/(1 + |h/7|)),  h = net(v, signal)
//
// with g between e⁻⁷ and e⁷ (zuko; the paper's is ELU + 1). theta is [signal, c], Signal + 1 numbers. Each column has a network of its own; weights
// layers.….weight [D,out,in] and biases begin at random, the last ones small, so that g is near 1.
//
// The integral is by quadrature with Nodes nodes on 0 … x, and its derivative is taken for g: with respect to x exactly, with respect to
// signal and weights by the same rule. The quadrature's error is therefore the difference between du/dx and the reported slope. For tanh
// units, weights as at the start and |x| ≤ 5 it is below 10⁻⁷ with 32 nodes of either rule, and falls exponentially with more; for ELU it is
// 10⁻⁶ to 10⁻⁴ and falls like a power of Nodes, because of the kinks. Beyond ±Reach lines go on.
//
// Forward solves for x numerically, to the rounding of u divided by the slope.
type UnconstrainedMonotonic struct {
	Signal int   // numbers a column; 0: 16
	Hidden []int // units of the hidden layers; nil: 32, 32
	Shared bool  // one network for all columns
	ELU    bool  // units of zuko; otherwise tanh

	Nodes int // of the quadrature, 2 … 1000; 0: 32
	Rule  Rule
	Reach float64 // 0: 20
}

// Bind implements Map. Errors: a signal or layer without numbers, too few or too many nodes, an unknown rule, a reach that is not positive.
func (m UnconstrainedMonotonic) Bind(s *param.Scope, d int) (Bound, error) {
	if m.Nodes == 0 {
		m.Nodes = 32
	}
	switch {
	case m.Nodes < 2 || m.Nodes > 1000:
		return nil, fmt.Errorf("%w: quadrature with %d nodes; choose 2 … 1000", fault.ErrConfig, m.Nodes)
	case m.Rule > GaussLegendre:
		return nil, fmt.Errorf("%w: rule %d is neither ClenshawCurtis nor GaussLegendre", fault.ErrConfig, m.Rule)
	}
	n, err := bindOwn(s, d, &m.Signal, &m.Reach, m.Hidden, m.Shared, quietNet)
	if err != nil {
		return nil, fmt.Errorf("unconstrained monotonic network: %w", err)
	}
	f := unconstrained{UnconstrainedMonotonic: m, net: n}
	f.nodes, f.weights = clenshawCurtis(m.Nodes)
	if m.Rule == GaussLegendre {
		f.nodes, f.weights = gaussLegendre(m.Nodes)
	}
	return f, nil
}

type unconstrained struct {
	UnconstrainedMonotonic
	net            columnNet
	nodes, weights []float64
}

func (m unconstrained) Params() int      { return m.Signal + 1 }
func (unconstrained) Domain() Interval   { return Line }
func (unconstrained) Codomain() Interval { return Line }

// logIntegrand is log g at points x [N,D].
func (m unconstrained) logIntegrand(b *graph.Builder, x, signal graph.Value) graph.Value {
	act := graph.Tanh
	if m.ELU {
		act = func(x graph.Value) graph.Value { y, _ := elu(x); return y }
	}
	same := func(w graph.Value) graph.Value { return w }
	h := m.net.each(b, x, signal, same, func(x graph.Value, weights, add []graph.Value) graph.Value {
		for i, w := range weights {
			if x = graph.Add(graph.MatMul(w, x), add[i]); i < len(weights)-1 {
				x = act(x)
			}
		}
		return x
	})
	return graph.Div(h, graph.Offset(graph.Scale(graph.Abs(h), 1./7), 1))
}

// integral is that of g from 0 to x [D], with the derivative of the integral and not of the rule, and log g(x). x is the last point of
// the rule's pass.
func (m unconstrained) integral(b *graph.Builder, x, signal graph.Value) (u, logSlope graph.Value) {
	n, d := m.Nodes, m.net.d
	rule := func(in []graph.Value) []graph.Value { // in: x of the rule, x of the slope, signal
		nodes := graph.Mul(graph.Reshape(in[0], 1, d), b.Const(m.nodes, n, 1))
		logs := m.logIntegrand(b, graph.Concat(0, nodes, graph.Reshape(in[1], 1, d)), in[2])
		g := graph.Exp(graph.Slice(logs, 0, 0, n))
		return []graph.Value{graph.Mul(in[0], graph.Sum(graph.Mul(g, b.Const(m.weights, n, 1)), 0)), row(logs, n)}
	}
	out := graph.Custom("integral", []graph.Value{x, x, signal}, rule, func(c graph.CustomCall) (in, captured []graph.Value) {
		in, captured = make([]graph.Value, 3), make([]graph.Value, len(c.Captured))
		in[0] = graph.Mul(c.Grad[0], graph.Exp(c.Out[1]))
		wrt, to := c.Needed(1, in, captured)
		if len(wrt) > 0 {
			for i, g := range graph.VJP(rule(c.In), c.Grad, wrt) {
				*to[i] = g
			}
		}
		return in, captured
	})
	return out[0], out[1]
}

func (m unconstrained) curve(b *graph.Builder, theta graph.Value) lined {
	f := func(x graph.Value, args []graph.Value) (u, logSlope graph.Value) { return m.integral(b, x, args[0]) }
	return lines(f, -m.Reach, m.Reach, tameSignal(graph.Slice(theta, 0, 0, m.Signal)))
}

func (m unconstrained) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	u, logDet = m.curve(b, theta).rise(b, x)
	return graph.Add(u, row(theta, m.Signal)), logDet
}

func (m unconstrained) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return m.curve(b, theta).solve(b, graph.Sub(u, row(theta, m.Signal)))
}
