package bijection

import (
	"diffeo/graph"
	"diffeo/internal/root"
)

// solve finds the x with N(x) = u, column after column. What the columns before it contribute to a column's units is known by then, and so
// the column's equation is that of a small network of one number: its diagonal blocks, with these contributions as biases.
func (m blockNet) solve(b *graph.Builder, u, cond graph.Value) graph.Value {
	alpha := m.alpha(b)
	weights, shifts := make([]graph.Value, len(m.layers)), make([]graph.Value, len(m.layers))
	for k, l := range m.layers {
		weights[k], shifts[k] = l.matrix(b, m.Scale), l.shift(b, cond)
	}
	known := make([][]graph.Value, len(m.layers)) // inputs of each layer, a value for each column that is solved
	for d := range m.d {
		column := blockColumn{m: m, alpha: alpha, target: graph.Slice(u, 0, d, d+1)}
		for k, l := range m.layers {
			rows := graph.Slice(weights[k], 0, d*l.out, (d+1)*l.out)
			column.blocks = append(column.blocks, graph.Slice(rows, 1, d*l.in, (d+1)*l.in))
			bias := graph.Slice(shifts[k], 0, d*l.out, (d+1)*l.out)
			if d > 0 {
				before := graph.Concat(0, known[k]...)
				bias = graph.Add(bias, graph.Linear(graph.Slice(rows, 1, 0, d*l.in), before))
			}
			column.biases = append(column.biases, graph.OnRows(bias, u.Type().Rows))
		}
		for k, h := range column.inputs(column.solve(b)) {
			known[k] = append(known[k], h)
		}
	}
	return graph.Concat(0, known[0]...)
}

// blockColumn is the network of one column, with the number that it is to give.
type blockColumn struct {
	m              blockNet
	target, alpha  graph.Value
	blocks, biases []graph.Value
}

// inputs are what each layer reads when the column is z: z, and the hidden units after it.
func (c blockColumn) inputs(z graph.Value) []graph.Value {
	h := []graph.Value{z}
	for k := range c.m.Depth {
		next, _ := c.m.bend(graph.Add(graph.Linear(c.blocks[k], h[k]), c.biases[k]))
		h = append(h, next)
	}
	return h
}

// at computes the column's equation.
func (c blockColumn) at(z graph.Value) (value, slope graph.Value) {
	h, g, last := z, graph.Offset(graph.ZerosLike(z), 1), c.m.Depth
	for k := range last {
		next, bent := c.m.bend(graph.Add(graph.Linear(c.blocks[k], h), c.biases[k]))
		h, g = next, graph.Mul(bent, graph.Linear(c.blocks[k], g))
	}
	n, g := graph.Add(graph.Linear(c.blocks[last], h), c.biases[last]), graph.Linear(c.blocks[last], g)
	one := graph.Offset(graph.ZerosLike(g), 1)
	return graph.Sub(c.m.mix(c.alpha, n, z), c.target), c.m.mix(c.alpha, g, one)
}

// solve is the column's z. The network's slope lies between those that it would have with all activations at their flattest and at their steepest,
// so the value at 0 brackets the solution.
func (c blockColumn) solve(b *graph.Builder) graph.Value {
	const margin, least = 1.01, 1e-30 // for what rounding makes of the bounds
	in := append(append([]graph.Value{c.target}, c.blocks...), c.biases...)
	if c.m.Gated {
		in = append(in, c.alpha)
	}
	zero := graph.ZerosLike(c.target)
	value, _ := c.at(zero)
	steep := graph.Offset(graph.ZerosLike(zero), 1)
	flat := steep
	for k, w := range c.blocks {
		steep, flat = graph.Linear(w, steep), graph.Linear(w, flat)
		if k < c.m.Depth {
			steep, flat = graph.Scale(steep, 1+c.m.Slope), graph.Scale(flat, c.m.Slope)
		}
	}
	one := graph.Offset(zero, 1)
	away := graph.Neg(value)
	near := graph.Div(away, graph.Scale(c.m.mix(c.alpha, steep, one), margin))
	far := graph.Div(away, graph.Offset(graph.Scale(c.m.mix(c.alpha, flat, one), 1/margin), least))
	bound := func(v graph.Value) graph.Value { return graph.Clamp(v, -networkReach, networkReach) }
	low, high := bound(graph.Min(near, far)), bound(graph.Max(near, far))
	equation := func(z graph.Value, in []graph.Value) (value, slope graph.Value) {
		n := len(c.blocks)
		own := blockColumn{m: c.m, target: in[0], blocks: in[1 : 1+n], biases: in[1+n : 1+2*n]}
		if c.m.Gated {
			own.alpha = in[1+2*n]
		}
		return own.at(z)
	}
	return root.Find(b, equation, low, high, in...)
}
