package optest

import (
	"fmt"

	"diffeo/graph"
)

// convCases are convolutions and the gradients of their filters: windows larger than the image, few channels and many, lines that fill no vector.
func convCases() []Case {
	var cs []Case
	filters := func(s ...int) Operand { return shared(s...).between(-0.5, 0.5) }
	for _, c := range []struct{ out, in, h, w, high, wide int }{
		{1, 1, 1, 1, 1, 1}, {2, 3, 4, 5, 1, 1}, {3, 2, 4, 3, 3, 3}, {2, 3, 1, 7, 3, 5}, {4, 1, 2, 2, 5, 5}, {3, 5, 6, 2, 1, 3}, {40, 3, 3, 4, 3, 3}, {2, 37, 3, 2, 3, 3},
	} {
		name := fmt.Sprintf("[%d,%d,%d,%d] on [%d,%d]", c.out, c.in, c.high, c.wide, c.h, c.w)
		w, x, g := filters(c.out, c.in, c.high, c.wide), row(c.in, c.h, c.w), row(c.out, c.h, c.w)
		window := graph.Window{Height: c.high, Width: c.wide}
		rows := func(g, x graph.Value) graph.Value { return graph.ConvRows(g, x, window) }
		cs = append(cs, two("conv "+name, w, x, graph.Conv), two("convrows "+name, g, x, rows))
		if c.out <= 4 && c.in <= 5 {
			perRow, one := w, x
			perRow.Shared, one.Shared = false, true
			cs = append(cs,
				two("conv with filters of the row "+name, perRow, x, graph.Conv),
				two("conv of one image "+name, w, one, graph.Conv),
				two("conv row×3 "+name, w, x.groups(3), graph.Conv),
				two("convrows row×2 "+name, g.groups(2), x.groups(2), rows),
			)
		}
	}
	view := func(x graph.Value) graph.Value { return graph.Transpose(x, 2, 0, 1) }
	return append(cs,
		one("turnfilter", filters(3, 2, 1, 3), graph.Turn).linear(),
		one("turnfilter of the row", row(3, 2, 3, 1), graph.Turn).linear(),
		two("turnfilter of a slice", shared(4, 2, 3, 3), row(3, 2, 2), func(w, x graph.Value) graph.Value {
			return graph.Conv(graph.Turn(graph.Slice(graph.Transpose(w, 1, 0, 3, 2), 1, 0, 3)), graph.Conv(graph.Turn(graph.Slice(w, 0, 1, 4)), x))
		}),
		two("conv of views", shared(3, 2, 3, 5), row(4, 5, 2), func(w, x graph.Value) graph.Value {
			return graph.Conv(graph.Transpose(graph.Slice(w, 3, 1, 4), 2, 1, 0, 3), view(x))
		}),
		two("convrows of views", row(4, 5, 2), row(4, 5, 2), func(g, x graph.Value) graph.Value {
			return graph.ConvRows(view(g), view(x), graph.Window{Height: 3, Width: 1})
		}),
		Case{Name: "conv, a scale and a shift for each channel, turned", In: []Operand{filters(3, 3, 3, 3), shared(2, 3), row(3, 3, 2)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				part := func(i int) graph.Value { return graph.Reshape(graph.Slice(in[1], 0, i, i+1), 3, 1, 1) }
				y := graph.Add(graph.Mul(graph.Conv(in[0], in[2]), part(0)), part(1))
				return []graph.Value{graph.Transpose(y, 1, 2, 0)}
			}},
		Case{Name: "conv, bias and relu", In: []Operand{filters(3, 2, 3, 3), shared(3), row(2, 4, 3), filters(2, 3, 3, 3)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				h := graph.ReLU(graph.Add(graph.Conv(in[0], in[2]), graph.Reshape(in[1], 3, 1, 1)))
				return []graph.Value{graph.Conv(in[3], h)}
			}, Slack: 4, SlackWhy: "second derivatives add up 18 terms of size 1"},
	)
}
