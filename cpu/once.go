package cpu

import (
	"encoding/binary"
	"fmt"
	"math"
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
	if c, ok := o.attr.(graph.Constant); ok {
		o.attr = graph.Constant{Data: l.numbers(c.Data)}
	}
	key := l.key(o, depth, s)
	if same := l.known[key]; same != nil {
		return same
	}
	l.finish(o, depth, s)
	l.known[key] = o
	return o
}

// numbers is data, or equal data of an earlier constant. Long constants are masks, which networks make once.
func (l *lowering) numbers(data []float64) []float64 {
	if len(data) <= 8 || len(data) > 1024 {
		return data
	}
	key := make([]byte, 0, 8*len(data))
	for _, x := range data {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(x))
	}
	if same, ok := l.data[string(key)]; ok {
		return same
	}
	if l.data == nil {
		l.data = map[string][]float64{}
	}
	l.data[string(key)] = data
	return data
}

// key says all that two ops must have in common to be one.
func (l *lowering) key(o *op, depth int, s scope) string {
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
	return key.String()
}

// signature writes what an op computes: its kind, its attribute, the numbers of its operands and what its bodies compute.
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
	if len(o.body) == 0 {
		return
	}
	own := map[*value]int{} // values of bodies are numbered by themselves, below 0
	name := func(vs []*value) {
		for _, v := range vs {
			own[v] = -1 - len(own)
		}
	}
	inner := func(v *value) int {
		if n, ok := own[v]; ok {
			return n
		}
		return number(v)
	}
	for _, b := range o.body {
		name(b.args)
		for _, p := range b.ops {
			key.WriteString(" [")
			if len(p.body) > 0 { // a region in a region is like no other
				fmt.Fprintf(key, "%p", p)
			} else {
				signature(key, p, inner)
			}
			key.WriteString("]")
			name(p.out)
		}
		for _, v := range b.outs {
			key.WriteString(" →")
			key.WriteString(strconv.Itoa(inner(v)))
		}
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
