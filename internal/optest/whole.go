package optest

import "diffeo/graph"

// wholeCases are small models: many ops of different families together, as flows put them.
func wholeCases() []Case {
	weights := func(n, k int) Operand { return shared(n, k).between(-0.5, 0.5) }
	return []Case{
		{
			Name: "whole: affine coupling and its log-density",
			In:   []Operand{row(5), weights(16, 2), shared(16), weights(6, 16), shared(6)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				x := in[0]
				a, b := graph.Slice(x, 0, 0, 2), graph.Slice(x, 0, 2, 5)
				h := graph.Tanh(graph.Add(graph.Linear(in[1], a), in[2]))
				p := graph.Add(graph.Linear(in[3], h), in[4])
				s, t := graph.Tanh(graph.Slice(p, 0, 0, 3)), graph.Slice(p, 0, 3, 6)
				y := graph.Concat(0, a, graph.Add(graph.Mul(b, graph.Exp(s)), t))
				logp := graph.Add(graph.Scale(graph.Sum(graph.Square(y)), -0.5), graph.Sum(s))
				return []graph.Value{y, logp, graph.MeanRows(logp)}
			},
		},
		{
			Name: "whole: a mixture of normals, three components",
			In:   []Operand{row(4), shared(3), shared(3, 4), shared(3, 4)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				z := graph.Mul(graph.Sub(in[0], in[2]), graph.Exp(graph.Neg(in[3])))
				each := graph.Sub(graph.Scale(graph.Sum(graph.Square(z), 1), -0.5), graph.Sum(in[3], 1))
				return []graph.Value{graph.LogSumExp(graph.Add(each, in[1]), 0)}
			},
		},
		{
			Name: "whole: a bin found by comparing, as in splines",
			In:   []Operand{row(3).between(-0.9, 0.9), row(3, 4)}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				widths := graph.Softmax(in[1], 1)
				right := graph.Offset(graph.Scale(graph.CumSum(widths, graph.Cumulation{Axis: 1}), 2), -1)
				x := graph.Reshape(in[0], 3, 1)
				soft := graph.Sigmoid(graph.Scale(graph.Sub(x, right), 3))
				return []graph.Value{graph.Sum(graph.Mul(widths, soft), 1)}
			},
		},
		{
			Name: "whole: triangular solve of a row's own matrix, unrolled",
			In:   []Operand{row(3, 3), row(3)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				l, y := graph.Tanh(in[0]), in[1]
				at := func(i, j int) graph.Value {
					return graph.Reshape(graph.Slice(graph.Slice(l, 0, i, i+1), 1, j, j+1), 1)
				}
				var x []graph.Value
				for i := range 3 {
					s := graph.Slice(y, 0, i, i+1)
					for j := range x {
						s = graph.Sub(s, graph.Mul(at(i, j), x[j]))
					}
					x = append(x, graph.Div(s, graph.Offset(graph.Exp(at(i, i)), 0.5)))
				}
				return []graph.Value{graph.Concat(0, x...)}
			},
		},
		{
			Name: "whole: a gradient inside the model, as a continuous flow's trace",
			In:   []Operand{row(3), weights(8, 3), weights(3, 8)}, Order: 1,
			Why: "its second derivative is a third one of the network: slow, and shown by the others",
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				f := graph.Linear(in[2], graph.Tanh(graph.Linear(in[1], in[0])))
				var trace graph.Value
				for i := range 3 {
					d := graph.Slice(graph.Gradient(graph.Sum(graph.Slice(f, 0, i, i+1)), in[0])[0], 0, i, i+1)
					if i == 0 {
						trace = d
					} else {
						trace = graph.Add(trace, d)
					}
				}
				return []graph.Value{f, trace}
			},
		},
	}
}
