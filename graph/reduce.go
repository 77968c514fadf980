package graph

import (
	"math"
	"slices"
)

// Reductions over the axes of one row.
const (
	OpSum     Op = "sum"     // Attr Ints: the axes that are summed away
	OpMaxOver Op = "maxover" // Attr Axis
	OpCumSum  Op = "cumsum"  // Attr Cumulation
)

// Sum adds up the given axes, or all of them, which disappear.
func Sum(x Value, axes ...int) Value {
	t := x.Type()
	if t.DType != Float {
		Fail(OpSum, "of %s", t)
	}
	if len(axes) == 0 {
		for i := range t.Shape {
			axes = append(axes, i)
		}
	}
	if len(axes) == 0 {
		return x
	}
	axes = slices.Sorted(slices.Values(axes))
	shape := Shape{}
	for i, n := range t.Shape {
		if !slices.Contains(axes, i) {
			shape = append(shape, n)
		}
	}
	if len(shape)+len(axes) != len(t.Shape) {
		Fail(OpSum, "axes %v of %s", axes, t)
	}
	return builderOf(x).node(OpSum, Ints(axes), []Value{x}, Type{Float, shape, t.Rows}).Result(0)
}

// MaxOver is the largest element along an axis, which disappears; NaN if there is one. Its derivative goes to the
// first of equal elements.
func MaxOver(x Value, axis int) Value {
	t := x.Type()
	checkAxis(OpMaxOver, t, axis)
	if t.DType != Float || t.Shape[axis] == 0 {
		Fail(OpMaxOver, "of %s", t)
	}
	return builderOf(x).node(OpMaxOver, Axis(axis), []Value{x}, Type{Float, dropped(t.Shape, axis), t.Rows}).Result(0)
}

// Cumulation is the attribute of OpCumSum.
type Cumulation struct {
	Axis               int
	Exclusive, Reverse bool
}

func (c Cumulation) String() string {
	s := Axis(c.Axis).String()
	if c.Exclusive {
		s += " exclusive"
	}
	if c.Reverse {
		s += " reverse"
	}
	return s
}

// CumSum is the running sum along an axis: element i is the sum of those up to i, without i itself if Exclusive, and
// counted from the end if Reverse.
func CumSum(x Value, c Cumulation) Value {
	t := x.Type()
	checkAxis(OpCumSum, t, c.Axis)
	if t.DType != Float {
		Fail(OpCumSum, "of %s", t)
	}
	return builderOf(x).node(OpCumSum, c, []Value{x}, t).Result(0)
}

// LogSumExp is log Σ exp(xᵢ) along an axis, computed around the largest element; finite elements give a finite result. Where all are −∞, that is the
// result, with a gradient of 0.
func LogSumExp(x Value, axis int) Value {
	return logSumExp(x, MaxOver(x, axis), func(v Value) Value { return keep(v, axis) }, func(v Value) Value { return Sum(v, axis) })
}

// logSumExp is log Σ exp(x) by a sum and the largest terms of each; spread gives every term its sum's value.
func logSumExp(x, largest Value, spread, sum func(v Value) Value) Value {
	return Add(StopGradient(largest), logTotal(sum(Exp(Sub(x, spread(center(largest)))))))
}

// logTotal is the logarithm of a sum of terms of which the largest is 1, unless all are 0, which counts as 1.
func logTotal(total Value) Value { return Log(Max(total, scalarLike(total, 1))) }

// center is what exponentials are taken around, the largest of them, but not −∞, around which terms of −∞ would be NaN and not 0.
func center(largest Value) Value {
	m := StopGradient(largest)
	return Max(m, scalarLike(m, -math.MaxFloat32))
}

// Softmax is exp(xᵢ)/Σ exp(xⱼ) along an axis.
func Softmax(x Value, axis int) Value {
	e := Exp(Sub(x, keep(center(MaxOver(x, axis)), axis))) // those of LogSumExp, which engines compute once
	return Div(e, keep(Sum(e, axis), axis))
}

// LogSoftmax is log(exp(xᵢ)/Σ exp(xⱼ)) along an axis; near the largest element, and far from it in the others, nothing cancels.
func LogSoftmax(x Value, axis int) Value {
	x = Sub(x, keep(center(MaxOver(x, axis)), axis))
	return Sub(x, keep(logTotal(Sum(Exp(x), axis)), axis))
}

// keep puts an axis of length 1 back where a reduction took one away.
func keep(x Value, axis int) Value {
	return Reshape(x, slices.Insert(slices.Clone(x.Shape()), axis, 1)...)
}

func dropped(s Shape, axis int) Shape { return slices.Delete(slices.Clone(s), axis, axis+1) }
