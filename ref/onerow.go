package ref

import (
	"math"

	"diffeo/graph"
)

// oneRow computes an op that knows nothing of other rows: in holds the operands' elements, row-major.
func oneRow(n *graph.Node, in [][]float64, out []float64) {
	if f, ok := graph.Unary[n.Op]; ok {
		for i, x := range in[0] {
			out[i] = f(x)
		}
		return
	}
	if f, ok := graph.Binary[n.Op]; ok {
		for i := range out {
			out[i] = f(in[0][i], in[1][i])
		}
		return
	}
	switch n.Op {
	case graph.OpSelect:
		for i := range out {
			out[i] = in[2][i]
			if in[0][i] != 0 {
				out[i] = in[1][i]
			}
		}
	case graph.OpOnRows, graph.OpStopGradient, graph.OpReshape:
		copy(out, in[0])
	case graph.OpMatMul:
		matmul(n, in[0], in[1], out)
	case graph.OpTriangularSolve:
		solve(n, in[0], in[1], out)
	case graph.OpIndex:
		copy(out, in[0][position(in[1][0], len(in[0])/max(1, len(out)))*len(out):])
	case graph.OpPlace:
		copy(out[position(in[1][0], len(out)/max(1, len(in[0])))*len(in[0]):], in[0])
	case graph.OpSum, graph.OpMaxOver:
		reduce(n, in[0], out)
	case graph.OpCumSum:
		cumsum(n, in[0], out)
	case graph.OpConcat:
		axis, at := int(n.Attr.(graph.Axis)), 0
		for k, v := range n.In {
			each(v.Shape(), func(i int, index []int) {
				index[axis] += at
				out[offset(n.Out[0].Shape, index)] = in[k][i]
				index[axis] -= at
			})
			at += v.Shape()[axis]
		}
	case graph.OpPad, graph.OpPut: // element by element of the operand
		each(n.In[0].Shape(), func(i int, index []int) {
			axis, to := moved(n, index)
			from := index[axis]
			index[axis] = to
			out[offset(n.Out[0].Shape, index)] += in[0][i]
			index[axis] = from
		})
	case graph.OpSlice, graph.OpTake: // element by element of the result
		each(n.Out[0].Shape, func(i int, index []int) {
			axis, from := moved(n, index)
			to := index[axis]
			index[axis] = from
			out[i] = in[0][offset(n.In[0].Shape(), index)]
			index[axis] = to
		})
	case graph.OpTranspose:
		order, source := n.Attr.(graph.Ints), make([]int, len(n.Out[0].Shape))
		each(n.Out[0].Shape, func(i int, index []int) {
			for k, a := range order {
				source[a] = index[k]
			}
			out[i] = in[0][offset(n.In[0].Shape(), source)]
		})
	case graph.OpBroadcast:
		shape := n.In[0].Shape()
		source, lead := make([]int, len(shape)), len(n.Out[0].Shape)-len(shape)
		each(n.Out[0].Shape, func(i int, index []int) {
			for k := range source {
				source[k] = min(index[lead+k], shape[k]-1)
			}
			out[i] = in[0][offset(shape, source)]
		})
	default:
		panic("ref: no definition of " + string(n.Op))
	}
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

func reduce(n *graph.Node, x, out []float64) {
	gone := map[int]bool{}
	switch a := n.Attr.(type) {
	case graph.Ints:
		for _, axis := range a {
			gone[axis] = true
		}
	case graph.Axis:
		gone[int(a)] = true
		for i := range out {
			out[i] = math.Inf(-1)
		}
	}
	each(n.In[0].Shape(), func(i int, index []int) {
		var kept []int
		for axis, k := range index {
			if !gone[axis] {
				kept = append(kept, k)
			}
		}
		o := offset(n.Out[0].Shape, kept)
		if n.Op == graph.OpSum {
			out[o] += x[i]
		} else {
			out[o] = max(out[o], x[i])
		}
	})
}

func cumsum(n *graph.Node, x, out []float64) {
	c, shape := n.Attr.(graph.Cumulation), n.Out[0].Shape
	each(shape, func(i int, index []int) {
		other := append([]int(nil), index...)
		for k := range shape[c.Axis] {
			before := k < index[c.Axis]
			if c.Reverse {
				before = k > index[c.Axis]
			}
			if before || k == index[c.Axis] && !c.Exclusive {
				other[c.Axis] = k
				out[i] += x[offset(shape, other)]
			}
		}
	})
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
