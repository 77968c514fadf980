package optest

import (
	"math"

	"diffeo/graph"
)

// unaryRow is an elementwise op of one operand with an interval in which derivatives are of order one.
type unaryRow struct {
	op        graph.Op
	f         func(x graph.Value) graph.Value
	low, high float64
	avoid     []float64
	flat      int
}

func unaryTable() []unaryRow {
	zero := []float64{0}
	return []unaryRow{
		{graph.OpNeg, graph.Neg, -2, 2, nil, 2},
		{graph.OpAbs, graph.Abs, -2, 2, zero, 2},
		{graph.OpSign, graph.Sign, -2, 2, zero, 1},
		{graph.OpFloor, graph.Floor, -3, 3, []float64{-3, -2, -1, 0, 1, 2, 3}, 1},
		{graph.OpExp, graph.Exp, -2, 2, nil, 0},
		{graph.OpExpm1, graph.Expm1, -2, 2, nil, 0},
		{graph.OpLog, graph.Log, 0.4, 3, nil, 0},
		{graph.OpLog1p, graph.Log1p, -0.6, 2, nil, 0},
		{graph.OpSqrt, graph.Sqrt, 0.4, 3, nil, 0},
		{graph.OpSin, graph.Sin, -4, 4, nil, 0},
		{graph.OpCos, graph.Cos, -4, 4, nil, 0},
		{graph.OpAtan, graph.Atan, -4, 4, nil, 0},
		{graph.OpTanh, graph.Tanh, -2, 2, nil, 0},
		{graph.OpSigmoid, graph.Sigmoid, -4, 4, nil, 0},
		{graph.OpSoftplus, graph.Softplus, -4, 4, nil, 0},
		{graph.OpReLU, graph.ReLU, -2, 2, zero, 2},
		{graph.OpErf, graph.Erf, -2, 2, nil, 0},
	}
}

func unaryCases() []Case {
	var cs []Case
	for _, u := range unaryTable() {
		for _, o := range []Operand{row(7), shared(7), row(131), row(2, 3).groups(3)} {
			o.Low, o.High, o.Avoid = u.low, u.high, u.avoid
			if u.op == graph.OpFloor && o.Groups > 1 {
				o.Avoid = nil // no interval is left between the kinks: values only
			}
			c := one(shapeName(u.op, o), o, u.f)
			c.Flat = u.flat
			if u.op == graph.OpFloor && o.Groups > 1 {
				c = c.never("lanes lie across the jumps")
			}
			cs = append(cs, c)
		}
	}
	for _, shape := range [][]int{{}, {0}, {1}, {1, 1}, {2, 3, 4}, {2, 0, 3}, {257}} { // sizes, on one op
		for _, o := range []Operand{row(shape...), shared(shape...)} {
			c := one("size: "+shapeName(graph.OpTanh, o), o, graph.Tanh)
			if o.Shape.Size() == 0 {
				c = c.flat()
			}
			cs = append(cs, c)
		}
	}
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1, -1, math.MaxFloat32, 0x1p-149}
	for _, o := range []Operand{row(8).values(odd...), shared(8).values(odd...)} {
		cs = append(cs, one(shapeName(graph.OpFinite, o), o, graph.Finite).never("gives truth values"))
	}
	for _, o := range []Operand{row(7).bools(), shared(7).bools()} {
		cs = append(cs,
			one(shapeName(graph.OpNot, o), o, graph.Not).never("works on truth values"),
			one(shapeName(graph.OpToFloat, o), o, graph.ToFloat).never("has no float operand"))
	}
	whole := Operand{Shape: graph.Shape{3}, Shared: true, DType: graph.Uint32, Values: []float64{0, 7, 16777216}}
	cs = append(cs, one(string(graph.OpToFloat)+" uint32", whole, graph.ToFloat).never("has no float operand"))
	return cs
}
