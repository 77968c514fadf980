package cpu

import (
	"fmt"

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
	def    *op
	users  []*op
	stage  int  // the first stage in which it exists
	output bool // read by the caller, by an update or by a later stage
	inside int  // depth of the region whose trips it varies with; 0: none
	loc    loc
	left   int // uses not yet emitted in the current stage
}

type lowering struct {
	ops    []*op // of the outermost graph, in order
	inputs []*value
	counts *value // RowCount
	err    error
}

func (l *lowering) fail(n *graph.Node, format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: %s: %s (%s)", ErrUnsupported, n.Op, fmt.Sprintf(format, args...), n.Site())
	}
}

// scope is where ops go: one list for each depth of regions, from the outermost in.
type scope struct {
	lists []*[]*op
	rows  int // lanes per row that varying shared values take inside a region
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
			if !hasKernel(n) {
				l.nested(n, env, s)
				continue
			}
		case graph.OpStopGradient:
			env[n.Result(0)] = env[n.In[0]]
			continue
		case graph.OpIf, graph.OpRepeat, graph.OpWhile:
			l.region(n, env, s)
			continue
		}
		o := &op{kind: n.Op, attr: n.Attr, node: n}
		depth := 0
		for _, v := range n.In {
			o.in = append(o.in, env[v])
			depth = max(depth, env[v].inside)
		}
		l.finish(o, depth, s)
		for i, v := range o.out {
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

// region compiles Repeat and While. Bodies see outer values as they are.
func (l *lowering) region(n *graph.Node, env map[graph.Value]*value, s scope) {
	if n.Op == graph.OpIf {
		l.branch(n, env, s)
		return
	}
	o := &op{kind: n.Op, attr: n.Attr, node: n}
	carries, own, at := len(n.Out), len(n.Out), len(n.Out) // of a While
	if n.Op == graph.OpRepeat {
		carries = n.Attr.(graph.Trips).Carries
		own, at = carries+1, carries+1
	}
	rows := 0
	for _, t := range n.Out {
		rows = max(rows, t.Rows)
	}
	for _, v := range n.In[:at] {
		o.in = append(o.in, env[v])
	}
	if rows == 0 {
		l.fail(n, "a loop over shared values only")
		return
	}
	depth := s.depth() + 1
	for _, g := range n.Body {
		b := &body{}
		inner := map[graph.Value]*value{}
		for i, a := range g.Inputs {
			if i >= own {
				inner[a.Result(0)] = env[n.In[at]]
				at++
				continue
			}
			v := &value{Type: a.Out[0], inside: depth}
			if v.Rows == 0 {
				v.Rows = rows
			}
			inner[a.Result(0)] = v
			b.args = append(b.args, v)
		}
		sub := scope{append(append([]*[]*op(nil), s.lists...), &b.ops), rows}
		b.outs = l.inline(g, g.Needed(), inner, sub)
		o.body = append(o.body, b)
	}
	level := 0
	for _, v := range o.in {
		level = max(level, v.inside)
	}
	for _, v := range outerReads(o.body, depth) { // they must exist before the loop runs and outlive it
		o.in = append(o.in, v)
		level = max(level, v.inside)
	}
	l.finish(o, level, s)
	for i, v := range o.out {
		v.Rows = max(v.Rows, rows)
		env[n.Result(i)] = v
	}
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
		sides[k] = l.inline(g, g.Needed(), inner, s)
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
