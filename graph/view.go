package graph

import (
	"fmt"
	"slices"
)

// Ops that only rearrange elements. On the lane layout they move no data.
const (
	OpBroadcast Op = "broadcast" // to the shape of the result
	OpReshape   Op = "reshape"   // row-major order stays
	OpTranspose Op = "transpose" // Attr Ints: result axis i is operand axis Ints[i]
	OpSlice     Op = "slice"     // Attr Range
	OpPad       Op = "pad"       // Attr Range: zeros outside From ≤ i < To
	OpConcat    Op = "concat"    // Attr Axis
	OpTake      Op = "take"      // Attr Indices
	OpPut       Op = "put"       // Attr Indices: the adjoint of take, repeated indices add
)

// Ints is an attribute of whole numbers.
type Ints []int

func (a Ints) String() string { return fmt.Sprint([]int(a)) }

// Axis is the attribute of an op along one axis.
type Axis int

func (a Axis) String() string { return fmt.Sprint(int(a)) }

// Range is the attribute of OpSlice and OpPad: positions From ≤ i < To along Axis, of Len in the longer array.
type Range struct{ Axis, From, To, Len int }

func (r Range) String() string {
	return fmt.Sprintf("axis %d: %d…%d of %d", r.Axis, r.From, r.To, r.Len)
}

// Indices is the attribute of OpTake and OpPut: positions along Axis, which has Len elements in the indexed array.
type Indices struct {
	Axis, Len int
	Index     []int
}

func (a Indices) String() string { return fmt.Sprintf("axis %d of %d: %v", a.Axis, a.Len, a.Index) }

// Broadcast repeats x along missing axes and axes of length 1 to reach the shape.
func Broadcast(x Value, shape ...int) Value {
	t := x.Type()
	if t.Shape.Equal(shape) {
		return x
	}
	if !broadcastShape(OpBroadcast, t.Shape, axes(OpBroadcast, shape)).Equal(shape) {
		Fail(OpBroadcast, "shape %v does not broadcast to %v", t.Shape, Shape(shape))
	}
	return builderOf(x).node(OpBroadcast, nil, []Value{x}, Type{t.DType, slices.Clone(shape), t.Rows}).Result(0)
}

// Reshape gives x another shape of the same size; the row-major order of its elements stays.
func Reshape(x Value, shape ...int) Value {
	t := x.Type()
	if t.Shape.Equal(shape) {
		return x
	}
	if axes(OpReshape, shape).Size() != t.Shape.Size() {
		Fail(OpReshape, "shape %v has %d elements, %v has %d", t.Shape, t.Shape.Size(), Shape(shape), Shape(shape).Size())
	}
	if x.node.Op == OpReshape {
		return Reshape(x.node.In[0], shape...)
	}
	return builderOf(x).node(OpReshape, nil, []Value{x}, Type{t.DType, slices.Clone(shape), t.Rows}).Result(0)
}

// Flatten reshapes x to one axis.
func Flatten(x Value) Value { return Reshape(x, x.Shape().Size()) }

// Transpose reorders axes: axis i of the result is axis order[i] of x. Without an order the axes are reversed.
func Transpose(x Value, order ...int) Value {
	t := x.Type()
	if len(order) == 0 {
		for i := range t.Shape {
			order = append(order, len(t.Shape)-1-i)
		}
	}
	valid := len(order) == len(t.Shape)
	for i, a := range slices.Sorted(slices.Values(order)) {
		valid = valid && i == a
	}
	if !valid {
		Fail(OpTranspose, "%v is not an order of the axes of %v", order, t.Shape)
	}
	shape := make(Shape, len(order))
	for i, a := range order {
		shape[i] = t.Shape[a]
	}
	if slices.IsSorted(order) {
		return x
	}
	if x.node.Op == OpTranspose {
		inner := x.node.Attr.(Ints)
		both := make([]int, len(order))
		for i, a := range order {
			both[i] = inner[a]
		}
		return Transpose(x.node.In[0], both...)
	}
	return builderOf(x).node(OpTranspose, Ints(slices.Clone(order)), []Value{x}, Type{t.DType, shape, t.Rows}).Result(0)
}

// Slice takes positions from ≤ i < to along an axis.
func Slice(x Value, axis, from, to int) Value {
	t := x.Type()
	checkAxis(OpSlice, t, axis)
	n := t.Shape[axis]
	if from < 0 || to < from || to > n {
		Fail(OpSlice, "%d…%d of an axis of length %d", from, to, n)
	}
	if from == 0 && to == n {
		return x
	}
	return builderOf(x).node(OpSlice, Range{axis, from, to, n}, []Value{x}, resized(t, axis, to-from)).Result(0)
}

// Pad puts before zeros in front of x and after behind it along an axis.
func Pad(x Value, axis, before, after int) Value {
	t := x.Type()
	checkAxis(OpPad, t, axis)
	if before < 0 || after < 0 || t.DType != Float {
		Fail(OpPad, "%d and %d zeros around %s", before, after, t)
	}
	if before == 0 && after == 0 {
		return x
	}
	n := t.Shape[axis]
	r := Range{axis, before, before + n, before + n + after}
	return builderOf(x).node(OpPad, r, []Value{x}, resized(t, axis, r.Len)).Result(0)
}

// Concat joins values along an axis; their other axes agree.
func Concat(axis int, xs ...Value) Value {
	if len(xs) == 0 {
		Fail(OpConcat, "of nothing")
	}
	if len(xs) == 1 {
		return xs[0]
	}
	t := xs[0].Type()
	checkAxis(OpConcat, t, axis)
	n := 0
	for _, x := range xs {
		u := x.Type()
		if u.DType != t.DType || len(u.Shape) != len(t.Shape) || !resized(u, axis, t.Shape[axis]).Shape.Equal(t.Shape) {
			Fail(OpConcat, "%s beside %s along axis %d", t, u, axis)
		}
		n += u.Shape[axis]
	}
	out := resized(t, axis, n)
	out.Rows = joinRows(OpConcat, xs...)
	return builderOf(xs...).node(OpConcat, Axis(axis), xs, out).Result(0)
}

// Take picks elements along an axis by constant positions, which may repeat: a permutation, a mask's columns.
func Take(x Value, axis int, index []int) Value {
	t := x.Type()
	checkAxis(OpTake, t, axis)
	identity := len(index) == t.Shape[axis]
	for i, j := range index {
		if j < 0 || j >= t.Shape[axis] {
			Fail(OpTake, "position %d of an axis of length %d", j, t.Shape[axis])
		}
		identity = identity && i == j
	}
	if identity {
		return x
	}
	a := Indices{axis, t.Shape[axis], slices.Clone(index)}
	return builderOf(x).node(OpTake, a, []Value{x}, resized(t, axis, len(index))).Result(0)
}

// Put is the adjoint of Take: element i of x along the axis is added to position index[i] of an axis of length n.
func Put(x Value, axis int, index []int, n int) Value {
	t := x.Type()
	checkAxis(OpPut, t, axis)
	if t.DType != Float || len(index) != t.Shape[axis] || n < 0 {
		Fail(OpPut, "%d positions of %d for %s along axis %d", len(index), n, t, axis)
	}
	inverse := make([]int, n) // where index is a permutation, putting is taking
	for i := range inverse {
		inverse[i] = -1
	}
	permutation := len(index) == n
	for i, j := range index {
		if j < 0 || j >= n {
			Fail(OpPut, "position %d of an axis of length %d", j, n)
		}
		permutation = permutation && inverse[j] < 0
		inverse[j] = i
	}
	if permutation {
		return Take(x, axis, inverse)
	}
	a := Indices{axis, n, slices.Clone(index)}
	return builderOf(x).node(OpPut, a, []Value{x}, resized(t, axis, n)).Result(0)
}

func checkAxis(op Op, t Type, axis int) {
	if axis < 0 || axis >= len(t.Shape) {
		Fail(op, "axis %d of %s", axis, t)
	}
}

func resized(t Type, axis, n int) Type {
	s := slices.Clone(t.Shape)
	s[axis] = n
	return Type{t.DType, s, t.Rows}
}
