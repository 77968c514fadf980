package optest

import (
	"math"
	"slices"

	"diffeo/graph"
)

// Numbers that arithmetic treats in ways of their own. All but denormal64 are float32s.
var (
	finite     = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -2.5, 3, 0x1p-100, -0x1p-100, 100, -100, 1e10, -1e10}
	denormals  = []float64{0x1p-149, -0x1p-149, 0x1.8p-130, -0x1p-127}
	largest    = []float64{math.MaxFloat32, -math.MaxFloat32}
	infinite   = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	denormal64 = []float64{0x1p-1074, -0x1p-1074, 0x1.8p-1050, math.MaxFloat64, 1e-300, math.NaN(), math.Inf(1), 1, 0}
)

const atKinks = "special values lie at kinks, poles and infinities"

// specialValues lists what an op of one operand must take.
func specialValues(op graph.Op) []float64 {
	xs := slices.Concat(finite, denormals, largest, infinite)
	switch op {
	case graph.OpExp, graph.OpExpm1, graph.OpSigmoid, graph.OpSoftplus, graph.OpTanh:
		xs = append(xs, 88.5, -87, -103.5, 20, -20, 17, -17, 9.2, -9.2, 0x1p-13, -0x1p-13)
	case graph.OpLog1p, graph.OpLog:
		xs = append(xs, -0.99999994, 0x1p-24, 1.0000001, 0.99999994)
	case graph.OpSin, graph.OpCos: // arguments in radians: beyond some 1e4 a float32 says nothing of the angle
		xs = slices.DeleteFunc(xs, func(x float64) bool { return math.Abs(x) >= 1e10 && !math.IsInf(x, 0) })
		xs = append(xs, 3.1415927, 1.5707964, -6.2831855, 1000.5, -8192)
	case graph.OpErf:
		xs = append(xs, 3.9, -3.9, 4.1, 0x1p-20)
	}
	for i := range xs {
		xs[i] = float64(float32(xs[i]))
	}
	return xs
}

func specialCases() []Case {
	var cs []Case
	for _, u := range unaryTable() {
		xs := specialValues(u.op)
		o := row(len(xs)).values(xs...)
		cs = append(cs, one("special values: "+string(u.op), o, u.f).never(atKinks))
		tiny := one("special values of float64: "+string(u.op), row(len(denormal64)).values(denormal64...), u.f).never(atKinks)
		tiny.Float64Only = true
		if u.op != graph.OpSin && u.op != graph.OpCos {
			cs = append(cs, tiny)
		}
	}
	xs := slices.Concat(finite[:8], denormals[:3], largest, infinite)
	n := len(xs)
	for _, b := range slices.Concat(arithmeticTable(), compareTable()) {
		xs, ys := xs, xs
		switch b.op {
		case graph.OpAnd, graph.OpOr:
			continue
		case graph.OpPow: // its domain
			xs, ys = []float64{0x1p-149, 0x1p-100, 0.5, 1, 2, 1e10, math.Inf(1), math.NaN()}, []float64{-3, -0.5, 0.25, 1, 2, 3, 1.5}
		}
		x, y := row(len(xs), 1).values(xs...), row(1, len(ys)).values(ys...)
		cs = append(cs, two("special pairs: "+string(b.op), x, y, b.f).never(atKinks))
	}
	cs = append(cs,
		two("special values: pow of 0", row(3).values(0), row(3).values(0.5, 1, 2), graph.Pow).never(atKinks),
		one("special values: the sign of 0", row(n).values(xs...), func(x graph.Value) graph.Value {
			return graph.Div(graph.ToFloat(graph.Finite(x)), graph.Neg(graph.Sign(x))) // ±∞ tells 0 from −0
		}).never(atKinks),
		Case{
			Name: "special values: select", In: []Operand{row(n).bools(), row(n).values(xs...), shared(n).values(xs[2:]...)}, Why: atKinks,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				return []graph.Value{graph.Select(in[0], in[1], in[2])}
			},
		},
		one("special values: maxover", row(5).values(1, math.Inf(-1), 3, math.NaN(), math.Inf(1), 2, -1), func(x graph.Value) graph.Value {
			return graph.MaxOver(x, 0)
		}).never(atKinks),
		one("special values: maxover of −∞", row(5).values(math.Inf(-1)), func(x graph.Value) graph.Value {
			return graph.MaxOver(x, 0)
		}).never(atKinks),
		one("special values: sum", row(4).values(1, math.Inf(1), 2, 3, 4, 5, math.NaN(), 6), func(x graph.Value) graph.Value {
			return graph.Sum(x)
		}).never(atKinks),
		two("special values: a NaN stays in its row", shared(5, 6), row(6).values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, math.NaN()), graph.Linear).never(atKinks),
		two("special values: infinite weights", shared(3, 2).values(1, math.Inf(1), -2, 0, 5, 1), row(2).values(0, 1, -1), graph.Linear).never(atKinks),
		one("special values: the sign of a sum of rows", row(3).values(math.Inf(1), math.Inf(1), 1), graph.SumRows).never(atKinks),
		one("special values: logsumexp of −∞ alone", row(3).values(math.Inf(-1)), func(x graph.Value) graph.Value {
			return graph.LogSumExp(x, 0)
		}).never(atKinks),
		one("special values: logsumexp with ∞", row(3).values(math.Inf(1), 0, math.Inf(-1), 2), func(x graph.Value) graph.Value {
			return graph.LogSumExp(x, 0)
		}).never(atKinks),
		one("special values: logsumexp", row(6).values(-0x1p100, 0x1p100, -0x1p100, 88, -200, 0x1p100), func(x graph.Value) graph.Value {
			return graph.LogSumExp(x, 0)
		}).never(atKinks),
		one("special values: softmax", row(6).values(-0x1p100, 0x1p100, -0x1p100, 88, -200, 0x1p100), func(x graph.Value) graph.Value {
			return graph.Softmax(x, 0)
		}).never(atKinks),
	)
	return cs
}
