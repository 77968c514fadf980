package graph

import (
	"maps"
	"slices"
)

func deriveRegion(b *Builder, n *Node, grads []Value, needed []bool) []Value {
	for i, t := range n.Out {
		if !grads[i].Valid() && t.DType == Float && n.Op != OpRepeat {
			grads[i] = ZerosLike(n.Result(i))
		}
	}
	switch n.Op {
	case OpIf:
		return deriveIf(b, n, grads)
	case OpRepeat:
		return deriveRepeat(b, n, grads)
	case OpCustom:
		return deriveCustom(b, n, grads, needed)
	case OpComposite:
		if d := n.Attr.(Composed).d; d != nil {
			in, _ := d(CustomCall{In: n.In, Out: results(n), Grad: grads, NeedIn: needed})
			if len(in) != len(n.In) {
				Fail(OpComposite, "%s: the derivative gives %d gradients for %d inputs", n.Attr, len(in), len(n.In))
			}
			return in
		}
		return b.inlineVJP(n.Body[0], n.In, grads)
	}
	Fail(n.Op, "has no derivative: give it one by Custom")
	return nil
}

// deriveCustom calls the given derivative. Renaming inputs and captured values keeps it partial: the results do not depend
// on the new names, and one value that comes in twice is two. Renamed captured values stand in for those that the forward
// code used, also where the whole op has been copied into another graph since.
func deriveCustom(b *Builder, n *Node, grads []Value, needed []bool) []Value {
	c := n.Attr.(customDerivative)
	if c.d == nil { // a renaming
		return grads
	}
	own := make([]Value, len(n.In))
	for i, v := range n.In {
		own[i] = b.rename(v)
	}
	call := CustomCall{
		In: own[:c.inputs:c.inputs], Captured: own[c.inputs:], Out: results(n), Grad: grads,
		NeedIn: needed[:c.inputs:c.inputs], NeedCaptured: needed[c.inputs:],
	}
	old := b.subst
	defer func() { b.subst = old }()
	b.subst = maps.Clone(old)
	if b.subst == nil {
		b.subst = map[Value]Value{}
	}
	for i, v := range c.captured {
		b.subst[v] = call.Captured[i]
	}
	for v, w := range c.subst {
		if i := slices.Index(c.captured, w); i >= 0 {
			b.subst[v] = call.Captured[i]
		}
	}
	in, captured := c.d(call)
	if len(in) != c.inputs || len(captured) != 0 && len(captured) != len(call.Captured) {
		Fail(OpCustom, "%s: the derivative gives %d and %d gradients for %d inputs and %d captured values",
			c.name, len(in), len(captured), c.inputs, len(call.Captured))
	}
	if captured == nil {
		for i, v := range call.Captured {
			if needed[c.inputs+i] && reachesParam(v, map[*Node]bool{}) {
				Fail(OpCustom, "%s: the derivative gives no gradient for the parameters that the forward code uses (return them as captured)", c.name)
			}
		}
		captured = make([]Value, len(call.Captured))
	}
	return slices.Concat(in, captured)
}

// rename is x as a value of its own, so that differentiating with respect to it leaves out other ways to x.
func (b *Builder) rename(x Value) Value {
	if x.Type().DType != Float {
		return x
	}
	return b.fresh(OpCustom, renaming, []Value{x}, []*Graph{b.identity(x.Type())}, x.Type()).Result(0)
}

func reachesParam(v Value, seen map[*Node]bool) bool {
	if v.node.Op == OpParam {
		return true
	}
	if seen[v.node] || v.node.Op == OpStopGradient {
		return false
	}
	seen[v.node] = true
	for _, u := range v.node.In {
		if reachesParam(u, seen) {
			return true
		}
	}
	return false
}

// inlineVJP computes a nested graph again, in the innermost one, and differentiates it there with respect to its float arguments.
func (b *Builder) inlineVJP(g *Graph, args, grads []Value) []Value {
	// Each argument is renamed, so that one that also reaches the body by another way is not counted twice.
	var wrt []Value
	own := make([]Value, len(args))
	for i, a := range args {
		own[i] = b.rename(a)
		if a.Type().DType == Float {
			wrt = append(wrt, own[i])
		}
	}
	gs := VJP(b.inline(g, own), grads, wrt)
	out := make([]Value, len(args))
	for i, a := range args {
		if a.Type().DType == Float {
			out[i], gs = gs[0], gs[1:]
		}
	}
	return out
}

var renaming = customDerivative{name: "identity", inputs: 1}

func (b *Builder) identity(t Type) *Graph {
	g, _ := b.region([]Type{t}, func(a []Value) []Value { return a })
	return g
}

// deriveIf: the branch is computed again beside its derivative.
func deriveIf(b *Builder, n *Node, grads []Value) []Value {
	split := 1 + len(n.Body[0].Inputs)
	then, otherwise := n.In[1:split], n.In[split:]
	var wrt []Value // float captures of both branches
	for _, v := range n.In[1:] {
		if v.Type().DType == Float {
			wrt = append(wrt, v)
		}
	}
	branch := func(g *Graph, args []Value, then bool) func() []Value {
		return func() []Value {
			local := make([]Value, len(args))
			for i, a := range args {
				local[i] = b.use(a)
			}
			gs := make([]Value, len(grads))
			for i, v := range grads {
				if v.Valid() {
					gs[i] = b.use(v)
				}
			}
			mine := b.inlineVJP(g, local, gs)
			var out []Value
			for i, v := range n.In[1:] {
				if v.Type().DType != Float {
					continue
				}
				isThen := i < split-1
				switch {
				case isThen != then:
					out = append(out, ZerosLike(b.use(v)))
				case then:
					out = append(out, mine[i])
				default:
					out = append(out, mine[i-(split-1)])
				}
			}
			return out
		}
	}
	if len(wrt) == 0 {
		return make([]Value, len(n.In))
	}
	gs := If(n.In[0], branch(n.Body[0], then, true), branch(n.Body[1], otherwise, false))
	out := make([]Value, len(n.In))
	for i, v := range n.In[1:] {
		if v.Type().DType == Float {
			out[i+1], gs = gs[0], gs[1:]
		}
	}
	return out
}

// deriveRepeat runs the trips backwards. The stack of a carry holds what each trip began with, so trip i is computed again from
// its own start, differentiated, and hands the gradient of its carries to trip i − 1; gradients of captured values add up.
func deriveRepeat(b *Builder, n *Node, grads []Value) []Value {
	trips := n.Attr.(Trips)
	count, captured := n.In[0], n.In[1+trips.Carries:]
	var init []Value
	var floats []int // carries that have a gradient
	for i := range trips.Carries {
		if n.Out[i].DType != Float {
			continue
		}
		floats = append(floats, i)
		if !grads[i].Valid() {
			grads[i] = ZerosLike(n.Result(i))
		}
		init = append(init, grads[i])
	}
	var sums []int // captured values that have a gradient
	for i, v := range captured {
		if v.Type().DType == Float {
			sums = append(sums, i)
			init = append(init, ZerosLike(v))
		}
	}
	last := Offset(Floor(Clamp(count, 0, float64(trips.Max))), -1)
	back := Repeat(count, trips.Max, init, func(j Value, carry []Value) []Value {
		i := Sub(last, j)
		args := []Value{i}
		for c := range trips.Carries {
			args = append(args, Index(n.Result(trips.Carries+c), i))
		}
		for _, v := range captured {
			args = append(args, b.use(v))
		}
		gs := make([]Value, trips.Carries)
		for k, c := range floats {
			gs[c] = carry[k]
		}
		inner := b.inlineVJP(n.Body[0], args, gs)
		var next []Value
		for _, c := range floats {
			d := inner[1+c]
			if s := grads[trips.Carries+c]; s.Valid() { // the stack itself was differentiated
				d = Add(d, Index(s, i))
			}
			next = append(next, d)
		}
		for k, c := range sums {
			next = append(next, Add(carry[len(floats)+k], inner[1+trips.Carries+c]))
		}
		return next
	})
	out := make([]Value, len(n.In))
	for k, c := range floats {
		out[1+c] = back[k]
	}
	for k, c := range sums {
		out[1+trips.Carries+c] = back[len(floats)+k]
	}
	return out
}
