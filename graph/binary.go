package graph

import "math"

// Elementwise ops of two operands, and selection. Shapes broadcast: axes are aligned at the last one, and an axis of length 1, or
// one that is missing, repeats. A shared operand beside a per-row one serves every row.
const (
	OpAdd     Op = "add"
	OpSub     Op = "sub"
	OpMul     Op = "mul"
	OpDiv     Op = "div"
	OpMax     Op = "max" // NaN if either is
	OpMin     Op = "min" // NaN if either is
	OpPow     Op = "pow"
	OpLess    Op = "less"
	OpLessEq  Op = "lesseq"
	OpEqual   Op = "equal"
	OpGreater Op = "greater"
	OpAnd     Op = "and"
	OpOr      Op = "or"
	OpSelect  Op = "select" // condition, then, otherwise
)

// Add is x + y.
func Add(x, y Value) Value {
	if c, ok := Uniform(x); ok && c == 0 && fits(OpAdd, x, y) {
		return y
	}
	if c, ok := Uniform(y); ok && c == 0 && fits(OpAdd, y, x) {
		return x
	}
	return binaryOp(OpAdd, x, y, Float, Float)
}

// Sub is x − y.
func Sub(x, y Value) Value {
	if c, ok := Uniform(y); ok && c == 0 && fits(OpSub, y, x) {
		return x
	}
	return binaryOp(OpSub, x, y, Float, Float)
}

// Mul is x·y.
func Mul(x, y Value) Value {
	if c, ok := Uniform(x); ok && c == 1 && fits(OpMul, x, y) {
		return y
	}
	if c, ok := Uniform(y); ok && c == 1 && fits(OpMul, y, x) {
		return x
	}
	return binaryOp(OpMul, x, y, Float, Float)
}

// Div is x / y.
func Div(x, y Value) Value {
	if c, ok := Uniform(y); ok && c == 1 && fits(OpDiv, y, x) {
		return x
	}
	return binaryOp(OpDiv, x, y, Float, Float)
}

// Max is the larger of x and y, NaN if either is NaN. Where they are equal the derivative goes to x.
func Max(x, y Value) Value { return binaryOp(OpMax, x, y, Float, Float) }

// Min is the smaller of x and y, NaN if either is NaN. Where they are equal the derivative goes to x.
func Min(x, y Value) Value { return binaryOp(OpMin, x, y, Float, Float) }

// Pow is x to the power y, for x > 0, or x = 0 and y > 0.
func Pow(x, y Value) Value { return binaryOp(OpPow, x, y, Float, Float) }

// Clamp limits x to [low, high]; the derivative is 0 outside.
func Clamp(x Value, low, high float64) Value {
	return Min(Max(x, scalarLike(x, low)), scalarLike(x, high))
}

// Scale is k·x for a constant k.
func Scale(x Value, k float64) Value { return Mul(x, scalarLike(x, k)) }

// Offset is x + c for a constant c.
func Offset(x Value, c float64) Value { return Add(x, scalarLike(x, c)) }

// Less is x < y.
func Less(x, y Value) Value { return binaryOp(OpLess, x, y, Float, Bool) }

// LessEq is x ≤ y.
func LessEq(x, y Value) Value { return binaryOp(OpLessEq, x, y, Float, Bool) }

// Greater is x > y.
func Greater(x, y Value) Value { return binaryOp(OpGreater, x, y, Float, Bool) }

// Equal is x = y.
func Equal(x, y Value) Value { return binaryOp(OpEqual, x, y, Float, Bool) }

// And is true where both are.
func And(x, y Value) Value { return binaryOp(OpAnd, x, y, Bool, Bool) }

// Or is true where either is.
func Or(x, y Value) Value { return binaryOp(OpOr, x, y, Bool, Bool) }

// Select is then where cond is true and otherwise elsewhere. Both branches are computed, so each must stay finite
// wherever the other is chosen, or a gradient of 0·∞ poisons the sum.
func Select(cond, then, otherwise Value) Value {
	b := builderOf(cond)
	if cond.Type().DType != Bool {
		Fail(OpSelect, "the condition is %s, not bool", cond.Type())
	}
	if then.Type().DType != otherwise.Type().DType {
		Fail(OpSelect, "branches are %s and %s", then.Type(), otherwise.Type())
	}
	shape := broadcastShape(OpSelect, broadcastShape(OpSelect, cond.Shape(), then.Shape()), otherwise.Shape())
	rows := joinRows(OpSelect, cond, then, otherwise)
	in := []Value{Broadcast(cond, shape...), Broadcast(then, shape...), Broadcast(otherwise, shape...)}
	return b.node(OpSelect, nil, in, Type{then.Type().DType, shape, rows}).Result(0)
}

// fits reports whether combining x with y, both floats, leaves y's type as it is.
func fits(op Op, x, y Value) bool {
	t := y.Type()
	if x.Type().DType != Float || t.DType != Float || (x.Type().Rows != 0 && x.Type().Rows != t.Rows) {
		return false
	}
	s := broadcastShape(op, x.Shape(), t.Shape)
	return s.Equal(t.Shape)
}

func binaryOp(op Op, x, y Value, from, to DType) Value {
	b := builderOf(x, y)
	if x.Type().DType != from || y.Type().DType != from {
		Fail(op, "needs two %ss, has %s and %s", from, x.Type(), y.Type())
	}
	shape := broadcastShape(op, x.Shape(), y.Shape())
	rows := joinRows(op, x, y)
	if rows == 0 && shape.Size() == 1 {
		cx, okx := x.node.Attr.(Constant)
		cy, oky := y.node.Attr.(Constant)
		if okx && oky && x.node.Op == OpConst && y.node.Op == OpConst {
			return b.node(OpConst, Constant{[]float64{Binary[op](cx.Data[0], cy.Data[0])}}, nil, Type{to, shape, 0}).Result(0)
		}
	}
	in := []Value{Broadcast(x, shape...), Broadcast(y, shape...)}
	return b.node(op, nil, in, Type{to, shape, rows}).Result(0)
}

func broadcastShape(op Op, s, t Shape) Shape {
	if s.Equal(t) {
		return s
	}
	if len(s) < len(t) {
		s, t = t, s
	}
	out := append(Shape(nil), s...)
	for i := range t {
		j := len(s) - len(t) + i
		switch {
		case out[j] == t[i], t[i] == 1:
		case out[j] == 1:
			out[j] = t[i]
		default:
			Fail(op, "shapes %v and %v do not broadcast", s, t)
		}
	}
	return out
}

// joinRows is the number of lanes per row of an op on all of vs: shared ones adapt, others must agree.
func joinRows(op Op, vs ...Value) int {
	rows := 0
	for _, v := range vs {
		r := v.Type().Rows
		if rows != 0 && r != 0 && r != rows {
			Fail(op, "mixes groups of %d and of %d per row: bring one to the other by SpreadRows", rows, r)
		}
		rows = max(rows, r)
	}
	return rows
}

// Binary holds the float64 definition of every elementwise op of two operands; truth values are 0 and 1.
var Binary = map[Op]func(x, y float64) float64{
	OpAdd:     func(x, y float64) float64 { return x + y },
	OpSub:     func(x, y float64) float64 { return x - y },
	OpMul:     func(x, y float64) float64 { return x * y },
	OpDiv:     func(x, y float64) float64 { return x / y },
	OpMax:     func(x, y float64) float64 { return max(x, y) }, // math.Max(+Inf, NaN) is +Inf
	OpMin:     func(x, y float64) float64 { return min(x, y) },
	OpPow:     math.Pow,
	OpLess:    func(x, y float64) float64 { return truth(x < y) },
	OpLessEq:  func(x, y float64) float64 { return truth(x <= y) },
	OpGreater: func(x, y float64) float64 { return truth(x > y) },
	OpEqual:   func(x, y float64) float64 { return truth(x == y) },
	OpAnd:     func(x, y float64) float64 { return x * y },
	OpOr:      func(x, y float64) float64 { return max(x, y) },
}
