package graph

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
)

// Sources.
const (
	OpInput Op = "input" // Attr Name
	OpParam Op = "param" // Attr Name
	OpArg   Op = "arg"   // an argument of a region
	OpConst Op = "const" // Attr Constant
)

// Constant is the attribute of OpConst: row-major data of the node's shape. Bools are 0 or 1.
type Constant struct{ Data []float64 }

func (c Constant) String() string {
	if len(c.Data) <= 8 {
		return fmt.Sprint(c.Data)
	}
	h := fnv.New64a()
	var w [8]byte
	for _, x := range c.Data {
		binary.LittleEndian.PutUint64(w[:], math.Float64bits(x))
		h.Write(w[:])
	}
	return fmt.Sprintf("%d numbers, hash %016x", len(c.Data), h.Sum64())
}

// Const is a shared constant. The data must not be changed afterwards.
func (b *Builder) Const(data []float64, shape ...int) Value {
	if len(data) != Shape(shape).Size() {
		Fail(OpConst, "%d numbers for shape %v", len(data), Shape(shape))
	}
	return b.node(OpConst, Constant{data}, nil, Type{Float, axes(OpConst, shape), 0}).Result(0)
}

// ConstBool is a shared constant of truth values.
func (b *Builder) ConstBool(data []bool, shape ...int) Value {
	if len(data) != Shape(shape).Size() {
		Fail(OpConst, "%d truth values for shape %v", len(data), Shape(shape))
	}
	f := make([]float64, len(data))
	for i, t := range data {
		if t {
			f[i] = 1
		}
	}
	return b.node(OpConst, Constant{f}, nil, Type{Bool, axes(OpConst, shape), 0}).Result(0)
}

// Scalar is a shared float constant of shape [].
func (b *Builder) Scalar(x float64) Value { return b.Const([]float64{x}) }

// Zeros is a shared constant of zeros.
func (b *Builder) Zeros(shape ...int) Value { return Broadcast(b.Scalar(0), shape...) }

// scalarLike is a constant in the builder of v.
func scalarLike(v Value, x float64) Value { return builderOf(v).Scalar(x) }

// ZerosLike is a zero of the same type as v: per row where v is.
func ZerosLike(v Value) Value {
	t := v.Type()
	z := Broadcast(scalarLike(v, 0), t.Shape...)
	if t.DType != Float {
		Fail("zeros", "only floats have zeros, not %s", t)
	}
	return OnRows(z, t.Rows)
}

// Uniform returns the number that every element of v is known to be.
func Uniform(v Value) (float64, bool) {
	v.present()
	for v.node.Op == OpBroadcast || v.node.Op == OpOnRows || v.node.Op == OpReshape {
		v = v.node.In[0]
	}
	c, ok := v.node.Attr.(Constant)
	if v.node.Op != OpConst || !ok || len(c.Data) == 0 {
		return 0, false
	}
	for _, x := range c.Data {
		if x != c.Data[0] {
			return 0, false
		}
	}
	return c.Data[0], true
}
