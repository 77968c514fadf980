package graph

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
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

// appendKey writes what tells the constant from others: its numbers, or where they are many a digest of them.
func (c Constant) appendKey(s *strings.Builder) {
	if len(c.Data) > 8 {
		s.WriteString(strconv.FormatUint(c.digest(), 16))
		return
	}
	for _, x := range c.Data {
		s.WriteByte(' ')
		s.WriteString(strconv.FormatUint(math.Float64bits(x), 16))
	}
}

// digest mixes the numbers into one, in four chains so that they need not wait for each other: masks have millions of numbers. Equal
// digests do not prove that constants are equal.
func (c Constant) digest() uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := [4]uint64{1, 2, 3, uint64(len(c.Data))}
	mix := func(h, x uint64) uint64 {
		high, low := bits.Mul64(h^x, odd)
		return high ^ low ^ h<<1
	}
	d := c.Data
	for ; len(d) >= 4; d = d[4:] {
		h[0], h[1] = mix(h[0], math.Float64bits(d[0])), mix(h[1], math.Float64bits(d[1]))
		h[2], h[3] = mix(h[2], math.Float64bits(d[2])), mix(h[3], math.Float64bits(d[3]))
	}
	for _, x := range d {
		h[0] = mix(h[0], math.Float64bits(x))
	}
	return mix(mix(mix(h[0], h[1]), h[2]), h[3])
}

// sameData reports whether two nodes with equal keys are the same constant; nodes that are no constants are.
func sameData(m, n *Node) bool {
	a, ok := m.Attr.(Constant)
	b, _ := n.Attr.(Constant)
	return !ok || len(a.Data) <= 8 || slices.EqualFunc(a.Data, b.Data, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
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
