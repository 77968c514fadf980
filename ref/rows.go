package ref

import (
	"math"

	"diffeo/graph"
	"diffeo/internal/philox"
)

// acrossRows computes the ops that read other rows.
func acrossRows(n *graph.Node, in []array, out array) {
	switch n.Op {
	case graph.OpSumRows:
		for l := range in[0].lanes {
			for i, x := range in[0].lane(l) {
				out.data[i] += x
			}
		}
	case graph.OpMatMulRows:
		for l := range max(in[0].lanes, in[1].lanes) {
			matmul(n, in[0].lane(l), in[1].lane(l), out.data)
		}
	case graph.OpConvRows:
		for l := range in[0].lanes {
			convRows(n, in[0].lane(l), in[1].lane(l), out.data)
		}
	case graph.OpSpreadRows:
		k := int(n.Attr.(graph.Axis))
		for l := range out.lanes {
			copy(out.lane(l), in[0].lane(l/k))
		}
	case graph.OpGroupSum, graph.OpGroupMax:
		k := int(n.Attr.(graph.Axis))
		for l := range in[0].lanes {
			o := out.lane(l / k)
			for i, x := range in[0].lane(l) {
				switch {
				case n.Op == graph.OpGroupSum:
					o[i] += x
				case l%k == 0:
					o[i] = x
				default:
					o[i] = max(o[i], x)
				}
			}
		}
	}
}

// random fills out with the numbers of a draw; a shared draw is that of row 2⁶⁴ − 1.
func (m *machine) random(d graph.Draw, key, out array) {
	k := [2]uint32{uint32(key.data[0]), uint32(key.data[1])}
	for l := range out.lanes {
		row := m.call.FirstRow*uint64(out.Rows) + uint64(l)
		if out.Rows == 0 {
			row = math.MaxUint64
		}
		for i := range out.lane(l) {
			var x float64
			switch d.Kind {
			case graph.Normal:
				x = philox.Normal(k, d.Stream, row, i)
			case graph.Uniform01:
				x = philox.Uniform(k, d.Stream, row, i)
			case graph.Rademacher:
				x = philox.Sign(k, d.Stream, row, i)
			}
			out.lane(l)[i] = x
		}
	}
}
