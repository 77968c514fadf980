package graph

// OpTriangularSolve solves a triangular system. Attr Triangle; In: a [n,n], b [n,m]; Out [n,m].
const OpTriangularSolve Op = "trianglesolve"

// Triangle says which part of a matrix is read. The other elements count as 0.
type Triangle struct {
	Upper bool // the elements right of the diagonal, instead of those left of it
	Unit  bool // the diagonal counts as 1 and is not read
}

func (t Triangle) String() string {
	s := "lower"
	if t.Upper {
		s = "upper"
	}
	if t.Unit {
		s += " unit"
	}
	return s
}

// mask is 1 on the elements that are read.
func (t Triangle) mask(n int) []float64 {
	mask := make([]float64, n*n)
	for i := range n {
		for j := range n {
			if i == j && !t.Unit || j < i && !t.Upper || j > i && t.Upper {
				mask[i*n+j] = 1
			}
		}
	}
	return mask
}

// TriangularSolve is the x with a·x = b, for a [n,n] and b [n] or [n,m], by substitution; either may be shared or per row. The diagonal, where
// it is read, must not hold zeros. Of each row of the matrix the products are subtracted in the order in which they become known.
func TriangularSolve(t Triangle, a, b Value) Value {
	s, r := a.Type(), b.Type()
	vector := len(r.Shape) == 1
	if s.DType != Float || r.DType != Float || len(s.Shape) != 2 || s.Shape[0] != s.Shape[1] ||
		len(r.Shape) != 1 && len(r.Shape) != 2 || r.Shape[0] != s.Shape[0] {
		Fail(OpTriangularSolve, "with the matrix %s and the right side %s", s, r)
	}
	rows := joinRows(OpTriangularSolve, a, b)
	if vector {
		return Reshape(TriangularSolve(t, a, Reshape(b, r.Shape[0], 1)), r.Shape[0])
	}
	return builderOf(a, b).node(OpTriangularSolve, t, []Value{a, b}, Type{Float, r.Shape, rows}).Result(0)
}

// deriveSolve: with x = a⁻¹b and g the gradient of x, that of b is h = a⁻ᵀg, and that of a is −h·xᵀ where a is read.
func deriveSolve(n *Node, g Value) []Value {
	t := n.Attr.(Triangle)
	size := n.In[0].Shape()[0]
	h := TriangularSolve(Triangle{Upper: !t.Upper, Unit: t.Unit}, Transpose(n.In[0]), g)
	mask := builderOf(g).Const(t.mask(size), size, size)
	return []Value{Mul(product(Neg(h), Transpose(n.Result(0)), n.In[0]), mask), h}
}
