package ref

import (
	"math"

	"diffeo/graph"
)

// rowOp computes an op that knows nothing of other rows: in holds the operands' elements, row-major, and out, which begins as zeros, gets
// the result's.
type rowOp func(in [][]float64, out []float64)

// rowOpOf says what a node does in each row; nil for the ops that are computed otherwise. Where elements come from or go to is found out once
// for all rows.
func rowOpOf(n *graph.Node) rowOp {
	if f, ok := graph.Unary[n.Op]; ok {
		return func(in [][]float64, out []float64) {
			for i, x := range in[0] {
				out[i] = f(x)
			}
		}
	}
	if f, ok := graph.Binary[n.Op]; ok {
		return func(in [][]float64, out []float64) {
			for i := range out {
				out[i] = f(in[0][i], in[1][i])
			}
		}
	}
	switch n.Op {
	case graph.OpSelect:
		return func(in [][]float64, out []float64) {
			for i := range out {
				out[i] = in[2][i]
				if in[0][i] != 0 {
					out[i] = in[1][i]
				}
			}
		}
	case graph.OpOnRows, graph.OpStopGradient, graph.OpReshape, graph.OpAfter:
		return func(in [][]float64, out []float64) { copy(out, in[0]) }
	case graph.OpMatMul:
		return func(in [][]float64, out []float64) { matmul(n, in[0], in[1], out) }
	case graph.OpConv:
		return func(in [][]float64, out []float64) { conv(n, in[0], in[1], out) }
	case graph.OpTurn:
		return pick(turned(n))
	case graph.OpTriangularSolve:
		return func(in [][]float64, out []float64) { solve(n, in[0], in[1], out) }
	case graph.OpIndex:
		return func(in [][]float64, out []float64) {
			copy(out, in[0][position(in[1][0], len(in[0])/max(1, len(out)))*len(out):])
		}
	case graph.OpPlace:
		return func(in [][]float64, out []float64) {
			copy(out[position(in[1][0], len(out)/max(1, len(in[0])))*len(in[0]):], in[0])
		}
	case graph.OpMaxOver:
		to := reduced(n)
		return func(in [][]float64, out []float64) {
			for i := range out {
				out[i] = math.Inf(-1)
			}
			for i, x := range in[0] {
				out[to[i]] = max(out[to[i]], x)
			}
		}
	case graph.OpCumSum:
		terms := cumulated(n)
		return func(in [][]float64, out []float64) {
			for i, from := range terms {
				for _, j := range from {
					out[i] += in[0][j]
				}
			}
		}
	case graph.OpConcat:
		to := make([][]int, len(n.In))
		for k := range n.In {
			to[k] = concatenated(n, k)
		}
		return func(in [][]float64, out []float64) {
			for k := range in {
				for i, j := range to[k] {
					out[j] = in[k][i]
				}
			}
		}
	case graph.OpSum:
		to := reduced(n)
		return func(in [][]float64, out []float64) { add(out, in[0], to) }
	case graph.OpPad, graph.OpPut:
		to := displaced(n, n.In[0].Shape(), n.Out[0].Shape)
		return func(in [][]float64, out []float64) { add(out, in[0], to) }
	case graph.OpSlice, graph.OpTake:
		return pick(displaced(n, n.Out[0].Shape, n.In[0].Shape()))
	case graph.OpTranspose:
		return pick(transposed(n))
	case graph.OpBroadcast:
		return pick(repeated(n))
	}
	return nil
}

// pick is the op whose element i is element from[i] of its operand.
func pick(from []int) rowOp {
	return func(in [][]float64, out []float64) {
		for i, j := range from {
			out[i] = in[0][j]
		}
	}
}

// add adds element i of x to element to[i] of out.
func add(out, x []float64, to []int) {
	for i, j := range to {
		out[j] += x[i]
	}
}

// displaced is where the elements of one side of a slice, pad, take or put lie on the other.
func displaced(n *graph.Node, shape, other graph.Shape) []int {
	at := make([]int, shape.Size())
	each(shape, func(i int, index []int) {
		axis, to := moved(n, index)
		own := index[axis]
		index[axis] = to
		at[i] = offset(other, index)
		index[axis] = own
	})
	return at
}

// concatenated is where the elements of operand k lie in the result.
func concatenated(n *graph.Node, k int) []int {
	axis, before := int(n.Attr.(graph.Axis)), 0
	for _, v := range n.In[:k] {
		before += v.Shape()[axis]
	}
	to := make([]int, n.In[k].Shape().Size())
	each(n.In[k].Shape(), func(i int, index []int) {
		index[axis] += before
		to[i] = offset(n.Out[0].Shape, index)
		index[axis] -= before
	})
	return to
}

// transposed is where the elements of the result lie in the operand.
func transposed(n *graph.Node) []int {
	from := make([]int, n.Out[0].Shape.Size())
	order, source := n.Attr.(graph.Ints), make([]int, len(n.Out[0].Shape))
	each(n.Out[0].Shape, func(i int, index []int) {
		for k, a := range order {
			source[a] = index[k]
		}
		from[i] = offset(n.In[0].Shape(), source)
	})
	return from
}

// repeated is which element of the operand each element of a broadcast is.
func repeated(n *graph.Node) []int {
	from, shape := make([]int, n.Out[0].Shape.Size()), n.In[0].Shape()
	source, lead := make([]int, len(shape)), len(n.Out[0].Shape)-len(shape)
	each(n.Out[0].Shape, func(i int, index []int) {
		for k := range source {
			source[k] = min(index[lead+k], shape[k]-1)
		}
		from[i] = offset(shape, source)
	})
	return from
}

// moved is the axis of a slice, pad, take or put, and where the element at index lies on the other side.
func moved(n *graph.Node, index []int) (axis, at int) {
	switch a := n.Attr.(type) {
	case graph.Range:
		return a.Axis, a.From + index[a.Axis]
	case graph.Indices:
		return a.Axis, a.Index[index[a.Axis]]
	}
	panic("ref: no position in " + string(n.Op))
}

func matmul(n *graph.Node, a, b, out []float64) {
	s, t := n.In[0].Shape(), n.In[1].Shape()
	for i := range s[0] {
		for j := range t[1] {
			for k := range s[1] {
				out[i*t[1]+j] += a[i*s[1]+k] * b[k*t[1]+j]
			}
		}
	}
}

// solve finds out with a·out = b by substitution, from the corner of the triangle on.
func solve(n *graph.Node, a, b, out []float64) {
	t, size := n.Attr.(graph.Triangle), n.In[0].Shape()[0]
	m := n.Out[0].Shape[1]
	for step := range size {
		i := step
		if t.Upper {
			i = size - 1 - step
		}
		for c := range m {
			x := b[i*m+c]
			for k := range step { // those already known, in the order in which they were found
				j := k
				if t.Upper {
					j = size - 1 - k
				}
				x -= a[i*size+j] * out[j*m+c]
			}
			if !t.Unit {
				x /= a[i*size+i]
			}
			out[i*m+c] = x
		}
	}
}

// reduced is the element of the result that each element of the operand of a sum or maximum goes into.
func reduced(n *graph.Node) []int {
	gone := map[int]bool{}
	switch a := n.Attr.(type) {
	case graph.Ints:
		for _, axis := range a {
			gone[axis] = true
		}
	case graph.Axis:
		gone[int(a)] = true
	}
	to := make([]int, n.In[0].Shape().Size())
	each(n.In[0].Shape(), func(i int, index []int) {
		var kept []int
		for axis, k := range index {
			if !gone[axis] {
				kept = append(kept, k)
			}
		}
		to[i] = offset(n.Out[0].Shape, kept)
	})
	return to
}

// cumulated lists the terms of each element of a running sum.
func cumulated(n *graph.Node) [][]int {
	c, shape := n.Attr.(graph.Cumulation), n.Out[0].Shape
	terms := make([][]int, shape.Size())
	each(shape, func(i int, index []int) {
		other := append([]int(nil), index...)
		for k := range shape[c.Axis] {
			before := k < index[c.Axis]
			if c.Reverse {
				before = k > index[c.Axis]
			}
			if before || k == index[c.Axis] && !c.Exclusive {
				other[c.Axis] = k
				terms[i] = append(terms[i], offset(shape, other))
			}
		}
	})
	return terms
}

// each calls f for every index of the shape in row-major order, with its number.
func each(shape graph.Shape, f func(i int, index []int)) {
	index := make([]int, len(shape))
	for i := range shape.Size() {
		f(i, index)
		for k := len(shape) - 1; k >= 0; k-- {
			if index[k]++; index[k] < shape[k] {
				break
			}
			index[k] = 0
		}
	}
}

// offset is the row-major place of an index.
func offset(shape graph.Shape, index []int) int {
	o := 0
	for k, i := range index {
		o = o*shape[k] + i
	}
	return o
}

// position clamps a position computed at run time to 0 … n−1; NaN is 0.
func position(x float64, n int) int {
	if math.IsNaN(x) {
		return 0
	}
	return int(min(max(math.Floor(x), 0), float64(n-1)))
}
