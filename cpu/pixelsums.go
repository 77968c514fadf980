package cpu

import (
	"strconv"

	"diffeo/graph"
)

// The gradient of one number for every channel, a bias or a scale, is a sum over rows and then over pixels. Sums of whole planes need neither
// a sum for each pixel nor the memory for it.

// planes is the attribute of an OpSumRows whose result elements each add up so many elements of its operand, one after the other.
type planes int

func (p planes) String() string { return strconv.Itoa(int(p)) }

// joinPixelSums makes sums over rows and then over the last axes one op.
func joinPixelSums(ops []*op, results []*value) []*op {
	uses := map[*value]int{}
	for _, v := range results {
		uses[v]++
	}
	for _, o := range ops {
		for _, v := range o.in {
			uses[v]++
		}
	}
	for _, o := range ops {
		if o.kind != graph.OpSum || o.in[0].def == nil || o.in[0].def.kind != graph.OpSumRows || o.in[0].def.attr != nil || uses[o.in[0]] > 1 {
			continue
		}
		shape, axes := o.in[0].Shape, o.attr.(graph.Ints)
		last := true
		for _, a := range axes {
			last = last && a >= len(shape)-len(axes)
		}
		if inner := shape[len(shape)-len(axes):].Size(); last && inner > 1 {
			o.kind, o.attr, o.in = graph.OpSumRows, planes(inner), o.in[0].def.in
		}
	}
	return live(ops, results)
}
