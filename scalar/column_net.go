package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// columnNet is a dense network [x, signal] → ℝ for each column, or one for all: what maps with weights of their own are made of. The signal
// comes from the conditioner; the weights do not.
type columnNet struct {
	d, signal int
	shared    bool
	layers    []columnLayer
}

type columnLayer struct {
	weight, bias param.Ref // [D,out,in] and [D,out], D = 1 for a shared one
	in, out      int
}

// quietNet is the factor on the first values of the last layer of a net that begins near 0.
const quietNet = 0.01

// bindNet declares the layers. First values are uniform within ±1/√in, those of the last layer smaller by the factor last.
func bindNet(s *param.Scope, d, signal int, hidden []int, shared bool, last float64) (columnNet, error) {
	if signal < 1 || signal > 1000 {
		return columnNet{}, fmt.Errorf("%w: a signal of %d numbers; choose 1 … 1000", fault.ErrConfig, signal)
	}
	n := columnNet{d: d, signal: signal, shared: shared}
	copies, in := d, 1+signal
	if shared {
		copies = 1
	}
	for i := range len(hidden) + 1 {
		out, factor := 1, last
		if i < len(hidden) {
			out, factor = hidden[i], 1
		}
		if out < 1 {
			return columnNet{}, fmt.Errorf("%w: hidden layer %d has %d units and needs at least 1", fault.ErrConfig, i, out)
		}
		first := param.Uniform(factor / math.Sqrt(float64(in)))
		layer := s.At("layers", i)
		n.layers = append(n.layers, columnLayer{layer.Param("weight", first, copies, out, in), layer.Param("bias", first, copies, out), in, out})
		in = out
	}
	return n, nil
}

// part is that of column d of a parameter.
func (n columnNet) part(v graph.Value, d int, shape ...int) graph.Value {
	if n.shared {
		d = 0
	}
	return graph.Reshape(graph.Slice(v, 0, d, d+1), shape...)
}

// each calls f for every column with its points [1,N], the layers' weights [out,in] and what the first layer adds, W·signal + bias, and the
// other layers, bias, [out,1]. f gives one row of any length M; the result is
// [M,D].
func (n columnNet) each(b *graph.Builder, x, signal graph.Value, change func(weight graph.Value) graph.Value, f func(x graph.Value, weights, add []graph.Value) graph.Value) graph.Value {
	points := x.Shape()[0]
	columns := make([]graph.Value, n.d)
	for d := range n.d {
		var weights, add []graph.Value
		for i, l := range n.layers {
			w := change(n.part(l.weight.Value(b), d, l.out, l.in))
			a := n.part(l.bias.Value(b), d, l.out, 1)
			if i == 0 {
				own := graph.Slice(signal, 1, d, d+1)
				a = graph.Add(graph.MatMul(graph.Slice(w, 1, 1, l.in), own), a)
				w = graph.Slice(w, 1, 0, 1)
			}
			weights, add = append(weights, w), append(add, a)
		}
		at := graph.Reshape(graph.Slice(x, 1, d, d+1), 1, points)
		y := f(at, weights, add)
		columns[d] = graph.Reshape(y, y.Shape().Size(), 1)
	}
	if n.d == 1 {
		return columns[0]
	}
	return graph.Concat(1, columns...)
}

// elu is x for x > 0 and eˣ − 1 below, with its derivative; the negative branch is bounded before it is exponentiated.
func elu(x graph.Value) (y, slope graph.Value) {
	low := graph.Min(x, graph.ZerosLike(x))
	return graph.Add(graph.ReLU(x), graph.Expm1(low)), graph.Exp(low)
}

// tameSignal bounds what a net reads, so that wild numbers stay numbers.
func tameSignal(x graph.Value) graph.Value { return graph.Clamp(x, -1e4, 1e4) }
