package cpu

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"diffeo/graph"
)

// What custom derivatives and regions hold is written anew for each, and often computes what stands beside it already: the pass behind a
// solver, say, and the one in its derivative. So ops that compute the same are one, and those that nothing needs are left out.

// once puts an op where its operands exist, or returns one that is there and computes the same.
func (l *lowering) once(o *op, depth int, s scope) *op {
	if o.kind == graph.OpHost {
		l.finish(o, depth, s)
		return o
	}
	if l.known == nil {
		l.known, l.ids = map[string]*op{}, map[*value]int{}
	}
	var key strings.Builder
	signature(&key, o, func(v *value) int { return number(l.ids, v) })
	for _, t := range o.node.Out {
		key.WriteString(t.String())
	}
	if depth > 0 {
		fmt.Fprintf(&key, " in %d lanes", s.rows)
	}
	if same := l.known[key.String()]; same != nil {
		return same
	}
	l.finish(o, depth, s)
	l.known[key.String()] = o
	return o
}

// signature writes what an op computes: its kind, its attribute and the numbers of its operands.
func signature(key *strings.Builder, o *op, number func(v *value) int) {
	key.WriteString(string(o.kind))
	switch a := o.attr.(type) {
	case nil:
	case graph.Constant:
		if len(a.Data) > 8 { // one that is made again keeps its numbers
			fmt.Fprintf(key, " %d numbers at %p", len(a.Data), unsafe.SliceData(a.Data))
			break
		}
		key.WriteString(a.String())
	default:
		key.WriteString(" {")
		key.WriteString(a.String())
		key.WriteString("}")
	}
	for _, v := range o.in {
		key.WriteByte(' ')
		key.WriteString(strconv.Itoa(number(v)))
	}
}

// number is the number that v has in ids, or a new one.
func number(ids map[*value]int, v *value) int {
	n, ok := ids[v]
	if !ok {
		n = len(ids)
		ids[v] = n
	}
	return n
}

// live lists the ops that some results depend on. Calls of Go code stay: their errors count.
func live(ops []*op, results []*value) []*op {
	need := make(map[*value]bool, len(ops))
	for _, v := range results {
		need[v] = true
	}
	kept := len(ops)
	list := make([]*op, len(ops))
	for i := len(ops) - 1; i >= 0; i-- {
		o := ops[i]
		wanted := o.kind == graph.OpHost
		for _, v := range o.out {
			wanted = wanted || need[v]
		}
		if !wanted {
			continue
		}
		for _, v := range o.in {
			need[v] = true
		}
		kept--
		list[kept] = o
	}
	return list[kept:]
}
