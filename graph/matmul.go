package graph

// Matrix products. Either operand may be shared or per row: shared × per row is a linear layer, per row × per row a small
// matrix a lane, shared × shared a product of weights.
const (
	OpMatMul     Op = "matmul"     // [n,k]·[k,m] → [n,m]
	OpMatMulRows Op = "matmulrows" // Σ over all rows of [n,k]·[k,m], shared: the gradient of a weight
)

// MatMul is the product of a [n,k] and b [k,m], row by row where they are per row. Each element is one ascending chain over k.
func MatMul(a, b Value) Value {
	t := matmulType(OpMatMul, a, b)
	return builderOf(a, b).node(OpMatMul, nil, []Value{a, b}, t).Result(0)
}

// MatMulRows is Σ_r a_r·b_r over all rows, a shared [n,m] for per-row a [n,k] and b [k,m] (one of them may be shared).
// It never holds the products of single rows.
func MatMulRows(a, b Value) Value {
	t := matmulType(OpMatMulRows, a, b)
	if t.Rows == 0 {
		Fail(OpMatMulRows, "both operands are shared")
	}
	t.Rows = 0
	return builderOf(a, b).node(OpMatMulRows, nil, []Value{a, b}, t).Result(0)
}

// Linear is W·x for a matrix W [n,k] and a vector x [k].
func Linear(w, x Value) Value {
	if len(x.Shape()) != 1 || len(w.Shape()) != 2 {
		Fail("linear", "a matrix times a vector, not %s times %s", w.Type(), x.Type())
	}
	return Reshape(MatMul(w, Reshape(x, x.Shape()[0], 1)), w.Shape()[0])
}

func matmulType(op Op, a, b Value) Type {
	s, t := a.Type(), b.Type()
	if s.DType != Float || t.DType != Float || len(s.Shape) != 2 || len(t.Shape) != 2 || s.Shape[1] != t.Shape[0] {
		Fail(op, "%s times %s", s, t)
	}
	return Type{Float, Shape{s.Shape[0], t.Shape[1]}, joinRows(op, a, b)}
}
