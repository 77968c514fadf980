package optest

import (
	"fmt"

	"pgregory.net/rapid"

	"diffeo/graph"
)

// Draw makes a random case for property tests: a handful of operands of random shapes and kinds, and up to a dozen ops on them and on one
// another's results, smooth everywhere and with derivatives of order one. It can be differentiated twice, and every graph of it that
// is built is the same.
func Draw(t *rapid.T) Case {
	c := Case{Name: "random", Order: 2}
	for i := range rapid.IntRange(1, 4).Draw(t, "operands") {
		o := Operand{
			Shape:  rapid.SampledFrom([]graph.Shape{{}, {1}, {3}, {5}, {2, 3}, {3, 2}, {1, 4}, {2, 2, 3}}).Draw(t, fmt.Sprint("shape ", i)),
			Shared: rapid.Bool().Draw(t, fmt.Sprint("shared ", i)),
		}
		if !o.Shared && rapid.IntRange(0, 4).Draw(t, fmt.Sprint("lanes ", i)) == 0 {
			o.Groups = 2
		}
		c.In = append(c.In, o)
	}
	ops := rapid.IntRange(1, 12).Draw(t, "ops")
	var steps []step
	// Which ops are possible depends on the types so far: the steps are chosen while a first graph is built.
	_, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		var pool []graph.Value
		for i, o := range c.In {
			_, v := o.value(b, InName(i))
			pool = append(pool, v)
		}
		for range ops {
			s := drawStep(t, pool)
			steps = append(steps, s)
			pool = append(pool, s(pool))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("the generator built a wrong graph: %v", err)
	}
	c.Build = func(_ *graph.Builder, in []graph.Value) []graph.Value {
		pool := append([]graph.Value(nil), in...)
		for _, s := range steps {
			pool = append(pool, s(pool))
		}
		return pool[max(len(in), len(pool)-3):] // the last three results
	}
	return c
}

// step computes a value from those before it.
type step func(pool []graph.Value) graph.Value

var smooth = map[string]func(x graph.Value) graph.Value{
	"tanh": graph.Tanh, "sin": graph.Sin, "cos": graph.Cos, "sigmoid": graph.Sigmoid, "softplus": graph.Softplus, "erf": graph.Erf, "atan": graph.Atan,
	"neg": graph.Neg, "exp": func(x graph.Value) graph.Value { return graph.Exp(graph.Tanh(x)) },
	"log":   func(x graph.Value) graph.Value { return graph.Log(graph.Offset(graph.Softplus(x), 0.5)) },
	"sqrt":  func(x graph.Value) graph.Value { return graph.Sqrt(graph.Offset(graph.Softplus(x), 0.5)) },
	"expm1": func(x graph.Value) graph.Value { return graph.Expm1(graph.Sin(x)) },
	"log1p": func(x graph.Value) graph.Value { return graph.Log1p(graph.Sigmoid(x)) },
	"scale": func(x graph.Value) graph.Value { return graph.Offset(graph.Scale(x, -0.7), 0.3) },
}

var smoothNames = []string{
	"tanh", "sin", "cos", "sigmoid", "softplus", "erf", "atan", "neg", "exp", "log", "sqrt", "expm1", "log1p", "scale",
}

func drawStep(t *rapid.T, pool []graph.Value) step {
	pick := func(label string) int { return rapid.IntRange(0, len(pool)-1).Draw(t, label) }
	i := pick("x")
	x := pool[i].Type()
	choices := []string{"unary", "binary", "reshape"}
	if len(x.Shape) > 0 {
		choices = append(choices, "slice", "pad", "take", "put", "sum", "cumsum", "softmax", "concat", "transpose", "broadcast")
	}
	if len(x.Shape) == 2 {
		choices = append(choices, "matmul", "matmul")
	}
	if x.PerRow() {
		choices = append(choices, "rows")
	}
	choice := rapid.SampledFrom(choices).Draw(t, "op")
	if len(x.Shape) > 0 {
		axis := rapid.IntRange(0, len(x.Shape)-1).Draw(t, "axis")
		if s := drawAxisStep(t, choice, i, axis, x.Shape[axis]); s != nil {
			return s
		}
	}
	switch choice {
	case "unary":
		f := smooth[rapid.SampledFrom(smoothNames).Draw(t, "f")]
		return func(p []graph.Value) graph.Value { return f(p[i]) }
	case "reshape":
		return func(p []graph.Value) graph.Value { return graph.Flatten(p[i]) }
	case "transpose":
		return func(p []graph.Value) graph.Value { return graph.Transpose(p[i]) }
	case "broadcast":
		return func(p []graph.Value) graph.Value {
			return graph.Broadcast(p[i], append(graph.Shape{2}, p[i].Shape()...)...)
		}
	case "matmul": // with itself, or with another value that fits
		j := pick("y")
		return func(p []graph.Value) graph.Value {
			a, b := sameRows(p[i], p[j])
			b = graph.Tanh(b)
			if s := b.Shape(); len(s) != 2 || s[0] != a.Shape()[1] {
				b = graph.Tanh(graph.Transpose(a))
			}
			if odd(i+j) && (a.PerRow() || b.PerRow()) {
				return graph.Scale(graph.MatMulRows(a, b), 0.2)
			}
			return graph.MatMul(a, b)
		}
	case "rows":
		return drawRowStep(t, i, x.Rows)
	}
	j := pick("y")
	f := rapid.SampledFrom([]func(x, y graph.Value) graph.Value{
		graph.Add, graph.Sub,
		func(x, y graph.Value) graph.Value { return graph.Mul(x, graph.Tanh(y)) },
		func(x, y graph.Value) graph.Value { return graph.Div(x, graph.Offset(graph.Softplus(y), 0.5)) },
		func(x, y graph.Value) graph.Value {
			return graph.Pow(graph.Offset(graph.Sigmoid(x), 0.5), graph.Tanh(y))
		},
	}).Draw(t, "f")
	return func(p []graph.Value) graph.Value {
		a, b := sameRows(p[i], p[j])
		if !broadcastable(a.Shape(), b.Shape()) {
			b = graph.Scale(graph.Sum(b), 0.3)
		}
		return f(a, b)
	}
}

func drawAxisStep(t *rapid.T, choice string, i, axis, n int) step {
	from := rapid.IntRange(0, max(0, n-1)).Draw(t, "from")
	positions := rapid.SliceOfN(rapid.IntRange(0, max(0, n-1)), 1, 4).Draw(t, "positions")
	switch choice {
	case "slice":
		return func(p []graph.Value) graph.Value { return graph.Slice(p[i], axis, from, n) }
	case "pad":
		return func(p []graph.Value) graph.Value { return graph.Pad(p[i], axis, from, 1) }
	case "take":
		return func(p []graph.Value) graph.Value { return graph.Take(p[i], axis, positions) }
	case "put":
		index := make([]int, n)
		for k := range index {
			index[k] = positions[k%len(positions)]
		}
		return func(p []graph.Value) graph.Value { return graph.Put(p[i], axis, index, n+1) }
	case "sum":
		return func(p []graph.Value) graph.Value { return graph.Sum(p[i], axis) }
	case "softmax":
		return func(p []graph.Value) graph.Value { return graph.Softmax(p[i], axis) }
	case "cumsum":
		c := graph.Cumulation{Axis: axis, Exclusive: odd(from), Reverse: odd(len(positions))}
		return func(p []graph.Value) graph.Value { return graph.CumSum(p[i], c) }
	case "concat":
		return func(p []graph.Value) graph.Value {
			return graph.Concat(axis, graph.Slice(p[i], axis, from, n), p[i], graph.Sin(p[i]))
		}
	}
	return nil
}

// drawRowStep is an op between rows or lanes.
func drawRowStep(t *rapid.T, i, rows int) step {
	k := rapid.IntRange(0, 2).Draw(t, "between rows")
	return func(p []graph.Value) graph.Value {
		switch {
		case k == 0:
			return graph.MeanRows(p[i])
		case rows == 2 && k == 1:
			return graph.GroupSum(p[i], 2)
		case rows == 2:
			return graph.GroupLogSumExp(p[i], 2)
		}
		return graph.SpreadRows(p[i], 2)
	}
}

func odd(n int) bool { return n%2 == 1 }

// sameRows spreads the one of two values that has fewer lanes.
func sameRows(x, y graph.Value) (graph.Value, graph.Value) {
	m, n := x.Type().Rows, y.Type().Rows
	switch {
	case m == 1 && n > 1:
		return graph.SpreadRows(x, n), y
	case n == 1 && m > 1:
		return x, graph.SpreadRows(y, m)
	}
	return x, y
}

func broadcastable(s, t graph.Shape) bool {
	for i := 1; i <= min(len(s), len(t)); i++ {
		if a, b := s[len(s)-i], t[len(t)-i]; a != b && a != 1 && b != 1 {
			return false
		}
	}
	return true
}
