package graph_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/internal/optest"
)

// TestEqualExpressionsAreOneNode: whoever writes the same op of the same operands again gets the same value.
func TestEqualExpressionsAreOneNode(t *testing.T) {
	build(t, func(b *graph.Builder) {
		x, y := b.Input("x", 3), b.Param("w", 3)
		k := b.SharedInput("key", graph.Uint32, 2)
		for name, f := range map[string]func() graph.Value{
			"unary":     func() graph.Value { return graph.Exp(x) },
			"nested":    func() graph.Value { return graph.Tanh(graph.Mul(graph.Add(x, y), y)) },
			"constant":  func() graph.Value { return b.Const([]float64{1, 2, math.NaN()}, 3) },
			"long":      func() graph.Value { return b.Const(make([]float64, 20), 20) },
			"view":      func() graph.Value { return graph.Take(x, 0, []int{2, 1}) },
			"row count": b.RowCount,
			"input":     func() graph.Value { return b.Input("x", 3) },
			"random":    func() graph.Value { return graph.Random(k, graph.Normal, "noise", 1, 3) },
			"gradient":  func() graph.Value { return graph.Gradient(graph.Sum(graph.Exp(x)), x)[0] },
		} {
			if first, second := f(), f(); first != second {
				t.Errorf("%s: equal expressions are two values", name)
			}
		}
		for name, pair := range map[string][2]graph.Value{
			"operands":    {graph.Sub(x, y), graph.Sub(y, x)},
			"attributes":  {graph.Slice(x, 0, 0, 1), graph.Slice(x, 0, 1, 2)},
			"shapes":      {graph.Broadcast(x, 2, 3), graph.Broadcast(x, 4, 3)},
			"signs of 0":  {b.Scalar(0), b.Scalar(math.Copysign(0, -1))},
			"constants":   {b.Const([]float64{1, 2}, 2), b.Const([]float64{1, 2}, 2, 1)},
			"long":        {b.Const(make([]float64, 20), 20), b.Const(append(make([]float64, 19), 1), 20)},
			"streams":     {graph.Random(k, graph.Normal, "noise", 1, 3), graph.Random(k, graph.Normal, "other", 1, 3)},
			"draws":       {graph.Random(k, graph.Normal, "noise", 1, 3), graph.Random(k, graph.Uniform01, "noise", 1, 3)},
			"lanes":       {graph.Random(k, graph.Normal, "noise", 1, 3), graph.Random(k, graph.Normal, "noise", 0, 3)},
			"cumulations": {graph.CumSum(x, graph.Cumulation{}), graph.CumSum(x, graph.Cumulation{Exclusive: true})},
		} {
			if pair[0] == pair[1] {
				t.Errorf("different %s are one value", name)
			}
		}
	})
}

// TestEveryOpIsShared writes each case of the table twice into one graph: unless it holds regions, which are never shared, the
// second time adds nothing.
func TestEveryOpIsShared(t *testing.T) {
	shared := 0
	for _, c := range optest.Cases() {
		var first, second []graph.Value
		twice := c
		twice.Build = func(b *graph.Builder, in []graph.Value) []graph.Value {
			first = c.Build(b, in)
			second = c.Build(b, in)
			return first
		}
		g, err := twice.Graph(0)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		fresh := false
		for _, n := range g.Nodes {
			fresh = fresh || len(n.Body) > 0 || n.Op == graph.OpHost
		}
		if fresh {
			continue
		}
		shared++
		once, err := c.Graph(0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first, second) || len(g.Nodes) != len(once.Nodes) {
			t.Errorf("%s: written twice it has %d nodes, once %d", c.Name, len(g.Nodes), len(once.Nodes))
		}
	}
	if shared < 300 {
		t.Errorf("only %d cases without regions", shared)
	}
}

// TestIdentities: what changes nothing writes nothing.
func TestIdentities(t *testing.T) {
	build(t, func(b *graph.Builder) {
		x, w := b.Input("x", 2, 3), b.Param("w", 2, 3)
		zero, one := b.Zeros(2, 3), graph.Broadcast(b.Scalar(1), 3)
		for name, v := range map[string]graph.Value{
			"x+0": graph.Add(x, zero), "0+x": graph.Add(b.Scalar(0), x), "x+(0 per row)": graph.Add(x, graph.ZerosLike(x)),
			"x−0": graph.Sub(x, zero), "x·1": graph.Mul(x, one), "1·x": graph.Mul(one, x), "x/1": graph.Div(x, one),
			"scale": graph.Scale(x, 1), "offset": graph.Offset(x, 0), "−−x": graph.Neg(graph.Neg(x)),
			"slice": graph.Slice(x, 1, 0, 3), "pad": graph.Pad(x, 0, 0, 0), "take": graph.Take(x, 1, []int{0, 1, 2}),
			"concat": graph.Concat(0, x), "reshape": graph.Reshape(graph.Flatten(x), 2, 3), "broadcast": graph.Broadcast(x, 2, 3),
			"transpose": graph.Transpose(graph.Transpose(x)), "order": graph.Transpose(x, 0, 1), "onrows": graph.OnRows(x, 1),
			"spreadrows": graph.SpreadRows(x, 1), "groupsum": graph.GroupSum(x, 1), "float": graph.ToFloat(x),
			"put": graph.Put(graph.Take(x, 1, []int{1, 2, 0}), 1, []int{1, 2, 0}, 3),
		} {
			if name == "put" { // a permutation and its inverse: two takes, no adding up
				if v.Node().Op != graph.OpTake {
					t.Errorf("%s is %s", name, v.Node().Op)
				}
				continue
			}
			if v != x {
				t.Errorf("%s is not x but %s", name, v.Node().Op)
			}
		}
		for name, v := range map[string]graph.Value{ // what looks like it and is not
			"0−x": graph.Sub(zero, x), "1/x": graph.Div(one, x), "0·x, for NaN": graph.Mul(x, zero), "x·2": graph.Scale(x, 2),
			"w + (0 per row)": graph.Add(w, graph.ZerosLike(x)), "w+0 of a larger shape": graph.Add(w, b.Zeros(4, 2, 3)),
		} {
			if v == x || v == w || v.Node().Op == graph.OpConst {
				t.Errorf("%s was simplified to %s", name, v.Node().Op)
			}
		}
	})
}

// TestConstantsAreFolded: ops on scalar constants are constants, in float64 and with the ops' own definitions.
func TestConstantsAreFolded(t *testing.T) {
	build(t, func(b *graph.Builder) {
		two, three := b.Scalar(2), b.Scalar(3)
		for name, c := range map[string]struct {
			v    graph.Value
			want float64
		}{
			"exp": {graph.Exp(two), math.Exp(2)}, "sigmoid": {graph.Sigmoid(two), 1 / (1 + math.Exp(-2))},
			"add": {graph.Add(two, three), 5}, "div": {graph.Div(two, b.Scalar(0)), math.Inf(1)}, "pow": {graph.Pow(two, three), 8},
			"less": {graph.Less(two, three), 1}, "not": {graph.Not(graph.Less(two, three)), 0}, "float": {graph.ToFloat(graph.Less(two, three)), 1},
			"max": {graph.Max(b.Scalar(math.Inf(1)), b.Scalar(math.NaN())), math.NaN()},
			"min": {graph.Min(b.Scalar(math.NaN()), b.Scalar(math.Inf(-1))), math.NaN()},
		} {
			n := c.v.Node()
			if n.Op != graph.OpConst {
				t.Errorf("%s is no constant but %s", name, n.Op)
				continue
			}
			if got := n.Attr.(graph.Constant).Data[0]; got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("%s is %g, want %g", name, got, c.want)
			}
		}
		if v := graph.Add(b.Param("p"), two); v.Node().Op == graph.OpConst {
			t.Error("a parameter was folded")
		}
	})
}

func TestUniform(t *testing.T) {
	build(t, func(b *graph.Builder) {
		for name, c := range map[string]struct {
			v  graph.Value
			x  float64
			ok bool
		}{
			"scalar": {b.Scalar(3), 3, true}, "views": {graph.OnRows(graph.Reshape(graph.Broadcast(b.Scalar(3), 2, 3), 6), 2), 3, true},
			"equal elements": {b.Const([]float64{4, 4}, 2), 4, true}, "different": {b.Const([]float64{4, 5}, 2), 0, false},
			"empty": {b.Const(nil, 0), 0, false}, "parameter": {b.Param("p"), 0, false}, "computed": {graph.Exp(b.Param("p")), 0, false},
		} {
			if x, ok := graph.Uniform(c.v); x != c.x || ok != c.ok {
				t.Errorf("%s: %g, %t", name, x, ok)
			}
		}
	})
}

// TestNeeded: what no output and no update depends on is left out, and an input that nothing reads is not asked for.
func TestNeeded(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		x, w, unread := b.Input("x", 2), b.Param("w", 2), b.Input("unread", 2)
		graph.Gradient(graph.Sum(graph.Tanh(unread)), unread)
		dead := graph.Exp(x)
		graph.Repeat(b.Scalar(3), 3, []graph.Value{dead}, func(_ graph.Value, c []graph.Value) []graph.Value { return c })
		b.Output("y", graph.Sin(x))
		b.Update(w, graph.Cos(w))
	})
	want := map[graph.Op]int{graph.OpInput: 1, graph.OpParam: 1, graph.OpSin: 1, graph.OpCos: 1}
	total := 0
	for op, n := range want {
		total += n
		if count(g, op) != n {
			t.Errorf("%d needed %s nodes, want %d", count(g, op), op, n)
		}
	}
	last := -1
	for _, n := range g.Needed() {
		if n.ID <= last {
			t.Errorf("node %d comes after %d", n.ID, last)
		}
		last = n.ID
	}
	if got := len(g.Needed()); got != total {
		t.Errorf("%d needed nodes, want %d", got, total)
	}
	if _, err := refRun(g, 1, map[string][]float64{"x": {1, 2}, "w": {1, 2}}); err != nil {
		t.Errorf("the unread input is asked for: %v", err)
	}
}

// TestGradientsAreLean: differentiating a chain writes no sums or broadcasts that a shared shape does not need.
func TestGradientsAreLean(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		x := b.Input("x", 5)
		b.Output("dx", graph.Gradient(graph.Sum(graph.Square(x)), x)[0])
	})
	if n := count(g, graph.OpSum); n != 0 {
		t.Errorf("the gradient of a sum needs %d sums:\n%s", n, g)
	}
	if n := count(g, graph.OpMul); n > 2 {
		t.Errorf("2x takes %d products:\n%s", n, g)
	}
}
