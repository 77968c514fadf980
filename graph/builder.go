package graph

import (
	"runtime"
	"strconv"
	"strings"
)

// Mode says what a graph is built for: some maps (batch norm, dropout) compute differently while they learn.
type Mode uint8

// The modes.
const (
	Evaluate Mode = iota
	Train
	Start // a batch of data passes once before training: maps that take their first values from it store them, by updates
)

// Builder makes one graph. Ops are functions on values and find their builder there; the builder itself makes the
// sources: inputs, parameters, constants, random numbers. It is not safe for concurrent use.
type Builder struct {
	root  *Graph
	top   *Graph // the innermost region under construction
	named map[string]*Node
	site  *Node           // where set, new nodes take this node's site (derivatives point to what they differentiate)
	subst map[Value]Value // while a custom derivative is written: what its forward code captured → the call's own
}

// Build calls f with a new builder and returns the graph that f made. A *BuildError raised by f, and an error that f returns,
// are returned; any other panic passes through.
func Build(mode Mode, f func(b *Builder) error) (g *Graph, err error) {
	b := &Builder{named: map[string]*Node{}}
	b.root = b.newGraph(nil)
	b.root.Mode = mode
	b.top = b.root
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*BuildError)
			if !ok {
				panic(r)
			}
			g, err = nil, e
		}
	}()
	if err := f(b); err != nil {
		return nil, err
	}
	return b.root, nil
}

func (b *Builder) newGraph(parent *Graph) *Graph {
	g := &Graph{builder: b, parent: parent, known: map[string]*Node{}, imports: map[Value]Value{}}
	if parent != nil {
		g.depth, g.Mode = parent.depth+1, parent.Mode
	}
	return g
}

// Starting reports whether the graph is the pass in which maps take their first values from data.
func (b *Builder) Starting() bool { return b.root.Mode == Start }

// Training reports whether the graph is built for training.
func (b *Builder) Training() bool { return b.root.Mode == Train }

// Input is a per-row float input.
func (b *Builder) Input(name string, shape ...int) Value {
	return b.source(OpInput, name, Type{Float, shape, 1})
}

// SharedInput is an input that is the same for all rows: a learning rate, a step number, a random key.
func (b *Builder) SharedInput(name string, d DType, shape ...int) Value {
	return b.source(OpInput, name, Type{d, shape, 0})
}

// KeyInput is the name of the input that Key reads.
const KeyInput = "key"

// Key is the random key of the run, a shared Uint32 [2], for maps and networks that draw while they learn (dropout). Whoever runs a graph that
// reads it gives it another value in every run.
func (b *Builder) Key() Value { return b.SharedInput(KeyInput, Uint32, 2) }

// Param is a shared float value that outlives a run: a weight, an optimizer's moment, a running statistic.
func (b *Builder) Param(name string, shape ...int) Value {
	return b.source(OpParam, name, Type{Float, shape, 0})
}

// source returns the input or parameter of that name, which is made once, in the outermost graph.
func (b *Builder) source(op Op, name string, t Type) Value {
	t.Shape = axes(op, t.Shape)
	n := b.named[name]
	if n == nil {
		n = &Node{Op: op, Out: []Type{t}, Attr: Name(name)}
		b.locate(n)
		b.root.append(n)
		b.root.Inputs = append(b.root.Inputs, n)
		b.named[name] = n
	}
	if n.Op != op || !n.Out[0].Equal(t) {
		Fail(op, "%q was declared as %s %s and now as %s %s", name, n.Op, n.Out[0], op, t)
	}
	return b.use(Value{n, 0})
}

// Output names a result of the graph. Outputs are read in the order in which they were named.
func (b *Builder) Output(name string, v Value) {
	v.present()
	for _, o := range b.root.Outputs {
		if o.Name == name {
			Fail("output", "%q is named twice", name)
		}
	}
	if b.top != b.root || v.node.graph != b.root {
		Fail("output", "%q is computed inside a region: return it from the region instead", name)
	}
	b.root.Outputs = append(b.root.Outputs, Output{name, v})
}

// Update asks that after a run the parameter or shared input target holds v. All ops of the run read the old value.
func (b *Builder) Update(target, v Value) {
	target.present()
	v.present()
	t := target.node
	if t.graph != b.root || t.Op != OpParam && t.Op != OpInput || target.PerRow() {
		Fail("update", "the target must be a parameter or a shared input")
	}
	if !v.Type().Equal(target.Type()) {
		Fail("update", "%v is %s, the new value %s", t.Attr, target.Type(), v.Type())
	}
	if v.node.graph != b.root {
		Fail("update", "the new value of %v is computed inside a region: return it from the region instead", t.Attr)
	}
	for _, u := range b.root.Updates {
		if u.Target == t {
			Fail("update", "%v is updated twice", t.Attr)
		}
	}
	b.root.Updates = append(b.root.Updates, Update{t, v})
}

// Name is the attribute of sources.
type Name string

func (n Name) String() string { return strconv.Quote(string(n)) }

// use makes v available in the innermost region, capturing it through every region between.
func (b *Builder) use(v Value) Value {
	if !v.Valid() {
		Fail("use", "an absent value is used")
	}
	if s, ok := b.subst[v]; ok {
		v = s
	}
	if v.node.graph == b.top {
		return v
	}
	return b.capture(b.top, v)
}

func (b *Builder) capture(g *Graph, v Value) Value {
	if v.node.graph == g {
		return v
	}
	if g.parent == nil {
		Fail(v.node.Op, "value made at %s is used outside its region or builder", v.node.Site())
	}
	if w, ok := g.imports[v]; ok {
		return w
	}
	outer := b.capture(g.parent, v)
	var w Value
	if c := outer.node; c.Op == OpConst {
		w = g.constant(b, c)
	} else {
		w = b.argument(g, outer.Type())
		g.outer = append(g.outer, outer)
	}
	g.imports[v] = w
	return w
}

// constant returns a constant of an outer graph, made again in g.
func (g *Graph) constant(b *Builder, c *Node) Value {
	top := b.top
	b.top = g
	defer func() { b.top = top }()
	return b.node(OpConst, c.Attr, nil, c.Out...).Result(0)
}

func (b *Builder) argument(g *Graph, t Type) Value {
	n := &Node{Op: OpArg, Out: []Type{t}, Attr: Name(strconv.Itoa(len(g.Inputs)))}
	b.locate(n)
	g.append(n)
	g.Inputs = append(g.Inputs, n)
	return Value{n, 0}
}

func (g *Graph) append(n *Node) {
	n.ID, n.graph = len(g.Nodes), g
	g.Nodes = append(g.Nodes, n)
}

func (b *Builder) locate(n *Node) {
	if b.site != nil {
		n.pcs = b.site.pcs
		return
	}
	runtime.Callers(3, n.pcs[:])
}

// node adds an op to the innermost region, or returns the equal one that is already there.
func (b *Builder) node(op Op, attr Attr, in []Value, out ...Type) *Node {
	ins := make([]Value, len(in))
	for i, v := range in {
		ins[i] = b.use(v)
	}
	n := &Node{Op: op, In: ins, Out: out, Attr: attr}
	key := n.key()
	if m := b.top.known[key]; m != nil && sameData(m, n) {
		return m
	}
	b.locate(n)
	b.top.append(n)
	b.top.known[key] = n
	return n
}

// fresh adds an op that is never shared with an equal one: it holds regions or functions.
func (b *Builder) fresh(op Op, attr Attr, in []Value, body []*Graph, out ...Type) *Node {
	ins := make([]Value, len(in))
	for i, v := range in {
		ins[i] = b.use(v)
	}
	n := &Node{Op: op, In: ins, Out: out, Attr: attr, Body: body}
	b.locate(n)
	b.top.append(n)
	return n
}

func (n *Node) key() string {
	var s strings.Builder
	s.WriteString(string(n.Op))
	for _, v := range n.In {
		s.WriteByte(' ')
		s.WriteString(strconv.Itoa(v.node.ID))
		if v.index > 0 {
			s.WriteByte('.')
			s.WriteString(strconv.Itoa(v.index))
		}
	}
	if c, ok := n.Attr.(Constant); ok {
		c.appendKey(&s)
	} else if n.Attr != nil {
		s.WriteString(" {")
		s.WriteString(n.Attr.String())
		s.WriteByte('}')
	}
	if len(n.Out) > 0 {
		s.WriteString(n.Out[0].String())
	}
	return s.String()
}

func builderOf(in ...Value) *Builder {
	for _, v := range in {
		if v.Valid() {
			return v.node.graph.builder
		}
	}
	Fail("op", "all operands are absent")
	return nil
}
