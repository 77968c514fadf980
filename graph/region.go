package graph

import "fmt"

// Regions hold nested graphs. The arguments of a body are the region's own (a counter, carried values), then the outer values
// that the body captured; the node's inputs follow the same order.
const (
	OpIf     Op = "if"     // In: condition, captures of Body[0], captures of Body[1]
	OpRepeat Op = "repeat" // In: trip count, initial carries, captures; Attr Trips; Out: final carries, then a stack for each
	OpWhile  Op = "while"  // In: initial carries, captures of the condition Body[0], captures of the step Body[1]
	OpIndex  Op = "index"  // In: x [n,…], shared position: x[position]
	OpPlace  Op = "place"  // In: x, shared position; Attr Axis n: [n,…] that is x at the position and 0 elsewhere
)

// Trips is the attribute of OpRepeat: Carries values are handed from one trip to the next, at most Max times.
type Trips struct{ Carries, Max int }

func (t Trips) String() string { return fmt.Sprintf("%d carried, at most %d trips", t.Carries, t.Max) }

// region builds a nested graph from f and returns it with the outer values that it captured.
func (b *Builder) region(args []Type, f func(args []Value) []Value) (*Graph, []Value) {
	g := b.newGraph(b.top)
	outer := b.top
	b.top = g
	vs := make([]Value, len(args))
	for i, t := range args {
		vs[i] = b.argument(g, t)
	}
	for _, v := range f(vs) {
		g.Outputs = append(g.Outputs, Output{Value: b.use(v)})
	}
	b.top = outer
	return g, g.outer
}

// outTypes lists the types of a region's results.
func (g *Graph) outTypes() []Type {
	ts := make([]Type, len(g.Outputs))
	for i, o := range g.Outputs {
		ts[i] = o.Value.Type()
	}
	return ts
}

// If computes then or otherwise as the shared truth value cond says; both give the same number of results with the same
// shapes. For a condition that differs between rows use Select.
func If(cond Value, then, otherwise func() []Value) []Value {
	b := builderOf(cond)
	if t := cond.Type(); t.DType != Bool || t.Rows != 0 || len(t.Shape) != 0 {
		Fail(OpIf, "the condition is %s, not one shared bool", t)
	}
	var rows []int // lanes per row of each result, once known to differ between the branches
	for {
		branch := func(f func() []Value) func([]Value) []Value {
			return func([]Value) []Value {
				vs := f()
				for i := range rows {
					vs[i] = OnRows(vs[i], rows[i])
				}
				return vs
			}
		}
		g, cg := b.region(nil, branch(then))
		h, ch := b.region(nil, branch(otherwise))
		s, t := g.outTypes(), h.outTypes()
		if len(s) != len(t) {
			Fail(OpIf, "branches give %d and %d results", len(s), len(t))
		}
		same := true
		rows = make([]int, len(s))
		for i := range s {
			rows[i] = max(s[i].Rows, t[i].Rows)
			if s[i].DType != t[i].DType || !s[i].Shape.Equal(t[i].Shape) {
				Fail(OpIf, "result %d is %s in one branch and %s in the other", i, s[i], t[i])
			}
			same = same && s[i].Rows == t[i].Rows
		}
		if same {
			in := append(append([]Value{cond}, cg...), ch...)
			return results(b.fresh(OpIf, nil, in, []*Graph{g, h}, s...))
		}
	}
}

// Repeat runs body n times on the carried values: body(i, carry) returns the next ones, for i = 0, 1, …. The trip count
// is a shared float that may be known only at run time; it is rounded down and clamped to 0 … most, and NaN is 0.
func Repeat(n Value, most int, init []Value, body func(i Value, carry []Value) []Value) []Value {
	b := builderOf(append([]Value{n}, init...)...)
	if t := n.Type(); t.DType != Float || t.Rows != 0 || len(t.Shape) != 0 || most < 0 {
		Fail(OpRepeat, "the trip count is %s (at most %d), not one shared float", t, most)
	}
	init = append([]Value(nil), init...)
	if most == 0 {
		return init
	}
	for {
		args := []Type{{Float, nil, 0}}
		for _, v := range init {
			args = append(args, v.Type())
		}
		g, captured := b.region(args, func(a []Value) []Value { return body(a[0], a[1:]) })
		out := g.outTypes()
		if carried(OpRepeat, init, out) {
			in := append(append([]Value{n}, init...), captured...)
			for _, t := range out[:len(init):len(init)] { // what each trip began with, for the derivative
				out = append(out, Type{t.DType, append(Shape{most}, t.Shape...), t.Rows})
			}
			return results(b.fresh(OpRepeat, Trips{len(init), most}, in, []*Graph{g}, out...))[:len(init)]
		}
	}
}

// While runs step on the carried values while cond(carry) holds. A per-row condition stops each row by itself: rows that
// are done keep their values, and sums over rows, which would depend on when others stop, are refused. A shared condition runs
// all rows equally often and allows them. A condition of some shape stops each element by itself, and all carried values have its shape.
// It has no derivative; give it one by Custom.
func While(init []Value, cond func(carry []Value) Value, step func(carry []Value) []Value) []Value {
	b := builderOf(init...)
	init = append([]Value(nil), init...)
	for {
		var args []Type
		for _, v := range init {
			args = append(args, v.Type())
		}
		c, cc := b.region(args, func(a []Value) []Value { return []Value{cond(a)} })
		s, cs := b.region(args, step)
		t := c.outTypes()[0]
		fits := t.DType == Bool
		for _, v := range init {
			fits = fits && (len(t.Shape) == 0 || v.Shape().Equal(t.Shape))
		}
		if !fits {
			Fail(OpWhile, "the condition is %s, not one bool or one for each element of every carried value", t)
		}
		if n := s.sumOverRows(); n != nil && t.Rows > 0 {
			Fail(OpWhile, "rows stop one by one, so a step cannot sum over them (%s at %s): give one condition for all rows", n.Op, n.Site())
		}
		out := s.outTypes()
		for i := range out {
			if t.Rows > 0 && out[i].Rows == 0 && i < len(init) { // rows stop one by one, so no carry stays shared
				out[i].Rows = t.Rows
			}
		}
		if carried(OpWhile, init, out) {
			in := append(append(append([]Value(nil), init...), cc...), cs...)
			return results(b.fresh(OpWhile, nil, in, []*Graph{c, s}, out...))
		}
	}
}

// sumOverRows finds an op that joins rows among those that g's results need.
func (g *Graph) sumOverRows() *Node {
	for _, n := range g.Needed() {
		if SumsRows(n.Op) {
			return n
		}
		for _, b := range n.Body {
			if m := b.sumOverRows(); m != nil {
				return m
			}
		}
	}
	return nil
}

// carried reports whether the next carries have the types of the first ones; where only the rows differ it
// spreads the first ones for another try.
func carried(op Op, init []Value, next []Type) bool {
	if len(init) != len(next) {
		Fail(op, "%d values are carried, the body returns %d", len(init), len(next))
	}
	same := true
	for i, t := range next {
		s := init[i].Type()
		switch {
		case s.Equal(t):
		case s.Rows == 0 && s.DType == t.DType && s.Shape.Equal(t.Shape):
			init[i], same = OnRows(init[i], t.Rows), false
		default:
			Fail(op, "carried value %d begins as %s and goes on as %s", i, s, t)
		}
	}
	return same
}

// Index is element i of x along its first axis, for a shared float i that is rounded down and clamped to the axis; NaN is 0.
func Index(x, i Value) Value {
	t := x.Type()
	checkAxis(OpIndex, t, 0)
	checkPosition(OpIndex, i, t.Shape[0])
	return builderOf(x).node(OpIndex, nil, []Value{x, i}, Type{t.DType, t.Shape[1:], t.Rows}).Result(0)
}

// Place is an array of n elements along a new first axis: x at position i, which is found as by Index, zeros elsewhere.
func Place(x, i Value, n int) Value {
	t := x.Type()
	checkPosition(OpPlace, i, n)
	return builderOf(x).node(OpPlace, Axis(n), []Value{x, i}, Type{t.DType, append(Shape{n}, t.Shape...), t.Rows}).Result(0)
}

func checkPosition(op Op, i Value, n int) {
	if n < 1 {
		Fail(op, "in an axis of length %d", n)
	}
	if t := i.Type(); t.DType != Float || t.Rows != 0 || len(t.Shape) != 0 {
		Fail(op, "the position is %s, not one shared float", t)
	}
}

func results(n *Node) []Value {
	vs := make([]Value, len(n.Out))
	for i := range vs {
		vs[i] = Value{n, i}
	}
	return vs
}

// inline writes the nodes of a nested graph into the innermost graph, with args for its arguments.
func (b *Builder) inline(g *Graph, args []Value) []Value {
	twin := make([]*Node, len(g.Nodes))
	arg := map[*Node]Value{}
	for i, n := range g.Inputs {
		arg[n] = args[i]
	}
	moved := func(v Value) Value {
		if a, ok := arg[v.node]; ok {
			return a
		}
		return Value{twin[v.node.ID], v.index}
	}
	site := b.site
	defer func() { b.site = site }()
	for _, n := range g.Nodes {
		if n.Op == OpArg {
			continue
		}
		in := make([]Value, len(n.In))
		for i, v := range n.In {
			in[i] = moved(v)
		}
		b.site = n
		if len(n.Body) > 0 {
			twin[n.ID] = b.fresh(n.Op, n.Attr, in, n.Body, n.Out...)
		} else {
			twin[n.ID] = b.node(n.Op, n.Attr, in, n.Out...)
		}
	}
	out := make([]Value, len(g.Outputs))
	for i, o := range g.Outputs {
		out[i] = moved(o.Value)
	}
	return out
}
