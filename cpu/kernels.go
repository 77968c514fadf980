package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// unaryKernel finds the kernel of an elementwise op of one operand. Ops without one of their own go through
// float64 and package graph's definition, number by number.
func (e *emitter[T]) unaryKernel(kind graph.Op) func(dst, a []T) {
	k := e.k
	switch kind {
	case graph.OpNeg:
		return k.Neg
	case graph.OpAbs:
		return k.Abs
	case graph.OpExp:
		return k.Exp
	case graph.OpLog:
		return k.Log
	case graph.OpTanh:
		return k.Tanh
	case graph.OpSqrt:
		return k.Sqrt
	case graph.OpReLU:
		return k.ReLU
	case graph.OpSigmoid:
		return k.Sigmoid
	case graph.OpSoftplus:
		return k.Softplus
	case graph.OpExpm1:
		return k.Expm1
	case graph.OpLog1p:
		return k.Log1p
	case graph.OpErf:
		return k.Erf
	case graph.OpSin:
		return k.Sin
	case graph.OpCos:
		return k.Cos
	case graph.OpFloor:
		return k.Floor
	case graph.OpSign:
		return k.Sign
	case graph.OpFinite:
		return k.Finite
	case graph.OpToFloat:
		return k.Copy
	case graph.OpNot:
		return func(dst, a []T) { k.RSubS(dst, a, 1) }
	}
	return definition1[T](graph.Unary[kind])
}

func definition1[T matrix.Float](f func(float64) float64) func(dst, a []T) {
	return func(dst, a []T) {
		for i, x := range a {
			dst[i] = T(f(float64(x)))
		}
	}
}

// binaryKernels finds the kernels of an elementwise op f of two operands: f(a,b), f(a,s) and f(s,a) for a number s.
func (e *emitter[T]) binaryKernels(kind graph.Op) (f func(dst, a, b []T), right, left func(dst, a []T, s T)) {
	k := e.k
	switch kind {
	case graph.OpAdd:
		return k.Add, k.AddS, k.AddS
	case graph.OpSub:
		return k.Sub, k.SubS, k.RSubS
	case graph.OpMul, graph.OpAnd:
		return k.Mul, k.MulS, k.MulS
	case graph.OpDiv:
		return k.Div, k.DivS, k.RDivS
	case graph.OpMax, graph.OpOr:
		return k.Max, k.MaxS, k.MaxS
	case graph.OpMin:
		return k.Min, k.MinS, k.MinS
	case graph.OpLess:
		return k.Less, k.LessS, k.GreaterS
	case graph.OpLessEq:
		return k.LessEq, k.LessEqS, k.GreaterEqS
	case graph.OpGreater:
		return k.Greater, k.GreaterS, k.LessS
	case graph.OpEqual:
		return k.Equal, k.EqualS, k.EqualS
	}
	f, right, left = definition2[T](graph.Binary[kind])
	if kind == graph.OpPow {
		f = k.Pow
	}
	return f, right, left
}

func definition2[T matrix.Float](g func(x, y float64) float64) (f func(dst, a, b []T), right, left func(dst, a []T, s T)) {
	f = func(dst, a, b []T) {
		for i, x := range a {
			dst[i] = T(g(float64(x), float64(b[i])))
		}
	}
	right = func(dst, a []T, s T) {
		for i, x := range a {
			dst[i] = T(g(float64(x), float64(s)))
		}
	}
	left = func(dst, a []T, s T) {
		for i, x := range a {
			dst[i] = T(g(float64(s), float64(x)))
		}
	}
	return f, right, left
}
