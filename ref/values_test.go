package ref_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

var nan, inf, negZero = math.NaN(), math.Inf(1), math.Copysign(0, -1)

type (
	val  = graph.Value
	vals = []graph.Value
	data = map[string][]float64
)

// example is one small computation with the result that one finds by hand.
type example struct {
	name string
	rows int
	in   data
	f    func(b *graph.Builder) val
	want []float64
}

func x2(b *graph.Builder) val  { return b.Input("x", 2) }
func w2(b *graph.Builder) val  { return b.Param("w", 2) }
func w23(b *graph.Builder) val { return b.Param("w", 2, 3) }

var six = data{"w": {1, 2, 3, 4, 5, 6}} // [2,3]

func examples() []example {
	unary := func(name string, f func(val) val, pairs ...float64) example {
		e := example{name: name, rows: len(pairs) / 2, in: data{}, f: func(b *graph.Builder) val { return f(b.Input("x")) }}
		for i := 0; i < len(pairs); i += 2 {
			e.in["x"], e.want = append(e.in["x"], pairs[i]), append(e.want, pairs[i+1])
		}
		return e
	}
	binary := func(name string, f func(x, y val) val, triples ...float64) example {
		e := example{name: name, rows: len(triples) / 3, in: data{}}
		e.f = func(b *graph.Builder) val { return f(b.Input("x"), b.Input("y")) }
		for i := 0; i < len(triples); i += 3 {
			e.in["x"], e.in["y"] = append(e.in["x"], triples[i]), append(e.in["y"], triples[i+1])
			e.want = append(e.want, triples[i+2])
		}
		return e
	}
	onW := func(name string, f func(w val) val, want ...float64) example {
		return example{name, 2, six, func(b *graph.Builder) val { return f(w23(b)) }, want}
	}
	rows := data{"x": {1, 2, 3, 4, 5, 6}, "w": {10, 100}} // three rows of [2]
	onX := func(name string, f func(b *graph.Builder) val, want ...float64) example {
		return example{name, 3, rows, f, want}
	}
	cum := func(c graph.Cumulation) func(val) val { return func(w val) val { return graph.CumSum(w, c) } }
	return []example{
		unary("neg", graph.Neg, 1, -1, -inf, inf), unary("abs", graph.Abs, -2, 2, 3, 3, -inf, inf),
		unary("sign", graph.Sign, -7, -1, 0, 0, 9, 1, nan, nan, -inf, -1),
		unary("floor", graph.Floor, 1.5, 1, -1.5, -2, 2, 2),
		unary("exp", graph.Exp, 0, 1, 1, 2.718281828459045, -inf, 0, inf, inf),
		unary("expm1", graph.Expm1, 0, 0, 1e-10, 1.00000000005e-10, math.Ln2, 1),
		unary("log", graph.Log, 1, 0, 0.5, -0.6931471805599453, 0, -inf, -1, nan),
		unary("log1p", graph.Log1p, 0, 0, 1e-10, 9.9999999995e-11, -1, -inf),
		unary("sqrt", graph.Sqrt, 9, 3, 2, 1.4142135623730951, -1, nan),
		unary("sin", graph.Sin, 0, 0, math.Pi/2, 1, math.Pi/6, 0.5), unary("cos", graph.Cos, 0, 1, math.Pi/3, 0.5, inf, nan),
		unary("tanh", graph.Tanh, 0, 0, math.Ln2, 0.6, -math.Ln2, -0.6, 1000, 1), // (2−½)/(2+½)
		unary("sigmoid", graph.Sigmoid, 0, 0.5, math.Log(3), 0.75, -math.Log(3), 0.25, -1000, 0, 1000, 1, nan, nan),
		unary("softplus", graph.Softplus, 0, math.Ln2, math.Log(3), 2*math.Ln2, 1000, 1000, -1000, 0, nan, nan),
		unary("relu", graph.ReLU, 2, 2, -2, 0, nan, nan, -inf, 0),
		unary("erf", graph.Erf, 0, 0, 1, 0.8427007929497149, -1, -0.8427007929497149, inf, 1),
		unary("finite", graph.Finite, 1, 1, nan, 0, inf, 0, -inf, 0, math.MaxFloat64, 1),
		unary("not", func(x val) val { return graph.Not(graph.Finite(x)) }, 1, 0, nan, 1),
		unary("float", func(x val) val { return graph.ToFloat(graph.Finite(x)) }, 1, 1, nan, 0),
		unary("square", graph.Square, -3, 9), unary("clamp", func(x val) val { return graph.Clamp(x, -1, 2) }, -5, -1, 0.5, 0.5, 7, 2, nan, nan),

		binary("add", graph.Add, 1, 2, 3, inf, -inf, nan), binary("sub", graph.Sub, 1, 2, -1), binary("mul", graph.Mul, 3, -2, -6, 0, inf, nan),
		binary("div", graph.Div, 1, 4, 0.25, 1, 0, inf, 1, negZero, -inf, 0, 0, nan),
		binary("max", graph.Max, 1, 2, 2, nan, inf, nan, inf, nan, nan, -1, nan, nan, -inf, -1, -1),
		binary("min", graph.Min, 1, 2, 1, nan, -inf, nan, -inf, nan, nan, nan, 1, nan),
		binary("pow", graph.Pow, 2, 10, 1024, 9, -0.5, 1./3, 0, 2, 0),
		binary("less", graph.Less, 1, 2, 1, 2, 2, 0, nan, 1, 0), binary("lesseq", graph.LessEq, 2, 2, 1, 3, 2, 0, nan, nan, 0),
		binary("greater", graph.Greater, 2, 1, 1, 2, 2, 0, inf, 1, 1), binary("equal", graph.Equal, 2, 2, 1, 0, negZero, 1, nan, nan, 0),
		binary("and, or", func(x, y val) val {
			p, q := graph.Less(x, graph.Scale(x, 0)), graph.Less(y, graph.Scale(y, 0)) // negative?
			return graph.Add(graph.ToFloat(graph.And(p, q)), graph.Scale(graph.ToFloat(graph.Or(p, q)), 10))
		}, -1, -1, 11, -1, 1, 10, 1, 1, 0),
		binary("select", func(x, y val) val { return graph.Select(graph.Less(x, y), x, y) }, 1, 2, 1, 5, 3, 3, nan, 4, 4),

		onX("broadcast: shared on rows", func(b *graph.Builder) val { return graph.Add(x2(b), w2(b)) }, 11, 102, 13, 104, 15, 106),
		onX("broadcast: columns by rows", func(b *graph.Builder) val {
			return graph.Sub(graph.Reshape(x2(b), 2, 1), graph.Reshape(w2(b), 1, 2))
		}, -9, -99, -8, -98, -7, -97, -6, -96, -5, -95, -4, -94),
		onW("broadcast [2,3] to [2,2,3]", func(w val) val { return graph.Broadcast(w, 2, 2, 3) }, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6),
		onW("reshape", func(w val) val { return graph.Reshape(w, 3, 2) }, 1, 2, 3, 4, 5, 6),
		onW("transpose", func(w val) val { return graph.Transpose(w) }, 1, 4, 2, 5, 3, 6),
		onW("transpose: axis i is axis order[i]", func(w val) val { return graph.Transpose(graph.Reshape(w, 1, 2, 3), 2, 0, 1) }, 1, 4, 2, 5, 3, 6),
		onW("slice", func(w val) val { return graph.Slice(w, 1, 1, 3) }, 2, 3, 5, 6),
		onW("pad", func(w val) val { return graph.Pad(w, 1, 1, 2) }, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0),
		onW("concat along 0", func(w val) val { return graph.Concat(0, graph.Slice(w, 0, 1, 2), w) }, 4, 5, 6, 1, 2, 3, 4, 5, 6),
		onW("concat along 1", func(w val) val { return graph.Concat(1, graph.Slice(w, 1, 2, 3), w) }, 3, 1, 2, 3, 6, 4, 5, 6),
		onW("take", func(w val) val { return graph.Take(w, 1, []int{2, 0, 2, 2}) }, 3, 1, 3, 3, 6, 4, 6, 6),
		onW("put", func(w val) val { return graph.Put(w, 1, []int{1, 1, 3}, 4) }, 0, 3, 0, 3, 0, 9, 0, 6),
		onW("index", func(w val) val { return graph.Index(w, graph.Scale(graph.Sum(w), 1./21)) }, 4, 5, 6),

		onW("sum", func(w val) val { return graph.Sum(w) }, 21), onW("sum over 0", func(w val) val { return graph.Sum(w, 0) }, 5, 7, 9),
		onW("sum over 1", func(w val) val { return graph.Sum(w, 1) }, 6, 15),
		onW("sum of nothing", func(w val) val { return graph.Sum(graph.Slice(w, 1, 1, 1), 1) }, 0, 0),
		onW("maxover 0", func(w val) val { return graph.MaxOver(graph.Neg(w), 0) }, -1, -2, -3),
		onW("maxover 1", func(w val) val { return graph.MaxOver(w, 1) }, 3, 6),
		unary("maxover: NaN wins", func(x val) val { return graph.MaxOver(graph.Concat(0, b1(x), graph.Offset(b1(x), 1)), 0) }, nan, nan, inf, inf),
		onW("cumsum", cum(graph.Cumulation{Axis: 1}), 1, 3, 6, 4, 9, 15),
		onW("cumsum exclusive", cum(graph.Cumulation{Axis: 1, Exclusive: true}), 0, 1, 3, 0, 4, 9),
		onW("cumsum reverse", cum(graph.Cumulation{Axis: 1, Reverse: true}), 6, 5, 3, 15, 11, 6),
		onW("cumsum exclusive reverse", cum(graph.Cumulation{Axis: 1, Exclusive: true, Reverse: true}), 5, 3, 0, 11, 6, 0),
		onW("cumsum along 0", cum(graph.Cumulation{Axis: 0}), 1, 2, 3, 5, 7, 9),
		onW("softmax", func(w val) val { return graph.Softmax(graph.Scale(w, math.Ln2), 1) }, 1./7, 2./7, 4./7, 1./7, 2./7, 4./7),
		onW("logsumexp", func(w val) val { return graph.LogSumExp(graph.Scale(w, math.Ln2), 1) }, math.Log(14), math.Log(112)),

		onW("matmul", func(w val) val { return graph.MatMul(w, graph.Transpose(w)) }, 14, 32, 32, 77),
		onX("matmul shared by row", func(b *graph.Builder) val {
			return graph.Linear(b.Const([]float64{1, 10, 0, -1}, 2, 2), x2(b))
		}, 21, -2, 43, -4, 65, -6),
		onX("matmul row by shared", func(b *graph.Builder) val {
			return graph.MatMul(graph.Reshape(x2(b), 1, 2), b.Const([]float64{1, 10, 0, -1}, 2, 2))
		}, 1, 8, 3, 26, 5, 44),
		onX("matmul row by row", func(b *graph.Builder) val {
			return graph.MatMul(graph.Reshape(x2(b), 1, 2), graph.Reshape(x2(b), 2, 1))
		}, 5, 25, 61),
		onX("matmulrows row by row", func(b *graph.Builder) val {
			return graph.MatMulRows(graph.Reshape(x2(b), 2, 1), graph.Reshape(x2(b), 1, 2))
		}, 35, 44, 44, 56),
		onX("matmulrows row by shared", func(b *graph.Builder) val {
			return graph.MatMulRows(graph.Reshape(x2(b), 2, 1), graph.Reshape(w2(b), 1, 2))
		}, 90, 900, 120, 1200),
		onX("matmulrows shared by row", func(b *graph.Builder) val {
			return graph.MatMulRows(graph.Reshape(w2(b), 2, 1), graph.Reshape(x2(b), 1, 2))
		}, 90, 120, 900, 1200),

		onX("sumrows", func(b *graph.Builder) val { return graph.SumRows(x2(b)) }, 9, 12),
		onX("meanrows", func(b *graph.Builder) val { return graph.MeanRows(x2(b)) }, 3, 4),
		onX("rowcount", func(b *graph.Builder) val { return b.RowCount() }, 3),
		onX("onrows", func(b *graph.Builder) val { return graph.OnRows(w2(b), 1) }, 10, 100, 10, 100, 10, 100),
		onX("spreadrows", func(b *graph.Builder) val { return graph.SpreadRows(x2(b), 2) }, 1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6),
		onX("meanrows counts lanes", func(b *graph.Builder) val { return graph.MeanRows(graph.SpreadRows(x2(b), 4)) }, 3, 4),
		onX("groupsum", func(b *graph.Builder) val { return graph.GroupSum(graph.SpreadRows(x2(b), 2), 2) }, 2, 4, 6, 8, 10, 12),
		onX("groupmax", func(b *graph.Builder) val { return graph.GroupMax(numbered(b), 3) }, 3, 6, 9),
		onX("groupsum of numbered lanes", func(b *graph.Builder) val { return graph.GroupSum(numbered(b), 3) }, 6, 15, 24),

		onX("if true", func(b *graph.Builder) val { return branch(b, 0) }, 2, 3, 4, 5, 6, 7),
		onX("if false", func(b *graph.Builder) val { return branch(b, 99) }, 10, 200, 30, 400, 50, 600),
		onX("repeat", func(b *graph.Builder) val { // x ← 2x + i for i = 0, 1, 2: 8x + 4
			return graph.Repeat(b.Scalar(3.9), 9, vals{x2(b)}, func(i val, c vals) vals {
				return vals{graph.Add(graph.Scale(c[0], 2), i)}
			})[0]
		}, 12, 20, 28, 36, 44, 52),
		onX("while: each row stops by itself", func(b *graph.Builder) val { // double until the sum is at least 20
			return graph.While(vals{x2(b)}, func(c vals) val { return graph.Less(graph.Sum(c[0]), b.Scalar(20)) },
				func(c vals) vals { return vals{graph.Scale(c[0], 2)} })[0]
		}, 8, 16, 12, 16, 10, 12),
		onX("place", func(b *graph.Builder) val { return graph.Place(w2(b), b.Scalar(1), 3) }, 0, 0, 10, 100, 0, 0),
		onX("index and place clamp", func(b *graph.Builder) val {
			x := graph.Place(w2(b), b.Scalar(-4), 2) // position 0
			return graph.Concat(0, graph.Index(x, b.Scalar(0.99)), graph.Index(x, b.Scalar(7)), graph.Index(x, b.Scalar(nan)))
		}, 10, 100, 0, 0, 10, 100),
		unary("index of scalars at NaN", func(x val) val { // the first: 1
			i := graph.Scale(graph.SumRows(x), nan)
			return graph.Index(graph.Reshape(graph.Place(x, i, 3), 3), i)
		}, 1, 1, 5, 5),
		onX("stopgradient", func(b *graph.Builder) val { return graph.StopGradient(x2(b)) }, 1, 2, 3, 4, 5, 6),
		onX("custom", func(b *graph.Builder) val {
			return graph.Custom("c", vals{x2(b)}, func(in vals) vals { return vals{graph.Mul(in[0], w2(b))} },
				func(graph.CustomCall) (in, captured vals) { return nil, nil })[0]
		}, 10, 200, 30, 400, 50, 600),
		onX("composite", func(b *graph.Builder) val {
			return graph.Composite("c", nil, vals{x2(b)}, func(in vals) vals { return vals{graph.Square(in[0])} }, nil)[0]
		}, 1, 4, 9, 16, 25, 36),
		onX("host", func(b *graph.Builder) val {
			f := func(_ context.Context, rows int, in, out [][]float64) error {
				for i := range in[0] {
					out[0][i] = in[0][i] + 1000*float64(rows) + in[1][i]
				}
				return nil
			}
			return graph.Host("h", f, vals{x2(b), w2(b)}, graph.Shape{2})[0]
		}, 3011, 3102, 3013, 3104, 3015, 3106),
		// g' = 2·½ = 1: m = ½·2 + ½·1, v = ¾·4 + ¼·1, m/c₁ = 3, √(v/c₂) = 2, and decay takes 0.1·0.5·8.
		{"adam", 1, data{}, func(b *graph.Builder) val {
			k := func(x float64) val { return graph.OnRows(b.Scalar(x), 1) }
			c := graph.AdamConfig{Beta1: 0.5, Beta2: 0.75, Epsilon: 1, WeightDecay: 0.5}
			p, m, v := graph.Adam(c, k(8), k(2), k(2), k(4),
				graph.AdamScalars{Rate: b.Scalar(0.1), Correction1: b.Scalar(0.5), Correction2: b.Scalar(13. / 16), GradScale: b.Scalar(0.5)})
			return graph.Concat(0, b1(p), b1(m), b1(v))
		}, []float64{8 - 0.1*0.5*8 - 0.1*3/(2+1), 1.5, 3.25}},
	}
}

func b1(x val) val { return graph.Reshape(x, 1) }

// numbered is three lanes a row that hold 1, 2, 3, …: a lane's number is the number of cells of its row before it.
func numbered(b *graph.Builder) val {
	f := func(_ context.Context, lanes int, _, out [][]float64) error {
		for l := range lanes {
			out[0][l] = float64(l + 1)
		}
		return nil
	}
	return graph.Host("numbered", f, vals{graph.SpreadRows(x2(b), 3)}, graph.Shape{})[0]
}

func branch(b *graph.Builder, than float64) val {
	return graph.If(graph.Greater(graph.Sum(w2(b)), graph.Scale(graph.Sum(w2(b)), than)),
		func() vals { return vals{graph.Offset(x2(b), 1)} }, func() vals { return vals{graph.Mul(x2(b), w2(b))} })[0]
}

func TestByHand(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			r := run(t, ref.Call{Rows: e.rows, Inputs: e.in}, func(b *graph.Builder) { b.Output("y", e.f(b)) })
			if err := tolerance.Compare(r.Outputs["y"], e.want, tolerance.Bound{Abs: 1e-25, Rel: 4e-16}); err != nil {
				t.Errorf("%v\ngot  %v\nwant %v", err, r.Outputs["y"], e.want)
			}
		})
	}
}

func run(t *testing.T, call ref.Call, f func(b *graph.Builder)) ref.Result {
	t.Helper()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error { f(b); return nil })
	if err != nil {
		t.Fatal(err)
	}
	r, err := ref.Run(context.Background(), g, call)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestZeroKeepsItsSign where floating-point arithmetic says so.
func TestZeroKeepsItsSign(t *testing.T) {
	r := run(t, ref.Call{Rows: 1, Inputs: data{"x": {0, negZero}}}, func(b *graph.Builder) {
		x := x2(b)
		for name, y := range map[string]val{"neg": graph.Neg(x), "sqrt": graph.Sqrt(x), "sign": graph.Sign(x), "tanh": graph.Tanh(x), "scale": graph.Scale(x, -3)} {
			b.Output(name, y)
		}
	})
	for name, want := range map[string][2]bool{
		"neg": {true, false}, "sqrt": {false, true}, "sign": {false, true}, "tanh": {false, true}, "scale": {true, false},
	} {
		y := r.Outputs[name]
		if math.Signbit(y[0]) != want[0] || math.Signbit(y[1]) != want[1] {
			t.Errorf("%s of 0 and −0 is %v", name, y)
		}
	}
}

func TestBadCalls(t *testing.T) {
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		b.Output("y", graph.Add(x2(b), w2(b)))
		b.Input("unread", 3)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]ref.Call{
		"missing":       {Rows: 1, Inputs: data{"x": {1, 2}}},
		"too few rows":  {Rows: 2, Inputs: data{"x": {1, 2}, "w": {1, 2}}},
		"too long":      {Rows: 1, Inputs: data{"x": {1, 2}, "w": {1, 2, 3}}},
		"unread, wrong": {Rows: 1, Inputs: data{"x": {1, 2}, "w": {1, 2}, "unread": {1}}},
		"negative rows": {Rows: -1, Inputs: data{"x": {}, "w": {1, 2}}},
	} {
		if _, err := ref.Run(context.Background(), g, call); !errors.Is(err, fault.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ref.Run(ctx, g, ref.Call{Rows: 1, Inputs: data{"x": {1, 2}, "w": {1, 2}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestNoRows: sums over nothing are 0, means are undefined, and nothing breaks.
func TestNoRows(t *testing.T) {
	r := run(t, ref.Call{Inputs: data{"x": {}, "w": {1, 2}}}, func(b *graph.Builder) {
		b.Output("sum", graph.SumRows(x2(b)))
		b.Output("row", graph.Exp(x2(b)))
		b.Output("count", b.RowCount())
		b.Output("shared", w2(b))
	})
	for name, want := range (data{"sum": {0, 0}, "row": {}, "count": {0}, "shared": {1, 2}}) {
		if !slices.Equal(r.Outputs[name], want) {
			t.Errorf("%s is %v", name, r.Outputs[name])
		}
	}
}

// TestResultsAreTheCallersOwn: changing them changes neither the inputs nor the graph.
func TestResultsAreTheCallersOwn(t *testing.T) {
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		b.Output("constant", b.Const([]float64{1, 2}, 2))
		b.Output("input", x2(b))
		b.Output("again", x2(b))
		b.Update(w2(b), w2(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := data{"x": {3, 4}, "w": {5, 6}}
	for range 2 {
		r, err := ref.Run(context.Background(), g, ref.Call{Rows: 1, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		if r.Outputs["constant"][0] != 1 || r.Outputs["input"][0] != 3 || r.Outputs["again"][0] != 3 || r.Updates["w"][0] != 5 {
			t.Fatalf("%v", r)
		}
		r.Outputs["constant"][0], r.Outputs["input"][0], r.Updates["w"][0] = 9, 9, 9
		if r.Outputs["again"][0] != 3 {
			t.Error("two outputs share memory")
		}
	}
}
