package graph

import "math"

// Elementwise ops of one operand. Domains are those of package math: a NaN comes out where math gives one, and models keep
// their arguments inside (numbers are total in Diffeo by construction, not by hidden repair).
const (
	OpNeg      Op = "neg"
	OpAbs      Op = "abs"
	OpSign     Op = "sign" // −1, 0 or 1
	OpFloor    Op = "floor"
	OpExp      Op = "exp"
	OpExpm1    Op = "expm1"
	OpLog      Op = "log"
	OpLog1p    Op = "log1p"
	OpSqrt     Op = "sqrt"
	OpSin      Op = "sin"
	OpCos      Op = "cos"
	OpAtan     Op = "atan"
	OpTanh     Op = "tanh"
	OpSigmoid  Op = "sigmoid"  // 1/(1+e⁻ˣ)
	OpSoftplus Op = "softplus" // log(1+eˣ)
	OpReLU     Op = "relu"     // max(x, 0), NaN for NaN
	OpErf      Op = "erf"
	OpFinite   Op = "finite" // Bool: neither NaN nor infinite
	OpNot      Op = "not"    // Bool → Bool
	OpToFloat  Op = "float"  // Bool → 0 or 1, Uint32 → its value
)

// Neg is −x.
func Neg(x Value) Value {
	x.present()
	if x.node.Op == OpNeg {
		return x.node.In[0]
	}
	return unary(OpNeg, x)
}

// Abs is |x|.
func Abs(x Value) Value { return unary(OpAbs, x) }

// Sign is −1, 0 or 1; its derivative is 0.
func Sign(x Value) Value { return unary(OpSign, x) }

// Floor is the largest integer not above x; its derivative is 0.
func Floor(x Value) Value { return unary(OpFloor, x) }

// Exp is eˣ.
func Exp(x Value) Value { return unary(OpExp, x) }

// Expm1 is eˣ − 1, accurate near 0.
func Expm1(x Value) Value { return unary(OpExpm1, x) }

// Log is the natural logarithm.
func Log(x Value) Value { return unary(OpLog, x) }

// Log1p is log(1+x), accurate near 0.
func Log1p(x Value) Value { return unary(OpLog1p, x) }

// Sqrt is the square root.
func Sqrt(x Value) Value { return unary(OpSqrt, x) }

// Sin is the sine.
func Sin(x Value) Value { return unary(OpSin, x) }

// Cos is the cosine.
func Cos(x Value) Value { return unary(OpCos, x) }

// Atan is the angle from −π/2 to π/2 whose tangent is x.
func Atan(x Value) Value { return unary(OpAtan, x) }

// Tanh is the hyperbolic tangent.
func Tanh(x Value) Value { return unary(OpTanh, x) }

// Sigmoid is 1/(1+e⁻ˣ).
func Sigmoid(x Value) Value { return unary(OpSigmoid, x) }

// Softplus is log(1+eˣ).
func Softplus(x Value) Value { return unary(OpSoftplus, x) }

// ReLU is max(x, 0); its derivative at 0 is 0.
func ReLU(x Value) Value { return unary(OpReLU, x) }

// Erf is the error function 2/√π ∫₀ˣ e^(−t²) dt.
func Erf(x Value) Value { return unary(OpErf, x) }

// Square is x².
func Square(x Value) Value { return Mul(x, x) }

// Finite says which elements are neither NaN nor infinite.
func Finite(x Value) Value { return typed(OpFinite, x, Float, Bool) }

// Not is logical negation.
func Not(x Value) Value { return typed(OpNot, x, Bool, Bool) }

// ToFloat turns truth values into 0 and 1, and Uint32 into numbers.
func ToFloat(x Value) Value {
	if x.Type().DType == Float {
		return x
	}
	return typed(OpToFloat, x, x.Type().DType, Float)
}

func unary(op Op, x Value) Value { return typed(op, x, Float, Float) }

func typed(op Op, x Value, from, to DType) Value {
	b := builderOf(x)
	t := x.Type()
	if t.DType != from {
		Fail(op, "needs %s, has %s", from, t)
	}
	if c, ok := x.node.Attr.(Constant); ok && len(c.Data) == 1 && x.node.Op == OpConst {
		return b.node(OpConst, Constant{[]float64{Unary[op](c.Data[0])}}, nil, Type{to, t.Shape, 0}).Result(0)
	}
	return b.node(op, nil, []Value{x}, Type{to, t.Shape, t.Rows}).Result(0)
}

// Unary holds the float64 definition of every elementwise op of one operand; truth values are 0 and 1.
var Unary = map[Op]func(x float64) float64{
	OpNeg:   func(x float64) float64 { return -x },
	OpAbs:   math.Abs,
	OpFloor: math.Floor, OpExp: exp, OpExpm1: math.Expm1, OpLog: log, OpLog1p: math.Log1p,
	OpSqrt: math.Sqrt, OpSin: math.Sin, OpCos: math.Cos, OpTanh: math.Tanh, OpErf: math.Erf, OpAtan: math.Atan,
	OpSign: func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x // 0, −0 and NaN
	},
	OpSigmoid: func(x float64) float64 {
		if x < 0 { // e^x cannot overflow here
			e := math.Exp(x)
			return e / (1 + e)
		}
		return 1 / (1 + math.Exp(-x))
	},
	OpSoftplus: func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
	OpReLU:     func(x float64) float64 { return max(x, 0) },
	OpFinite:   func(x float64) float64 { return truth(!math.IsNaN(x) && !math.IsInf(x, 0)) },
	OpNot:      func(x float64) float64 { return 1 - x },
	OpToFloat:  func(x float64) float64 { return x },
}

// exp is math.Exp, which on amd64 overflows from some 709.4 on, where eˣ is still below the largest float64.
func exp(x float64) float64 {
	if x > 709 && x < 710 {
		return math.Exp(x-1) * math.E
	}
	return math.Exp(x)
}

// log is math.Log, which on amd64 is wrong for denormals.
func log(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p52) - 52*math.Ln2
	}
	return math.Log(x)
}

func truth(t bool) float64 {
	if t {
		return 1
	}
	return 0
}
