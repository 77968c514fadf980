package cpu

import (
	"fmt"
	"slices"

	"diffeo/graph"
)

// cutting copies a body for some elements of its results. The copy of a value holds some units of it.
type cutting struct {
	depth int
	twin  map[*value]*value
	units map[*value][]int // in the order in which the twin has them
	at    map[*value][]int // the place of each unit in the twin
	body  body
}

// cut is the part of a body that some elements of its results need.
func (i *incremental[T]) cut(b *body, elements []int) *body {
	r := i.reach(b, elements, func(*value, int) {})
	c := &cutting{depth: r.depth, twin: map[*value]*value{}, units: map[*value][]int{}, at: map[*value][]int{}}
	for _, v := range b.args {
		c.body.args = append(c.body.args, c.copyOf(v, elements, graph.Shape{len(elements)}))
	}
	for _, o := range b.ops {
		if !slices.ContainsFunc(o.out, func(v *value) bool { return r.seen[v] != nil }) {
			continue
		}
		var units []int // of the first result
		for k, seen := range r.seen[o.out[0]] {
			if seen {
				units = append(units, k)
			}
		}
		c.op(o, units, i.combined(o))
	}
	for _, v := range b.outs {
		out := c.part(v, elements, graph.Shape{len(elements)})
		out.output = true
		c.body.outs = append(c.body.outs, out)
	}
	return &c.body
}

// copyOf makes a twin for the units of v.
func (c *cutting) copyOf(v *value, units []int, shape graph.Shape) *value {
	t := &value{Type: graph.Type{DType: v.DType, Shape: shape, Rows: v.Rows}, inside: v.inside}
	at := make([]int, v.Shape.Size())
	for j, k := range units {
		at[k] = j
	}
	c.twin[v], c.units[v], c.at[v] = t, units, at
	return t
}

// add puts an op with its operands into the copy.
func (c *cutting) add(kind graph.Op, attr graph.Attr, node *graph.Node, out []*value, in ...*value) {
	o := &op{kind: kind, attr: attr, node: node, in: in, out: out}
	for _, v := range out {
		v.def = o
	}
	for _, v := range in {
		if v.inside >= c.depth {
			v.users = append(v.users, o)
		}
	}
	c.body.ops = append(c.body.ops, o)
}

// find is the copy of v, or v itself from outside the body, and the place of a unit there.
func (c *cutting) find(v *value, k int) (*value, int) {
	if t := c.twin[v]; t != nil {
		return t, c.at[v][k]
	}
	return v, k
}

// part is a value of some units of v, in their order. Only operands of products need a shape.
func (c *cutting) part(v *value, units []int, shape graph.Shape) *value {
	t := c.twin[v]
	switch {
	case t == nil && len(units) == v.Shape.Size() && inOrder(units):
		return v
	case t != nil && slices.Equal(units, c.units[v]) && (len(shape) == 1 || t.Shape.Equal(shape)):
		return t
	}
	w := &value{Type: graph.Type{DType: v.DType, Shape: shape, Rows: v.Rows}, inside: v.inside}
	if t == nil { // it is there already
		w.loc, w.left = pick(len(units), nil, func(k int) cell { return v.loc.at(units[k]) }), 1<<30
		return w
	}
	var from gathered
	for _, k := range units {
		from = append(from, [2]int{0, c.at[v][k]})
	}
	c.add(opGather, from, nil, []*value{w}, t)
	return w
}

func inOrder(units []int) bool {
	for j, k := range units {
		if j != k {
			return false
		}
	}
	return true
}

// op copies an op for some units of its first result.
func (c *cutting) op(o *op, units []int, combined [][]int) {
	v := o.out[0]
	n := graph.Shape{len(units)}
	switch o.kind {
	case graph.OpReshape, graph.OpOnRows:
		c.add(graph.OpReshape, nil, o.node, []*value{c.copyOf(v, units, n)}, c.part(o.in[0], units, n))
	case graph.OpBroadcast, graph.OpTranspose, graph.OpConcat, graph.OpSlice, graph.OpPad, graph.OpTake:
		from, list, in := source(o), gathered{}, []*value{}
		for _, k := range units {
			u, j := from(k)
			if u < 0 {
				list = append(list, [2]int{-1, 0})
				continue
			}
			t, at := c.find(o.in[u], j)
			u = slices.Index(in, t)
			if u < 0 {
				u, in = len(in), append(in, t)
			}
			list = append(list, [2]int{u, at})
		}
		c.add(opGather, list, o.node, []*value{c.copyOf(v, units, n)}, in...)
	case graph.OpMatMul:
		m, inner, cols := o.in[0].Shape[0], o.in[0].Shape[1], o.in[1].Shape[1]
		wanted := units[:len(units)/m] // those of the first row
		var below []int
		for j := range inner {
			for _, k := range wanted {
				below = append(below, j*cols+k)
			}
		}
		all := make([]int, m*inner)
		for j := range all {
			all[j] = j
		}
		a, b := c.part(o.in[0], all, o.in[0].Shape), c.part(o.in[1], below, graph.Shape{inner, len(wanted)})
		c.add(o.kind, o.attr, o.node, []*value{c.copyOf(v, units, graph.Shape{m, len(wanted)})}, a, b)
	case graph.OpSum, graph.OpMaxOver, graph.OpPut:
		var lists terms
		for _, k := range units {
			list := make([]int, len(combined[k]))
			for j, u := range combined[k] {
				_, list[j] = c.find(o.in[0], u)
			}
			lists = append(lists, list)
		}
		t, _ := c.find(o.in[0], 0)
		c.add(o.kind, lists, o.node, []*value{c.copyOf(v, units, n)}, t)
	case graph.OpCumSum:
		a := o.attr.(graph.Cumulation)
		length, inner := v.Shape[a.Axis], v.Shape[a.Axis+1:].Size()
		var lines []int // line after line
		for j := range length {
			for _, k := range units {
				if k/inner%length == j {
					lines = append(lines, k)
				}
			}
		}
		shape := graph.Shape{length, len(lines) / max(1, length)}
		x := c.part(o.in[0], lines, shape)
		c.add(o.kind, graph.Cumulation{Exclusive: a.Exclusive, Reverse: a.Reverse}, o.node, []*value{c.copyOf(v, lines, shape)}, x)
	case graph.OpComposite:
		d := o.in[0].Shape.Size()
		var columns []int
		for _, k := range units {
			if k < d {
				columns = append(columns, k)
			}
		}
		cut := func(v *value) (units []int, shape graph.Shape) {
			for k := range v.Shape.Size() {
				if slices.Contains(columns, k%d) {
					units = append(units, k)
				}
			}
			shape = slices.Clone(v.Shape)
			shape[len(shape)-1] = len(columns)
			return units, shape
		}
		var in, out []*value
		for _, u := range o.in {
			units, shape := cut(u)
			in = append(in, c.part(u, units, shape))
		}
		for _, w := range o.out {
			units, shape := cut(w)
			out = append(out, c.copyOf(w, units, shape))
		}
		c.add(o.kind, o.attr, o.node, out, in...)
	default:
		in := make([]*value, len(o.in))
		for k, u := range o.in {
			if u.Shape.Size() == 1 {
				in[k] = c.part(u, []int{0}, graph.Shape{1})
			} else {
				in[k] = c.part(u, units, n)
			}
		}
		c.add(o.kind, o.attr, o.node, []*value{c.copyOf(v, units, n)}, in...)
	}
}

// opGather is a view whose elements are any of those of its operands.
const opGather graph.Op = "gather"

// gathered lists the operand and the element there of each element; operand −1 is a zero.
type gathered [][2]int

func (g gathered) String() string { return fmt.Sprint([][2]int(g)) }

// terms lists the elements of the operand of a sum, maximum or Put that are brought together in each element of the result.
type terms [][]int

func (t terms) String() string { return fmt.Sprint([][]int(t)) }
