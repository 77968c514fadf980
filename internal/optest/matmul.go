package optest

import (
	"fmt"

	"diffeo/graph"
)

func matmulCases() []Case {
	var cs []Case
	sizes := [][3]int{
		{5, 4, 1}, {3, 4, 2}, {1, 1, 1}, {1, 7, 1}, {7, 1, 1}, {17, 13, 5}, {3, 0, 2}, {0, 3, 2}, {2, 3, 0},
	}
	size := func(nkm [3]int) string { return fmt.Sprintf("[%d,%d]·[%d,%d]", nkm[0], nkm[1], nkm[1], nkm[2]) }
	empty := func(c Case, nkm [3]int) Case {
		if nkm[0]*nkm[1]*nkm[2] == 0 {
			return c.flat()
		}
		return c
	}
	for _, nkm := range sizes {
		mixed(2, func(tag string, is []bool) {
			a, b := row(nkm[0], nkm[1]), row(nkm[1], nkm[2])
			a.Shared, b.Shared = is[0], is[1]
			cs = append(cs, empty(two(fmt.Sprintf("matmul %s %s", size(nkm), tag), a, b, graph.MatMul), nkm))
			if !is[0] || !is[1] {
				cs = append(cs, empty(two(fmt.Sprintf("matmulrows %s %s", size(nkm), tag), a, b, graph.MatMulRows), nkm))
			}
		})
	}
	large := func(n, k, m int) { // a layer is wide
		w, x := shared(n, k).between(-0.3, 0.3), row(k, m)
		cs = append(cs, two(fmt.Sprintf("matmul [%d,%d]·[%d,%d] shared, row", n, k, k, m), w, x, graph.MatMul))
		g, y := row(n, m).between(-0.3, 0.3), row(m, k)
		cs = append(cs, two(fmt.Sprintf("matmulrows [%d,%d]·[%d,%d] row, row", n, m, m, k), g, y, graph.MatMulRows))
	}
	large(131, 67, 1)
	large(64, 128, 1)
	large(40, 131, 3)
	turned := func(x graph.Value) graph.Value { return graph.Transpose(x) }
	mixed(2, func(tag string, is []bool) {
		a, b := row(4, 3), row(5, 4)
		a.Shared, b.Shared = is[0], is[1]
		cs = append(cs, two("matmul of transposes "+tag, a, b, func(x, y graph.Value) graph.Value { return graph.MatMul(turned(x), turned(y)) }))
		if !is[0] || !is[1] {
			cs = append(cs, two("matmulrows of transposes "+tag, a, b, func(x, y graph.Value) graph.Value { return graph.MatMulRows(turned(x), turned(y)) }))
		}
		g, h := row(3, 4), row(4, 2)
		g.Shared, h.Shared = is[0], is[1]
		for _, o := range []*Operand{&g, &h} {
			if !o.Shared {
				o.Groups = 3
			}
		}
		cs = append(cs, two("matmul row×3 "+tag, g, h, graph.MatMul))
		if !is[0] || !is[1] {
			cs = append(cs, two("matmulrows row×3 "+tag, g, h, graph.MatMulRows))
		}
	})
	cs = append(cs,
		two("linear [5,7]·[7]", shared(5, 7), row(7), graph.Linear),
		two("linear: slices of weights and of x", shared(8, 9), row(10), func(w, x graph.Value) graph.Value {
			return graph.Linear(graph.Slice(graph.Slice(w, 0, 1, 6), 1, 2, 9), graph.Slice(x, 0, 3, 10))
		}),
		two("linear: permuted x", shared(5, 6), row(6), func(w, x graph.Value) graph.Value {
			return graph.Linear(w, graph.Take(x, 0, []int{5, 3, 1, 0, 2, 4}))
		}),
		two("linear: x and a condition", shared(5, 9), row(9), func(w, x graph.Value) graph.Value {
			return graph.Linear(w, graph.Concat(0, graph.Tanh(graph.Slice(x, 0, 0, 5)), graph.Slice(x, 0, 5, 9)))
		}),
		two("linear: the result is sliced and joined", shared(6, 4), row(4), func(w, x graph.Value) graph.Value {
			y := graph.Linear(w, x)
			return graph.Concat(0, graph.Tanh(graph.Slice(y, 0, 3, 6)), graph.Slice(y, 0, 0, 3))
		}),
		two("quadratic form of a row", row(4, 4), row(4), func(a, x graph.Value) graph.Value {
			return graph.Sum(graph.Mul(x, graph.Linear(a, x)))
		}),
		one("gram matrix", row(3, 5), func(x graph.Value) graph.Value { return graph.MatMul(x, graph.Transpose(x)) }),
		one("second moments over rows", row(5), func(x graph.Value) graph.Value {
			return graph.MatMulRows(graph.Reshape(x, 5, 1), graph.Reshape(x, 1, 5))
		}),
		Case{
			Name: "linear: masked weights", In: []Operand{shared(4, 5), row(5)}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				mask := make([]float64, 20)
				for i := range mask {
					if i%5 <= i/5 {
						mask[i] = 1
					}
				}
				return []graph.Value{graph.Linear(graph.Mul(in[0], b.Const(mask, 4, 5)), in[1])}
			},
		},
		Case{
			Name: "constant weights", In: []Operand{row(2)}, Order: 2, Flat: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return []graph.Value{graph.Linear(b.Const([]float64{1, -2, 0.5, 3, 0, 0}, 3, 2), in[0])}
			},
		},
	)
	return cs
}
