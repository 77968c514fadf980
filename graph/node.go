package graph

import (
	"fmt"
	"runtime"
	"strings"
)

// Op names an operation.
type Op string

// Attr is what an op needs beside its inputs. Its String is stable: it identifies the attribute in text dumps and
// when common subexpressions are looked for.
type Attr interface{ String() string }

// Node is one operation of a graph with its results.
type Node struct {
	Op   Op
	In   []Value
	Out  []Type
	Attr Attr
	Body []*Graph // regions, and the decomposition of a composite

	ID    int // position in its graph
	graph *Graph
	pcs   [sitePCs]uintptr
}

// Value is one result of a node. The zero Value means "none".
type Value struct {
	node  *Node
	index int
}

// Valid reports whether v is a value at all; an absent condition is the zero Value.
func (v Value) Valid() bool { return v.node != nil }

// Node returns the node that computes v.
func (v Value) Node() *Node { return v.node }

// Index returns which of the node's results v is.
func (v Value) Index() int { return v.index }

// Type returns the type of v.
func (v Value) Type() Type {
	v.present()
	return v.node.Out[v.index]
}

// present fails where v is the zero Value: a condition that was not given, say.
func (v Value) present() {
	if v.node == nil {
		Fail("use", "an absent value is used")
	}
}

// Shape returns the shape of one row of v.
func (v Value) Shape() Shape { return v.Type().Shape }

// PerRow reports whether rows differ in v.
func (v Value) PerRow() bool { return v.Type().Rows > 0 }

// Result returns result i of n as a value.
func (n *Node) Result(i int) Value { return Value{n, i} }

// Graph is a finished or growing list of nodes with its interface to the outside.
type Graph struct {
	Nodes   []*Node
	Inputs  []*Node  // inputs and parameters, or a region's arguments, in the order in which they were made
	Outputs []Output // what the graph computes
	Updates []Update // state that the graph changes when it has run
	Mode    Mode

	builder *Builder
	parent  *Graph
	depth   int
	known   map[string]*Node  // common subexpressions
	imports map[Value]Value   // outer value → this region's argument
	bodies  map[string]*Graph // of composites whose decomposition depends on nothing but their configuration and types
	outer   []Value           // captured outer values, in the order of their arguments
}

// Output is a named result.
type Output struct {
	Name  string
	Value Value
}

// Update is a change of state: after a run the shared input or parameter Target holds Value.
type Update struct {
	Target *Node
	Value  Value
}

const sitePCs = 12

// Site returns the file:line of the code outside this package that made the node.
func (n *Node) Site() string { return site(n.pcs[:]) }

func site(pcs []uintptr) string {
	end := 0
	for end < len(pcs) && pcs[end] != 0 {
		end++
	}
	if end == 0 {
		return "?"
	}
	frames := runtime.CallersFrames(pcs[:end])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "diffeo/graph.") || !more {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
}

// BuildError is a mistake made while building a graph.
type BuildError struct {
	Op   Op
	Msg  string
	Site string // file:line of the call
}

func (e *BuildError) Error() string { return fmt.Sprintf("graph: %s: %s (%s)", e.Op, e.Msg, e.Site) }

// Fail stops building with a *BuildError; Build returns it. Code outside the package that writes ops of its own uses it too.
func Fail(op Op, format string, args ...any) {
	var pcs [256]uintptr // differentiating nested regions goes deep
	runtime.Callers(2, pcs[:])
	panic(&BuildError{Op: op, Msg: fmt.Sprintf(format, args...), Site: site(pcs[:])})
}
