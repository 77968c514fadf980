package graph

// Ops between rows.
const (
	OpSumRows    Op = "sumrows"    // per row → shared
	OpOnRows     Op = "onrows"     // Attr Axis (lanes per row): shared → the same on every row
	OpSpreadRows Op = "spreadrows" // Attr Axis n: lane r·n+j of the result reads lane r
	OpGroupSum   Op = "groupsum"   // Attr Axis n: sums lanes r·n … r·n+n−1
	OpGroupMax   Op = "groupmax"   // Attr Axis n
	OpRowCount   Op = "rowcount"   // the number of rows of the program, a shared float
)

// SumsRows reports whether an op joins rows: its operands are per row and its result is shared.
func SumsRows(op Op) bool { return op == OpSumRows || op == OpMatMulRows || op == OpConvRows }

// SumRows adds the values of all rows (of all lanes, where rows come in groups) to a shared one.
func SumRows(x Value) Value {
	t := x.Type()
	if t.Rows == 0 || t.DType != Float {
		Fail(OpSumRows, "of %s, which is not a per-row float", t)
	}
	return builderOf(x).node(OpSumRows, nil, []Value{x}, Type{Float, t.Shape, 0}).Result(0)
}

// MeanRows is SumRows divided by the number of lanes.
func MeanRows(x Value) Value {
	return Div(SumRows(x), Scale(builderOf(x).RowCount(), float64(x.Type().Rows)))
}

// RowCount is the number of rows of the program as a shared float.
func (b *Builder) RowCount() Value {
	return b.node(OpRowCount, nil, nil, Type{Float, nil, 0}).Result(0)
}

// OnRows gives every row the shared value x, with n lanes a row; n = 0 and per-row values return x itself.
func OnRows(x Value, n int) Value {
	t := x.Type()
	if n == 0 || t.Rows == n {
		return x
	}
	if t.Rows != 0 || n < 0 {
		Fail(OpOnRows, "%s to %d lanes a row", t, n)
	}
	return builderOf(x).node(OpOnRows, Axis(n), []Value{x}, Type{t.DType, t.Shape, n}).Result(0)
}

// SpreadRows gives each of the n rows of a group the value of the group's row. Shared values return unchanged.
func SpreadRows(x Value, n int) Value {
	t := x.Type()
	if n < 1 {
		Fail(OpSpreadRows, "to groups of %d", n)
	}
	if t.Rows == 0 || n == 1 {
		return x
	}
	return builderOf(x).node(OpSpreadRows, Axis(n), []Value{x}, Type{t.DType, t.Shape, t.Rows * n}).Result(0)
}

// GroupSum sums groups of n neighbouring lanes to one.
func GroupSum(x Value, n int) Value { return group(OpGroupSum, x, n) }

// GroupMax is the largest of n neighbouring lanes; its derivative is shared among equal ones.
func GroupMax(x Value, n int) Value { return group(OpGroupMax, x, n) }

// GroupLogSumExp is log Σ exp over groups of n lanes: the log of an importance-weighted sum.
func GroupLogSumExp(x Value, n int) Value {
	return logSumExp(x, GroupMax(x, n), func(v Value) Value { return SpreadRows(v, n) }, func(v Value) Value { return GroupSum(v, n) })
}

func group(op Op, x Value, n int) Value {
	t := x.Type()
	if n < 1 || t.Rows == 0 || t.Rows%n != 0 || t.DType != Float {
		Fail(op, "groups of %d in %s", n, t)
	}
	if n == 1 {
		return x
	}
	return builderOf(x).node(op, Axis(n), []Value{x}, Type{Float, t.Shape, t.Rows / n}).Result(0)
}
