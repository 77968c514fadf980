package optest

import (
	"slices"

	"diffeo/graph"
)

// normalCases are the composite of the normal log-density, of columns side by side, turned round, and beside a constant.
func normalCases() []Case {
	f := func(_ *graph.Builder, in []graph.Value) []graph.Value {
		return []graph.Value{graph.NormalLogDensity(in[0])}
	}
	turned := func(b *graph.Builder, in []graph.Value) []graph.Value {
		return f(b, []graph.Value{graph.Concat(0, graph.Take(in[0], 0, []int{4, 2, 0, 1, 3}), b.Const([]float64{0.5, -3}, 2))})
	}
	every := func(b *graph.Builder, in []graph.Value) []graph.Value {
		return f(b, []graph.Value{graph.Reshape(graph.Slice(in[0], 1, 1, 2), 5)})
	}
	alone := func(b *graph.Builder, in []graph.Value) (out []graph.Value) { // each number a point
		for k := range in[0].Shape()[0] {
			out = append(out, f(b, []graph.Value{graph.Slice(in[0], 0, k, k+1)})...)
		}
		return out
	}
	shared := row(7)
	shared.Shared = true
	xs := slices.Concat(finite, infinite)
	return []Case{
		{Name: "composite: normal log-density", In: []Operand{row(7)}, Build: f, Order: 2},
		{Name: "composite: normal log-density, shared", In: []Operand{shared}, Build: f, Order: 2},
		{Name: "composite: normal log-density, [1]", In: []Operand{row(1)}, Build: f, Order: 2},
		{Name: "composite: normal log-density, groups", In: []Operand{row(3).groups(2)}, Build: f, Order: 2},
		{Name: "composite: normal log-density, turned", In: []Operand{row(5)}, Build: turned, Order: 2},
		{Name: "composite: normal log-density, every other", In: []Operand{row(5, 2)}, Build: every, Order: 2},
		Case{Name: "composite: normal log-density, none", In: []Operand{row(0)}, Build: f, Order: 2}.flat(),
		{Name: "special values: normal log-density", In: []Operand{row(len(xs)).values(xs...)}, Build: alone, Why: atKinks},
	}
}
