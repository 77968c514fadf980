package optest

import (
	"fmt"

	"diffeo/graph"
)

// binaryRow is an elementwise op of two operands.
type binaryRow struct {
	op   graph.Op
	f    func(x, y graph.Value) graph.Value
	x, y Operand // only intervals and grids are read
	flat int
}

func arithmeticTable() []binaryRow {
	any, positive := Operand{}, Operand{}.between(0.5, 2)
	away := func(phase float64) Operand { return Operand{}.grid(0.25, phase) } // never equal
	return []binaryRow{
		{graph.OpAdd, graph.Add, any, any, 2},
		{graph.OpSub, graph.Sub, any, any, 2},
		{graph.OpMul, graph.Mul, any, any, 0},
		{graph.OpDiv, graph.Div, any, positive, 0},
		{graph.OpMax, graph.Max, away(0), away(0.5), 2},
		{graph.OpMin, graph.Min, away(0), away(0.5), 2},
		{graph.OpPow, graph.Pow, positive, any, 0},
	}
}

func compareTable() []binaryRow {
	coarse := Operand{}.grid(0.5, 0) // often equal
	return []binaryRow{
		{graph.OpLess, graph.Less, coarse, coarse, 0},
		{graph.OpLessEq, graph.LessEq, coarse, coarse, 0},
		{graph.OpEqual, graph.Equal, coarse, coarse, 0},
		{graph.OpGreater, graph.Greater, coarse, coarse, 0},
		{graph.OpAnd, graph.And, Operand{}.bools(), Operand{}.bools(), 0},
		{graph.OpOr, graph.Or, Operand{}.bools(), Operand{}.bools(), 0},
	}
}

// broadcasts are pairs of shapes that broadcast.
var broadcasts = [][2]graph.Shape{
	{{5}, {}}, {{}, {5}}, {{5}, {1}}, {{3, 4}, {4}}, {{4}, {3, 4}}, {{3, 4}, {3, 1}}, {{3, 1}, {1, 4}}, {{1, 1}, {2, 3, 2}}, {{0}, {1}},
}

func binaryCases() []Case {
	var cs []Case
	add := func(b binaryRow, order int, name string, s, t graph.Shape, is []bool) {
		x, y := b.x, b.y
		x.Shape, y.Shape, x.Shared, y.Shared = s, t, is[0], is[1]
		c := two(fmt.Sprintf("%s %s", b.op, name), x, y, b.f)
		if c.Flat = b.flat; s.Size() == 0 {
			c.Flat = 1
		}
		if order == 0 {
			c = c.never("gives truth values")
		}
		cs = append(cs, c)
	}
	for _, t := range []struct {
		order int
		rows  []binaryRow
	}{{0, compareTable()}, {2, arithmeticTable()}} {
		for _, b := range t.rows {
			order := t.order
			mixed(2, func(tag string, is []bool) {
				add(b, order, fmt.Sprintf("[7], [7] %s", tag), graph.Shape{7}, graph.Shape{7}, is)
				add(b, order, fmt.Sprintf("[3,1], [1,4] %s", tag), graph.Shape{3, 1}, graph.Shape{1, 4}, is)
			})
			add(b, order, "[131], [131] row, row", graph.Shape{131}, graph.Shape{131}, []bool{false, false})
		}
	}
	mul := arithmeticTable()[2]
	for _, s := range broadcasts {
		mixed(2, func(tag string, is []bool) {
			add(mul, 2, fmt.Sprintf("broadcast %v, %v %s", s[0], s[1], tag), s[0], s[1], is)
		})
	}
	cs = append(cs,
		two("mul [4] row×3, shared", row(4).groups(3), shared(4), graph.Mul),
		two("mul [4] row×3, row×3", row(4).groups(3), row(4).groups(3), graph.Mul),
		one("mul of a value with itself", row(7), graph.Square),
		one("clamp", Operand{Shape: graph.Shape{9}, Avoid: []float64{-1, 1.5}}, func(x graph.Value) graph.Value {
			return graph.Clamp(x, -1, 1.5)
		}).linear(),
		one("sub from a constant", row(7), func(x graph.Value) graph.Value {
			return graph.Square(graph.Sub(graph.Scale(graph.Neg(x), 3), graph.Offset(x, -0.5)))
		}),
		two("max of equal operands: x gets the derivative", row(4).values(1, 2), row(4).values(1, 2), graph.Max).never("equal operands are a kink"),
	)
	return cs
}

func selectCases() []Case {
	var cs []Case
	choose := func(_ *graph.Builder, in []graph.Value) []graph.Value {
		return []graph.Value{graph.Select(in[0], in[1], in[2])}
	}
	mixed(3, func(tag string, is []bool) {
		c, x, y := row(6).bools(), row(6), row(6)
		c.Shared, x.Shared, y.Shared = is[0], is[1], is[2]
		cs = append(cs, Case{Name: "select [6] " + tag, In: []Operand{c, x, y}, Build: choose, Order: 2}.linear())
	})
	cs = append(cs,
		Case{Name: "select broadcasts", In: []Operand{row(3, 1).bools(), row(4), shared()}, Build: choose, Order: 2}.linear(),
		Case{Name: "select [131]", In: []Operand{row(131).bools(), row(131), row(131)}, Build: choose, Order: 2}.linear(),
		Case{Name: "select [4] row×3", In: []Operand{row(4).groups(3).bools(), row(4).groups(3), shared(4)}, Build: choose, Order: 2}.linear(),
		Case{
			Name: "select of truth values", In: []Operand{row(6).bools(), row(6).bools(), shared(6).bools()},
			Build: choose, Why: "works on truth values",
		},
		Case{
			Name: "select guards a pole", In: []Operand{{Shape: graph.Shape{7}, Avoid: []float64{0}}}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				x := in[0]
				positive := graph.Greater(x, b.Scalar(0))
				safe := graph.Select(positive, graph.Offset(x, 0.5), b.Scalar(1)) // clamped before branching
				return []graph.Value{graph.Select(positive, graph.Log(safe), graph.Square(x))}
			},
		},
	)
	return cs
}
