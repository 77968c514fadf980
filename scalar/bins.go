package scalar

import "diffeo/graph"

// shares are lengths of K bins that add up to 1, none of them under smallest: [K,D] of raw numbers [K,D].
func shares(raw graph.Value, smallest float64) graph.Value {
	k := float64(raw.Shape()[0])
	return graph.Offset(graph.Scale(graph.Softmax(raw, 0), 1-k*smallest), smallest)
}

// starts is where the bins of these lengths begin.
func starts(lengths graph.Value) graph.Value {
	return graph.CumSum(lengths, graph.Cumulation{Axis: 0, Exclusive: true})
}

// binOf is 1 in the bin that x lies in and 0 in the others, [K,D]; start is where the bins begin. A point on a knot counts to the bin on its right,
// and what lies outside all bins to the one beside it.
func binOf(b *graph.Builder, start, x graph.Value) graph.Value {
	k, d := start.Shape()[0], x.Shape()[0]
	reached := graph.ToFloat(graph.LessEq(graph.Slice(start, 0, 1, k), x))
	from := graph.Concat(0, graph.Broadcast(b.Scalar(1), 1, d), reached)
	return graph.Sub(from, graph.Concat(0, reached, graph.Broadcast(b.Scalar(0), 1, d)))
}

// pick takes from every table [K,D] the number of the bin.
func pick(bin graph.Value, tables ...graph.Value) []graph.Value {
	out := make([]graph.Value, len(tables))
	for i, t := range tables {
		out[i] = graph.Sum(graph.Mul(bin, t), 0)
	}
	return out
}

// keep is x, which lies in low … high but for rounding, brought inside; its derivative stays 1.
func keep(x graph.Value, low, high float64) graph.Value {
	return graph.Add(x, graph.StopGradient(graph.Sub(graph.Clamp(x, low, high), x)))
}
