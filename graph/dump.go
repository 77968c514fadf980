package graph

import (
	"fmt"
	"strings"
)

// String writes the graph as text: one line a node, regions indented, the same for equal graphs.
func (g *Graph) String() string {
	var s strings.Builder
	g.write(&s, "")
	return s.String()
}

func (g *Graph) write(s *strings.Builder, indent string) {
	for _, n := range g.Nodes {
		fmt.Fprintf(s, "%s%%%d = %s", indent, n.ID, n.Op)
		for _, v := range n.In {
			s.WriteString(" " + v.ref())
		}
		if n.Attr != nil {
			fmt.Fprintf(s, " {%s}", n.Attr)
		}
		types := make([]string, len(n.Out))
		for i, t := range n.Out {
			types[i] = t.String()
		}
		fmt.Fprintf(s, " : %s\n", strings.Join(types, ", "))
		for i, b := range n.Body {
			fmt.Fprintf(s, "%s  body %d\n", indent, i)
			b.write(s, indent+"    ")
		}
	}
	for _, o := range g.Outputs {
		fmt.Fprintf(s, "%soutput %s %s\n", indent, o.Name, o.Value.ref())
	}
	for _, u := range g.Updates {
		fmt.Fprintf(s, "%supdate %s %s\n", indent, u.Target.Attr, u.Value.ref())
	}
}

func (v Value) ref() string {
	if v.index > 0 {
		return fmt.Sprintf("%%%d.%d", v.node.ID, v.index)
	}
	return fmt.Sprintf("%%%d", v.node.ID)
}

// Needed returns the nodes that the graph's outputs and updates depend on, in order. Inputs that nothing reads are left out.
func (g *Graph) Needed() []*Node {
	need := make([]bool, len(g.Nodes))
	for _, o := range g.Outputs {
		need[o.Value.node.ID] = true
	}
	for _, u := range g.Updates {
		need[u.Value.node.ID] = true
	}
	var nodes []*Node
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if !need[i] {
			continue
		}
		nodes = append(nodes, g.Nodes[i])
		for _, v := range g.Nodes[i].In {
			need[v.node.ID] = true
		}
	}
	for i, j := 0, len(nodes)-1; i < j; i, j = i+1, j-1 {
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
	return nodes
}
