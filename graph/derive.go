package graph

import (
	"math"
	"slices"
)

// derive returns the gradient of each input of n from the gradients of its results; an invalid Value is zero. Results
// without a gradient count as zero; needed tells the inputs whose gradient will be used. The rules are formulas in ops, so they can be differentiated again.
func derive(b *Builder, n *Node, grads []Value, needed []bool) []Value {
	switch n.Op {
	case OpIf, OpRepeat, OpWhile, OpCustom, OpComposite:
		return deriveRegion(b, n, grads, needed)
	case OpHost:
		name, _ := HostFunction(n)
		Fail(OpHost, "%s is Go code and has no derivative: use HostLogDensity or Custom", name)
	}
	g, y := grads[0], n.Result(0)
	x := n.In
	if rule, ok := unaryRules[n.Op]; ok {
		return []Value{rule(x[0], y, g)}
	}
	if rule, ok := binaryRules[n.Op]; ok {
		dx, dy := rule(x[0], x[1], y, g)
		return []Value{dx, dy}
	}
	if rule, ok := viewRules[n.Op]; ok {
		return rule(n, g)
	}
	switch n.Op {
	case OpSelect:
		zero := Broadcast(scalarLike(g, 0), g.Shape()...)
		return []Value{{}, Select(x[0], g, zero), Select(x[0], zero, g)}
	case OpMatMul:
		out := make([]Value, 2) // a product that nobody needs is not written: inside a loop it would be the dearest op
		if needed[0] {
			out[0] = product(g, Transpose(x[1]), x[0])
		}
		if needed[1] {
			out[1] = product(Transpose(x[0]), g, x[1])
		}
		return out
	case OpMatMulRows:
		return []Value{rowProduct(g, Transpose(x[1]), x[0]), rowProduct(Transpose(x[0]), g, x[1])}
	case OpConv:
		return deriveConv(n, g, needed)
	case OpConvRows:
		return deriveConvRows(n, g)
	case OpTurn:
		return []Value{Turn(g)}
	case OpTriangularSolve:
		return deriveSolve(n, g)
	case OpAfter:
		return append([]Value{g}, make([]Value, len(x)-1)...)
	case OpStopGradient, OpRandom:
		return make([]Value, len(x))
	}
	Fail(n.Op, "internal: no derivative")
	return nil
}

// unaryRules: the gradient of x from x, y = f(x) and the gradient g of y.
var unaryRules = map[Op]func(x, y, g Value) Value{
	OpNeg:      func(x, y, g Value) Value { return Neg(g) },
	OpAbs:      func(x, y, g Value) Value { return Mul(g, Sign(x)) },
	OpSign:     func(x, y, g Value) Value { return Value{} },
	OpFloor:    func(x, y, g Value) Value { return Value{} },
	OpExp:      func(x, y, g Value) Value { return Mul(g, y) },
	OpExpm1:    func(x, y, g Value) Value { return Mul(g, Offset(y, 1)) },
	OpLog:      func(x, y, g Value) Value { return Div(g, x) },
	OpLog1p:    func(x, y, g Value) Value { return Div(g, Offset(x, 1)) },
	OpSqrt:     func(x, y, g Value) Value { return Scale(Div(g, y), 0.5) },
	OpSin:      func(x, y, g Value) Value { return Mul(g, Cos(x)) },
	OpCos:      func(x, y, g Value) Value { return Neg(Mul(g, Sin(x))) },
	OpAtan:     func(x, y, g Value) Value { return Div(g, Offset(Square(x), 1)) },
	OpTanh:     func(x, y, g Value) Value { return Mul(g, Sub(scalarLike(x, 1), Square(y))) },
	OpSigmoid:  func(x, y, g Value) Value { return Mul(g, Mul(y, Sub(scalarLike(x, 1), y))) },
	OpSoftplus: func(x, y, g Value) Value { return Mul(g, Sigmoid(x)) },
	OpReLU: func(x, y, g Value) Value {
		return Select(Greater(y, scalarLike(x, 0)), g, scalarLike(x, 0))
	},
	OpErf: func(x, y, g Value) Value { return Mul(g, Scale(Exp(Neg(Square(x))), 2/math.Sqrt(math.Pi))) },
}

// binaryRules: the gradients of x and y from z = f(x, y) and the gradient g of z.
var binaryRules = map[Op]func(x, y, z, g Value) (dx, dy Value){
	OpAdd: func(x, y, z, g Value) (Value, Value) { return g, g },
	OpSub: func(x, y, z, g Value) (Value, Value) { return g, Neg(g) },
	OpMul: func(x, y, z, g Value) (Value, Value) { return Mul(g, y), Mul(g, x) },
	OpDiv: func(x, y, z, g Value) (Value, Value) {
		dx := Div(g, y)
		return dx, Neg(Mul(dx, z))
	},
	OpMax: func(x, y, z, g Value) (Value, Value) { return chosen(LessEq(y, x), g) },
	OpMin: func(x, y, z, g Value) (Value, Value) { return chosen(LessEq(x, y), g) },
	OpPow: func(x, y, z, g Value) (Value, Value) {
		positive := Greater(x, scalarLike(x, 0))
		log := Log(Select(positive, x, scalarLike(x, 1)))
		return Mul(g, Mul(y, Pow(x, Offset(y, -1)))), Mul(g, Mul(z, log))
	},
}

func chosen(first, g Value) (Value, Value) {
	zero := Broadcast(scalarLike(g, 0), g.Shape()...)
	return Select(first, g, zero), Select(first, zero, g)
}

// viewRules: the gradients of the inputs of n from the gradient g of its result.
var viewRules = map[Op]func(n *Node, g Value) []Value{
	OpBroadcast: func(n *Node, g Value) []Value { return []Value{unbroadcast(g, n.In[0].Shape())} },
	OpReshape:   func(n *Node, g Value) []Value { return []Value{Reshape(g, n.In[0].Shape()...)} },
	OpTranspose: func(n *Node, g Value) []Value {
		order := n.Attr.(Ints)
		inverse := make([]int, len(order))
		for i, a := range order {
			inverse[a] = i
		}
		return []Value{Transpose(g, inverse...)}
	},
	OpSlice: func(n *Node, g Value) []Value {
		r := n.Attr.(Range)
		return []Value{Pad(g, r.Axis, r.From, r.Len-r.To)}
	},
	OpPad: func(n *Node, g Value) []Value {
		r := n.Attr.(Range)
		return []Value{Slice(g, r.Axis, r.From, r.To)}
	},
	OpConcat: func(n *Node, g Value) []Value {
		axis, at := int(n.Attr.(Axis)), 0
		parts := make([]Value, len(n.In))
		for i, v := range n.In {
			parts[i] = Slice(g, axis, at, at+v.Shape()[axis])
			at += v.Shape()[axis]
		}
		return parts
	},
	OpTake: func(n *Node, g Value) []Value {
		a := n.Attr.(Indices)
		return []Value{Put(g, a.Axis, a.Index, a.Len)}
	},
	OpPut: func(n *Node, g Value) []Value {
		a := n.Attr.(Indices)
		return []Value{Take(g, a.Axis, a.Index)}
	},
	OpSum: func(n *Node, g Value) []Value {
		s := n.In[0].Shape()
		kept := slices.Clone(s)
		for _, a := range n.Attr.(Ints) {
			kept[a] = 1
		}
		return []Value{Broadcast(Reshape(g, kept...), s...)}
	},
	OpMaxOver: func(n *Node, g Value) []Value {
		x, axis := n.In[0], int(n.Attr.(Axis))
		largest := ToFloat(Equal(x, keep(n.Result(0), axis)))
		earlier := CumSum(largest, Cumulation{Axis: axis, Exclusive: true})
		first := And(Equal(earlier, scalarLike(x, 0)), Greater(largest, scalarLike(x, 0)))
		return []Value{Select(first, keep(g, axis), scalarLike(x, 0))}
	},
	OpCumSum: func(n *Node, g Value) []Value {
		c := n.Attr.(Cumulation)
		c.Reverse = !c.Reverse
		return []Value{CumSum(g, c)}
	},
	OpSumRows:    func(n *Node, g Value) []Value { return []Value{OnRows(g, n.In[0].Type().Rows)} },
	OpOnRows:     func(n *Node, g Value) []Value { return []Value{SumRows(g)} },
	OpSpreadRows: func(n *Node, g Value) []Value { return []Value{GroupSum(g, int(n.Attr.(Axis)))} },
	OpGroupSum:   func(n *Node, g Value) []Value { return []Value{SpreadRows(g, int(n.Attr.(Axis)))} },
	OpGroupMax: func(n *Node, g Value) []Value {
		k := int(n.Attr.(Axis))
		largest := ToFloat(Equal(n.In[0], SpreadRows(n.Result(0), k)))
		return []Value{Mul(largest, SpreadRows(Div(g, GroupSum(largest, k)), k))}
	},
	OpIndex: func(n *Node, g Value) []Value {
		return []Value{Place(g, n.In[1], n.In[0].Shape()[0]), {}}
	},
	OpPlace: func(n *Node, g Value) []Value { return []Value{Index(g, n.In[1]), {}} },
}

// unbroadcast sums g over the axes along which something of the shape was repeated.
func unbroadcast(g Value, shape Shape) Value {
	var axes []int
	lead := len(g.Shape()) - len(shape)
	for i, n := range g.Shape() {
		if i < lead || shape[i-lead] != n {
			axes = append(axes, i)
		}
	}
	if len(axes) > 0 {
		g = Sum(g, axes...)
	}
	return Reshape(g, shape...)
}

// product is a·b as the gradient of v: summed over rows where v is shared, without ever holding the product of each row.
func product(a, b, v Value) Value {
	if v.Type().Rows == 0 && (a.PerRow() || b.PerRow()) {
		return MatMulRows(a, b)
	}
	return MatMul(a, b)
}

// rowProduct is a·b as the gradient of v, an operand of a product summed over rows.
func rowProduct(a, b, v Value) Value {
	p := product(a, b, v)
	return OnRows(p, v.Type().Rows)
}
