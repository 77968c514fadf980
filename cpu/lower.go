package cpu

import (
	"fmt"
	"slices"

	"diffeo/graph"
)

// The compiler works on its own copy of a graph: custom derivatives and composites without a kernel are replaced by what they
// hold, regions refer to outer values directly, and what a region computes from outer values alone is moved out of it.

// op is an operation to be compiled.
type op struct {
	kind  graph.Op
	attr  graph.Attr
	node  *graph.Node
	in    []*value
	out   []*value
	body  []*body
	stage int
	guard []guard
	done  bool // emitted, or absorbed by an instruction of another op
}

// body is the inside of a region.
type body struct {
	args []*value
	ops  []*op
	outs []*value
}

// value is a result of an op.
type value struct {
	graph.Type
	def      *op
	users    []*op
	stage    int  // the first stage in which it exists
	variable bool // an input that is no parameter
	output   bool // read by the caller, by an update or by a later stage
	inside   int  // depth of the region whose trips it varies with; 0: none
	loc      loc
	left     int   // uses not yet emitted in the current stage
	mask     *mask // of a constant that weights are multiplied by
}

type lowering struct {
	ops    []*op // of the outermost graph, in order
	inputs []*value
	known  map[string]*op       // those that equal ones are replaced by
	data   map[string][]float64 // of constants
	ids    map[*value]int       // for the keys of known

	recomputes bool // values are computed once more, to spare memory
	err        error
}

func (l *lowering) fail(n *graph.Node, format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: %s: %s (%s)", ErrUnsupported, n.Op, fmt.Sprintf(format, args...), n.Site())
	}
}

// scope is where ops go: one list for each depth of regions, from the outermost in.
type scope struct {
	lists  []*[]*op
	rows   int // lanes per row that varying shared values take inside a region
	guards []guard
}

// guard is the condition of an If on whose side an op stands. Both sides are computed, but what may not end or has
// effects must see it.
type guard struct {
	value *value
	want  bool
}

func (s scope) depth() int { return len(s.lists) - 1 }

// inline copies the nodes of g with env for its arguments and returns the values of its outputs.
func (l *lowering) inline(g *graph.Graph, nodes []*graph.Node, env map[graph.Value]*value, s scope) []*value {
	for _, n := range nodes {
		if l.err != nil {
			return make([]*value, len(g.Outputs))
		}
		switch n.Op {
		case graph.OpInput, graph.OpParam, graph.OpArg:
			continue
		case graph.OpCustom:
			l.nested(n, env, s)
			continue
		case graph.OpComposite:
			if !hasKernel(n) || s.depth() > 0 && n.Attr.(graph.Composed).Name == graph.AdamOp {
				l.nested(n, env, s)
				continue
			}
		case graph.OpStopGradient:
			env[n.Result(0)] = env[n.In[0]]
			continue
		case graph.OpAfter: // ops are written in the order in which they stand here, so that it is enough to be a value of its own
			v := env[n.In[0]]
			l.recomputes = true
			env[n.Result(0)] = l.once(&op{kind: graph.OpReshape, attr: graph.Axis(n.ID), node: n, in: []*value{v}}, v.inside, s).out[0]
			continue
		case graph.OpIf, graph.OpRepeat, graph.OpWhile:
			l.region(n, env, s, func(v graph.Value) bool { return reads(g, nodes, v) })
			continue
		case graph.OpHost:
			if len(s.guards) > 0 || s.depth() > 0 {
				l.fail(n, "a call of Go code inside a region")
				continue
			}
		}
		o := &op{kind: n.Op, attr: n.Attr, node: n}
		depth := 0
		for _, v := range n.In {
			o.in = append(o.in, env[v])
			depth = max(depth, env[v].inside)
		}
		for i, v := range l.once(o, depth, s).out {
			env[n.Result(i)] = v
		}
	}
	outs := make([]*value, len(g.Outputs))
	for i, o := range g.Outputs {
		outs[i] = env[o.Value]
	}
	return outs
}

// finish gives an op its results and puts it where all of its operands exist.
func (l *lowering) finish(o *op, depth int, s scope) {
	for _, t := range o.node.Out {
		v := &value{Type: t, def: o, inside: depth}
		if depth > 0 && t.Rows == 0 { // it varies from trip to trip: one lane like another
			v.Rows = s.rows
		}
		o.out = append(o.out, v)
	}
	*s.lists[depth] = append(*s.lists[depth], o)
}

// reads reports whether v is used by some nodes of g or is one of its results.
func reads(g *graph.Graph, nodes []*graph.Node, v graph.Value) bool {
	for _, n := range nodes {
		if slices.Contains(n.In, v) {
			return true
		}
	}
	return slices.ContainsFunc(g.Outputs, func(o graph.Output) bool { return o.Value == v }) ||
		slices.ContainsFunc(g.Updates, func(u graph.Update) bool { return u.Value == v })
}

func (l *lowering) nested(n *graph.Node, env map[graph.Value]*value, s scope) {
	g := n.Body[0]
	inner := map[graph.Value]*value{}
	for i, a := range g.Inputs {
		inner[a.Result(0)] = env[n.In[i]]
	}
	for i, v := range l.inline(g, g.Needed(), inner, s) {
		env[n.Result(i)] = v
	}
}

// region compiles If, Repeat and While. Bodies see outer values as they are.
func (l *lowering) region(n *graph.Node, env map[graph.Value]*value, s scope, used func(graph.Value) bool) {
	if n.Op == graph.OpIf {
		l.branch(n, env, s)
		return
	}
	level := 0 // the loop stands where all that it reads exists
	for _, v := range n.In {
		level = max(level, env[v].inside)
	}
	for _, g := range s.guards {
		level = max(level, g.value.inside)
	}
	carries := len(n.Out)
	if n.Op == graph.OpRepeat {
		carries = n.Attr.(graph.Trips).Carries
	}
	rows, every := 0, make([]bool, carries)
	for c, t := range n.Out[:carries] {
		rows, every[c] = max(rows, t.Rows), true
	}
	if level > 0 {
		rows = max(rows, s.rows)
	}
	if rows > 0 { // what varies with the trips has as many lanes as anything beside it
		rows = max(rows, mostLanes(n.Body))
	}
	l.loop(n, env, s, level, rows, every)
	if rows == 0 || level > 0 {
		return
	}
	// The loop computes shared carries on every lane. Who wants them as shared values gets them from a loop of their own.
	alone, wanted := make([]bool, carries), false
	for i, t := range n.Out {
		if t.Rows == 0 {
			alone[i%carries] = true
			wanted = wanted || used(n.Result(i))
		}
	}
	if wanted {
		l.loop(n, env, s, 0, 0, alone)
	}
}

// loop compiles a Repeat or While with those of its carried values that are kept; the others must not matter to them. Values that vary
// with the trips get so many lanes a row (0: they are shared).
func (l *lowering) loop(n *graph.Node, env map[graph.Value]*value, s scope, level, rows int, kept []bool) {
	o := &op{kind: n.Op, attr: n.Attr, node: n, guard: s.guards}
	own, at := len(kept), len(kept) // a body's own arguments; the first captured input
	if n.Op == graph.OpRepeat {
		own, at = own+1, at+1
		o.in = append(o.in, env[n.In[0]])
	}
	count := 0
	for c, k := range kept {
		if k {
			o.in = append(o.in, env[n.In[at-len(kept)+c]])
			count++
		}
	}
	if trips, ok := n.Attr.(graph.Trips); ok {
		o.attr = graph.Trips{Carries: count, Max: trips.Max}
	}
	depth := s.depth() + 1
	for k, g := range n.Body {
		h := *g
		if k == len(n.Body)-1 { // not the condition
			h.Outputs = nil
			for c, out := range g.Outputs {
				if kept[c] {
					h.Outputs = append(h.Outputs, out)
				}
			}
		}
		b := &body{}
		inner := map[graph.Value]*value{}
		dropped := map[graph.Value]bool{}
		for i, a := range g.Inputs {
			if i >= own {
				inner[a.Result(0)] = env[n.In[at]]
				at++
				continue
			}
			if c := i - own + len(kept); c >= 0 && !kept[c] {
				dropped[a.Result(0)] = true
				continue
			}
			v := &value{Type: a.Out[0], inside: depth}
			if v.Rows == 0 {
				v.Rows = rows
			}
			inner[a.Result(0)] = v
			b.args = append(b.args, v)
		}
		nodes := h.Needed()
		for _, p := range nodes {
			for _, v := range p.In {
				if dropped[v] {
					l.fail(n, "a sum over rows inside the loop")
				}
			}
		}
		sub := scope{lists: append(append([]*[]*op(nil), s.lists...), &b.ops), rows: rows, guards: s.guards}
		if b.outs = l.inline(&h, nodes, inner, sub); l.err != nil {
			return
		}
		b.ops = live(b.ops, b.outs)
		o.body = append(o.body, b)
	}
	for _, g := range s.guards {
		o.in = append(o.in, g.value)
	}
	o.in = append(o.in, outerReads(o.body, depth)...) // they must exist before the loop runs and outlive it
	key := l.key(o, level, s) + fmt.Sprint(kept, rows)
	for _, g := range s.guards {
		key += fmt.Sprint(g.want)
	}
	if same := l.known[key]; same != nil {
		l.results(n, env, same.out, kept)
		return
	}
	l.finish(o, level, s)
	l.known[key] = o
	all := o.out
	o.out = nil
	for i, v := range all {
		if !kept[i%len(kept)] {
			continue
		}
		if v.Rows == 0 {
			v.Rows = rows
		}
		o.out = append(o.out, v)
	}
	l.results(n, env, o.out, kept)
}

// results binds the results of a loop that are kept.
func (l *lowering) results(n *graph.Node, env map[graph.Value]*value, out []*value, kept []bool) {
	for i := range n.Out {
		if kept[i%len(kept)] {
			env[n.Result(i)], out = out[0], out[1:]
		}
	}
}

// mostLanes is the most lanes a row of any value in some graphs.
func mostLanes(gs []*graph.Graph) int {
	most := 0
	for _, g := range gs {
		for _, n := range g.Nodes {
			for _, t := range n.Out {
				most = max(most, t.Rows)
			}
			most = max(most, mostLanes(n.Body))
		}
	}
	return most
}

// branch computes both sides of an If and picks: sides have no effects, and rows of a tile all agree.
func (l *lowering) branch(n *graph.Node, env map[graph.Value]*value, s scope) {
	at := 1
	sides := make([][]*value, 2)
	for k, g := range n.Body {
		inner := map[graph.Value]*value{}
		for _, a := range g.Inputs {
			inner[a.Result(0)] = env[n.In[at]]
			at++
		}
		side := s
		side.guards = append(slices.Clone(s.guards), guard{env[n.In[0]], k == 0})
		if sides[k] = l.inline(g, g.Needed(), inner, side); l.err != nil {
			return
		}
	}
	for i, t := range n.Out {
		o := &op{kind: graph.OpSelect, node: n, in: []*value{env[n.In[0]], sides[0][i], sides[1][i]}}
		v := &value{Type: t, def: o}
		for _, u := range o.in {
			v.inside = max(v.inside, u.inside)
		}
		if v.inside > 0 && v.Rows == 0 {
			v.Rows = s.rows
		}
		o.out = []*value{v}
		*s.lists[v.inside] = append(*s.lists[v.inside], o)
		env[n.Result(i)] = v
	}
}

// outerReads lists the values from outside that bodies at a depth read, each once.
func outerReads(bodies []*body, depth int) []*value {
	var found []*value
	seen := map[*value]bool{}
	reads := func(vs []*value) {
		for _, v := range vs {
			if v.inside < depth && !seen[v] {
				seen[v] = true
				found = append(found, v)
			}
		}
	}
	for _, b := range bodies {
		for _, p := range b.ops {
			reads(p.in)
		}
		reads(b.outs)
	}
	return found
}
