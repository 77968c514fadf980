package graph

// Gradient is the derivative of y, one float per row or one for all rows, with respect to each of wrt. For a per-row y each row is
// differentiated by itself; with respect to a shared value the rows are summed.
func Gradient(y Value, wrt ...Value) []Value {
	if y.Type().DType != Float || y.Shape().Size() != 1 {
		Fail("gradient", "of %s, which is not one float", y.Type())
	}
	one := OnRows(Broadcast(scalarLike(y, 1), y.Shape()...), y.Type().Rows)
	return VJP([]Value{y}, []Value{one}, wrt)
}

// VJP is the vector–Jacobian product: Σᵢ gᵢᵀ ∂yᵢ/∂w for each w of wrt, by reverse accumulation. A g that is not valid is
// zero. The derivative's ops join the graph and can be differentiated again.
func VJP(ys, gs, wrt []Value) []Value {
	b := builderOf(ys...)
	if len(gs) != len(ys) {
		Fail("gradient", "%d gradients for %d results", len(gs), len(ys))
	}
	d := derivation{b: b, g: b.top, adjoint: map[Value]Value{}}
	for i, y := range ys { // first, for checkCaptures to see them
		if gs[i].Valid() {
			b.use(y)
		}
	}
	ws := make([]Value, len(wrt))
	for i, w := range wrt {
		ws[i] = b.use(w)
	}
	d.reached = make([]bool, len(d.g.Nodes)) // use may have added arguments
	for _, w := range ws {
		if w.Type().DType != Float {
			Fail("gradient", "with respect to %s", w.Type())
		}
		for outer, arg := range d.g.imports {
			if arg == w {
				d.checkCaptures(outer, w)
			}
		}
		d.reached[w.node.ID] = true
	}
	last := 0
	for i, y := range ys {
		y = b.use(y)
		if gs[i].Valid() {
			if !gs[i].Type().Equal(y.Type()) {
				Fail("gradient", "of result %d is %s, the result %s", i, gs[i].Type(), y.Type())
			}
			d.add(y, b.use(gs[i]))
			last = max(last, y.node.ID)
		}
	}
	for id := range d.reached {
		for _, v := range d.g.Nodes[id].In {
			if v.node.ID < len(d.reached) && d.reached[v.node.ID] && v.Type().DType == Float {
				d.reached[id] = true
			}
		}
	}
	site := b.site
	defer func() { b.site = site }()
	for id := min(last, len(d.reached)-1); id >= 0; id-- {
		if n := d.g.Nodes[id]; d.reached[id] {
			d.step(n)
		}
	}
	out := make([]Value, len(ws))
	for i, w := range ws {
		if out[i] = d.adjoint[w]; !out[i].Valid() {
			out[i] = ZerosLike(w)
		}
	}
	return out
}

type derivation struct {
	b       *Builder
	g       *Graph
	adjoint map[Value]Value
	reached []bool // nodes that depend on what we differentiate with respect to
}

// step hands the gradients of a node's results to its inputs.
func (d *derivation) step(n *Node) {
	grads, any := make([]Value, len(n.Out)), false
	for i := range n.Out {
		grads[i] = d.adjoint[Value{n, i}]
		any = any || grads[i].Valid()
	}
	if !any || len(n.In) == 0 {
		return
	}
	needed, some := make([]bool, len(n.In)), false
	for i, v := range n.In {
		needed[i] = d.reached[v.node.ID] && v.Type().DType == Float
		some = some || needed[i]
	}
	if !some { // the node is itself what we differentiate with respect to
		return
	}
	d.b.site = n
	for i, c := range derive(d.b, n, grads, needed) {
		if c.Valid() && needed[i] {
			d.add(n.In[i], c)
		}
	}
}

// add accumulates a contribution to the gradient of v. One that differs between rows is summed if v is shared.
func (d *derivation) add(v, c Value) {
	if v.Type().Rows == 0 && c.Type().Rows > 0 {
		c = SumRows(c)
	}
	if !c.Type().Equal(v.Type()) {
		Fail(v.node.Op, "internal: the gradient of %s is %s", v.Type(), c.Type())
	}
	if a := d.adjoint[v]; a.Valid() {
		c = Add(a, c)
	}
	d.adjoint[v] = c
}

// checkCaptures refuses to differentiate inside a region with respect to an outer value that also reaches the region by
// way of another captured value: that path would be lost silently.
func (d *derivation) checkCaptures(outer, inner Value) {
	for v, w := range d.g.imports {
		if w == inner || w.node.Op == OpConst {
			continue
		}
		if dependsOn(v, outer, map[*Node]bool{}) {
			Fail("gradient", "inside a region with respect to the value made at %s, which also enters through the value made at %s: compute that inside the region",
				outer.node.Site(), v.node.Site())
		}
	}
}

func dependsOn(v, w Value, seen map[*Node]bool) bool {
	if v == w {
		return true
	}
	if seen[v.node] || v.Type().DType != Float || v.node.Op == OpStopGradient {
		return false
	}
	seen[v.node] = true
	for _, u := range v.node.In {
		if dependsOn(u, w, seen) {
			return true
		}
	}
	for u, arg := range v.node.graph.imports { // what a region between captured
		if arg == v && dependsOn(u, w, seen) {
			return true
		}
	}
	return false
}
