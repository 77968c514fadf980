package graph_test

import (
	"testing"

	"diffeo/graph"
)

// TestCarriesAreSpread: a region's results have the types that all ways through it need.
func TestCarriesAreSpread(t *testing.T) {
	build(t, func(b *graph.Builder) {
		x, w := b.Input("x", 2), b.Param("w", 2)
		l := graph.SpreadRows(x, 3)
		truth := b.SharedInput("truth", graph.Bool)
		check := func(what string, v graph.Value, rows int) {
			if v.Type().Rows != rows {
				t.Errorf("%s: %s, want %d lanes a row", what, v.Type(), rows)
			}
		}
		one := func(v graph.Value) func() []graph.Value { return func() []graph.Value { return []graph.Value{v} } }
		check("if, shared and shared", graph.If(truth, one(w), one(w))[0], 0)
		check("if, row and shared", graph.If(truth, one(x), one(w))[0], 1)
		check("if, shared and lanes", graph.If(truth, one(w), one(l))[0], 3)
		add := func(v graph.Value) func(i graph.Value, c []graph.Value) []graph.Value {
			return func(_ graph.Value, c []graph.Value) []graph.Value { return []graph.Value{graph.Add(c[0], v)} }
		}
		n := b.Scalar(2)
		check("repeat, shared", graph.Repeat(n, 2, []graph.Value{w}, add(w))[0], 0)
		check("repeat, becomes per row", graph.Repeat(n, 2, []graph.Value{w}, add(x))[0], 1)
		check("repeat, becomes lanes", graph.Repeat(n, 2, []graph.Value{w}, add(l))[0], 3)
		// The second carry turns per-row one trip after the first.
		two := graph.Repeat(n, 2, []graph.Value{w, w}, func(_ graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Add(c[0], x), graph.Add(c[0], c[1])}
		})
		check("repeat, one after the other", two[1], 1)
		small := func(v graph.Value) func(c []graph.Value) graph.Value {
			return func(c []graph.Value) graph.Value { return graph.Less(graph.Sum(v), b.Scalar(9)) }
		}
		step := func(c []graph.Value) []graph.Value { return []graph.Value{graph.Offset(c[0], 1)} }
		each := func(v graph.Value) func(c []graph.Value) graph.Value {
			return func(c []graph.Value) graph.Value { return graph.Less(v, b.Scalar(9)) }
		}
		check("while, shared", graph.While([]graph.Value{w}, small(w), step)[0], 0)
		check("while, rows stop one by one", graph.While([]graph.Value{w}, small(x), step)[0], 1)
		check("while, shared elements stop one by one", graph.While([]graph.Value{w}, each(w), step)[0], 0)
		check("while, elements stop one by one", graph.While([]graph.Value{w}, each(x), step)[0], 1)
		check("while, lanes stop one by one", graph.While([]graph.Value{w}, small(l), step)[0], 3)
	})
}

// TestGradientInsideARegion: the body of a loop may differentiate, by its carry and by what it captured; and the loop, in turn.
func TestGradientInsideARegion(t *testing.T) {
	in := map[string][]float64{"x": {0.5, -1}, "w": {0.3}}
	const rate = 0.1
	f := func(b *graph.Builder, x, w graph.Value) (y, byW graph.Value) { // two steps down w·x⁴/4
		out := graph.Repeat(b.Scalar(2), 2, []graph.Value{x, graph.ZerosLike(x)}, func(_ graph.Value, c []graph.Value) []graph.Value {
			energy := graph.Scale(graph.Mul(w, graph.Square(graph.Square(c[0]))), 0.25)
			g := graph.Gradient(energy, c[0], w)
			return []graph.Value{graph.Sub(c[0], graph.Scale(g[0], rate)), graph.Add(c[1], g[1])}
		})
		return out[0], out[1]
	}
	out := compute(t, 2, in, func(b *graph.Builder) {
		x, w := b.Input("x"), b.Param("w")
		y, byW := f(b, x, w)
		b.Output("y", y)
		b.Output("by w", byW)
		b.Output("dx", graph.Gradient(y, x)[0])
		b.Output("dw", graph.Gradient(y, w)[0])
	})
	var y, byW, dx []float64
	dw, w := 0., 0.3
	for _, x := range in["x"] { // the same by hand: x' = x − rate·w·x³
		z, dz, dzw, q := x, 1., 0., 0.
		for range 2 {
			q += z * z * z * z / 4
			z, dz, dzw = z-rate*w*z*z*z, dz*(1-3*rate*w*z*z), dzw*(1-3*rate*w*z*z)-rate*z*z*z
		}
		y, byW, dx, dw = append(y, z), append(byW, q), append(dx, dz), dw+dzw
	}
	near(t, "y", out["y"], y...)
	// w is shared: its gradient sums the rows in every trip, and both rows carry that sum.
	near(t, "by w", out["by w"], byW[0]+byW[1], byW[0]+byW[1])
	near(t, "dx", out["dx"], dx...)
	near(t, "dw", out["dw"], dw)
}

// TestRepeatCounter: bodies see 0, 1, 2, …, also where the trip count is no whole number, and so does the derivative.
func TestRepeatCounter(t *testing.T) {
	for count, want := range map[float64]float64{0: 1, 0.9: 1, 1: 1 + 1, 2.7: 1 + 1 + 2, 3: 1 + 1 + 2 + 3, 99: 1 + 1 + 2 + 3 + 4, -5: 1} {
		out := compute(t, 1, map[string][]float64{"x": {1}, "n": {count}}, func(b *graph.Builder) {
			x := b.Input("x")
			y := graph.Repeat(b.SharedInput("n", graph.Float), 4, []graph.Value{x}, func(i graph.Value, c []graph.Value) []graph.Value {
				return []graph.Value{graph.Add(c[0], graph.Mul(x, graph.Offset(i, 1)))}
			})[0]
			b.Output("y", y)
			b.Output("dx", graph.Gradient(y, x)[0])
		})
		near(t, "y", out["y"], want)
		near(t, "dx", out["dx"], want) // linear in x, at x = 1
	}
}

// TestCaptures: a region's arguments are its own and then what it captured, each outer value once; constants are made again inside.
func TestCaptures(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		x, w, k := b.Input("x"), b.Param("w"), b.Scalar(7)
		y := graph.Repeat(b.Scalar(2), 2, []graph.Value{x}, func(i graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Mul(graph.Mul(graph.Add(c[0], w), graph.Exp(w)), k)}
		})
		b.Output("y", y[0])
	})
	for _, n := range g.Nodes {
		if n.Op != graph.OpRepeat {
			continue
		}
		body := n.Body[0]
		if len(body.Inputs) != 3 || len(n.In) != 3 { // counter, carry, w — count, x, w
			t.Errorf("%d arguments and %d operands:\n%s", len(body.Inputs), len(n.In), g)
		}
		return
	}
	t.Error("no repeat")
}
