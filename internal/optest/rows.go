package optest

import (
	"fmt"

	"diffeo/graph"
)

// sourceCases are the sources themselves: inputs, parameters, constants, the number of rows.
func sourceCases() []Case {
	return []Case{
		{
			Name: "sources", In: []Operand{row(3), shared(3), {Shape: graph.Shape{3}, Shared: true, AsInput: true}}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				c := b.Const([]float64{1, -2, 3}, 3)
				return []graph.Value{graph.Mul(graph.Add(in[0], c), graph.Mul(in[1], in[2])), b.RowCount(), c}
			},
		},
		{
			Name: "constants", Why: "there is no float operand",
			Build: func(b *graph.Builder, _ []graph.Value) []graph.Value {
				many := make([]float64, 131)
				for i := range many {
					many[i] = float64(i) / 8
				}
				return []graph.Value{
					b.Const(many, 131), b.Zeros(2, 3), b.Scalar(-0.1), b.ConstBool([]bool{true, false, true}, 3),
					graph.OnRows(b.Const([]float64{1, 2, 3}, 3), 1), graph.Exp(b.Const([]float64{1, 2}, 2)),
				}
			},
		},
	}
}

func rowCases() []Case {
	var cs []Case
	for _, shape := range [][]int{{}, {1}, {5}, {0}, {131}, {2, 3}} {
		for _, o := range []Operand{row(shape...), row(shape...).groups(3)} {
			sum, mean := one(shapeName(graph.OpSumRows, o), o, graph.SumRows).linear(), one(shapeName("meanrows", o), o, graph.MeanRows).linear()
			if o.Shape.Size() == 0 {
				sum, mean = sum.flat(), mean.flat()
			}
			cs = append(cs, sum, mean)
		}
		if len(shape) == 1 && shape[0] == 0 {
			continue
		}
		for _, n := range []int{1, 3} {
			cs = append(cs, one(fmt.Sprintf("onrows %v to %d lanes", shape, n), shared(shape...), func(x graph.Value) graph.Value {
				return graph.OnRows(x, n)
			}).linear())
		}
		for _, n := range []int{2, 3} {
			cs = append(cs,
				one(fmt.Sprintf("spreadrows %v by %d", shape, n), row(shape...), func(x graph.Value) graph.Value {
					return graph.SpreadRows(x, n)
				}).linear(),
				one(fmt.Sprintf("groupsum %v by %d", shape, n), row(shape...).groups(n), func(x graph.Value) graph.Value {
					return graph.GroupSum(x, n)
				}).linear(),
				one(fmt.Sprintf("groupmax %v by %d", shape, n), row(shape...).groups(n), func(x graph.Value) graph.Value {
					return graph.GroupMax(x, n)
				}).linear(),
				one(fmt.Sprintf("grouplogsumexp %v by %d", shape, n), row(shape...).groups(n), func(x graph.Value) graph.Value {
					return graph.GroupLogSumExp(graph.Square(x), n)
				}))
		}
	}
	cs = append(cs,
		one("groups of groups", row(4).groups(6), func(x graph.Value) graph.Value {
			return graph.GroupLogSumExp(graph.Tanh(graph.GroupSum(graph.Square(x), 3)), 2)
		}),
		one("spread twice, then summed once", row(4), func(x graph.Value) graph.Value {
			return graph.GroupSum(graph.Exp(graph.SpreadRows(graph.Tanh(graph.SpreadRows(x, 2)), 3)), 3)
		}),
		two("each lane and its row", row(4).groups(3), row(4), func(x, y graph.Value) graph.Value {
			return graph.GroupSum(graph.Mul(x, graph.SpreadRows(y, 3)), 3)
		}),
		two("lanes, rows and shared at once", row(4).groups(3), shared(4), func(x, w graph.Value) graph.Value {
			return graph.Add(graph.GroupMax(graph.Mul(x, w), 3), graph.OnRows(w, 1))
		}),
		one("centred: a sum of rows feeds rows", row(5), func(x graph.Value) graph.Value {
			return graph.Sub(x, graph.MeanRows(x))
		}).linear(),
		one("standardized: two sums, one after the other", row(5), func(x graph.Value) graph.Value {
			c := graph.Sub(x, graph.MeanRows(x))
			return graph.Div(c, graph.Sqrt(graph.Offset(graph.MeanRows(graph.Square(c)), 0.5)))
		}),
		one("standardized over lanes", row(3).groups(2), func(x graph.Value) graph.Value {
			c := graph.Sub(x, graph.MeanRows(x))
			return graph.GroupSum(graph.Mul(c, graph.MeanRows(graph.Square(c))), 2)
		}),
		one("softmax over rows", row(), func(x graph.Value) graph.Value {
			e := graph.Exp(x)
			return graph.Div(e, graph.SumRows(e))
		}),
		two("a shared result from rows and weights", shared(5), row(5), func(w, x graph.Value) graph.Value {
			return graph.Mul(w, graph.MeanRows(graph.Tanh(graph.Mul(w, x))))
		}),
		one("rows are only spilled", row(3), func(x graph.Value) graph.Value {
			return graph.Add(graph.Tanh(x), graph.SumRows(graph.Sum(x)))
		}),
		Case{
			Name: "rowcount in row code", In: []Operand{row(2)}, Order: 2, Flat: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return []graph.Value{graph.Div(in[0], b.RowCount())}
			},
		},
	)
	return cs
}

func randomCases() []Case {
	var cs []Case
	key := Operand{Shape: graph.Shape{2}, Shared: true, DType: graph.Uint32, Values: []float64{4294967295, 12345}}
	for _, kind := range []graph.RandomKind{graph.Normal, graph.Uniform01, graph.Rademacher} {
		for _, rows := range []int{0, 1, 3} {
			for _, shape := range [][]int{{}, {5}, {131}, {2, 3}, {0}} {
				cs = append(cs, one(fmt.Sprintf("random %s %v, %d lanes", kind, graph.Shape(shape), rows), key, func(k graph.Value) graph.Value {
					return graph.Random(k, kind, "noise", rows, shape...)
				}).never("there is no float operand"))
			}
		}
	}
	reparametrized := func(_ *graph.Builder, in []graph.Value) []graph.Value {
		e := graph.Random(in[0], graph.Normal, "noise", 1, 4)
		f := graph.Random(in[0], graph.Normal, "more noise", 1, 4)
		return []graph.Value{graph.Add(in[1], graph.Mul(graph.Exp(in[2]), graph.Sub(e, f)))}
	}
	return append(cs,
		Case{Name: "random: reparametrized, shared", In: []Operand{key, shared(4), shared(4)}, Build: reparametrized, Order: 2},
		Case{Name: "random: reparametrized, row", In: []Operand{key, row(4), row(4)}, Build: reparametrized, Order: 2},
	)
}
