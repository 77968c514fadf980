package scalar

import (
	"fmt"

	"diffeo/graph"
	"diffeo/param"
)

// MonotonicMLP is a network that increases in x, on the data's side (after Huang et al., arXiv 1804.00779, as in zuko):
//
//	u = net(x, signal) with the magnitudes of all weights,  h = σᵢ·ELU(σᵢ·(|W|·h + b)),  σᵢ = 1 in the first half of a layer, −1 in the second
//
// and a term 10⁻²⁰·x, which keeps the slope above 0. theta is the signal. Each column has a network of its own; weights layers.….weight [D,out,in]
// and biases begin at random, so 0 is not the identity. Beyond ±Reach lines go on: the network is nearly one there.
//
// Forward solves for x numerically, to the rounding of u divided by the slope.
type MonotonicMLP struct {
	Signal int   // numbers a column; 0: 16
	Hidden []int // units of the hidden layers; nil: 32, 32
	Shared bool  // one network for all columns

	Reach float64 // 0: 20
}

// Bind implements Map. Errors: a signal or layer without numbers, a reach that is not positive.
func (m MonotonicMLP) Bind(s *param.Scope, d int) (Bound, error) {
	n, err := bindOwn(s, d, &m.Signal, &m.Reach, m.Hidden, m.Shared, 1)
	if err != nil {
		return nil, fmt.Errorf("monotonic network: %w", err)
	}
	return monotonicMLP{m, n}, nil
}

// bindOwn fills in the defaults of a map with a network of its own.
func bindOwn(s *param.Scope, d int, signal *int, reach *float64, hidden []int, shared bool, last float64) (columnNet, error) {
	if *signal == 0 {
		*signal = 16
	}
	if *reach == 0 {
		*reach = 20
	}
	if hidden == nil {
		hidden = []int{32, 32}
	}
	if err := within("the reach", *reach, 0, 1e6); err != nil {
		return columnNet{}, err
	}
	return bindNet(s, d, *signal, hidden, shared, last)
}

type monotonicMLP struct {
	MonotonicMLP
	net columnNet
}

func (m monotonicMLP) Params() int      { return m.Signal }
func (monotonicMLP) Domain() Interval   { return Line }
func (monotonicMLP) Codomain() Interval { return Line }

// curve carries the network's values and slopes side by side, as two columns of one product.
func (m monotonicMLP) curve(b *graph.Builder, theta graph.Value) lined {
	f := func(x graph.Value, args []graph.Value) (u, logSlope graph.Value) {
		d := x.Shape()[0]
		least := graph.Scale(graph.Reshape(x, 1, d), leastSlope)
		both := m.net.each(b, graph.Reshape(x, 1, d), args[0], graph.Abs, func(x graph.Value, weights, add []graph.Value) graph.Value {
			h, slope := x, graph.Offset(graph.ZerosLike(x), 1)
			for i, w := range weights {
				y := graph.MatMul(w, graph.Concat(1, h, slope))
				h, slope = graph.Add(graph.Slice(y, 1, 0, 1), add[i]), graph.Slice(y, 1, 1, 2)
				if i < len(weights)-1 {
					sign := b.Const(twoWays(w.Shape()[0]), w.Shape()[0], 1)
					v, rate := elu(graph.Mul(h, sign))
					h, slope = graph.Mul(v, sign), graph.Mul(slope, rate)
				}
			}
			return graph.Concat(1, h, slope)
		})
		u = graph.Add(graph.Slice(both, 0, 0, 1), least)
		return graph.Reshape(u, d), graph.Log(graph.Offset(row(both, 1), leastSlope))
	}
	return lines(f, -m.Reach, m.Reach, tameSignal(theta))
}

// leastSlope is too small to be seen in u, and keeps a saturated network increasing.
const leastSlope = 1e-20

// twoWays is 1 for the first half of n units, rounded up, and −1 for the others.
func twoWays(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
		if i >= (n+1)/2 {
			out[i] = -1
		}
	}
	return out
}

func (m monotonicMLP) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	return m.curve(b, theta).rise(b, x)
}

func (m monotonicMLP) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return m.curve(b, theta).solve(b, u)
}
