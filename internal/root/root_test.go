package root

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// hard are increasing functions on −B … B on which Newton's method alone fails, and what they are in float64.
var hard = []struct {
	name   string
	bound  float64
	rounds float64 // as a rule
	most   float64
	small  float64 // −log of the least |x|, of those that f tells apart in float32
	f      func(b *graph.Builder, x graph.Value) (y, slope graph.Value)
	plain  func(x float64) float64
}{
	{"line", 3, 8, 10, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		return graph.Offset(graph.Scale(x, 0.7), -0.3), graph.Offset(graph.ZerosLike(x), 0.7)
	}, func(x float64) float64 { return 0.7*x - 0.3 }},
	{"ninth power, flat at 0", 2, 12, 60, 3, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		x2 := graph.Square(x)
		x8 := graph.Square(graph.Square(x2))
		return graph.Mul(x8, x), graph.Offset(graph.Scale(x8, 9), 1e-30)
	}, func(x float64) float64 { return math.Pow(math.Abs(x), 8) * x }},
	{"a step: Newton's method diverges", 1e4, 20, 25, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		t := graph.Tanh(graph.Scale(x, 50))
		slope := graph.Offset(graph.Scale(graph.Sub(b.Scalar(1), graph.Square(t)), 50), 1e-6)
		return graph.Add(t, graph.Scale(x, 1e-6)), slope
	}, func(x float64) float64 { return math.Tanh(50*x) + 1e-6*x }},
	{"a kink of 10⁶", 5, 10, 15, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		steep := graph.Greater(x, b.Scalar(1.25))
		y := graph.Add(x, graph.Scale(graph.ReLU(graph.Offset(x, -1.25)), 1e6))
		return y, graph.Select(steep, b.Scalar(1e6+1), b.Scalar(1))
	}, func(x float64) float64 { return x + 1e6*math.Max(0, x-1.25) }},
	{"flat on an interval, where the slope is 0", 5, 10, 15, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		y := graph.Sub(graph.ReLU(graph.Offset(x, -1)), graph.ReLU(graph.Offset(graph.Neg(x), -1)))
		return y, graph.ToFloat(graph.Greater(graph.Abs(x), b.Scalar(1)))
	}, func(x float64) float64 { return math.Max(0, x-1) - math.Max(0, -x-1) }},
	{"nearly flat at 0, where terms cancel", 1e3, 12, 15, 0, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		t := graph.Tanh(x)
		return graph.Sub(x, graph.Scale(t, 1-1e-3)), graph.Offset(graph.Scale(graph.Square(t), 1-1e-3), 1e-3)
	}, func(x float64) float64 { return x - (1-1e-3)*math.Tanh(x) }},
	{"a slope that is wrong by a factor of e³ and e⁻³", 5, 60, 120, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		return x, graph.Exp(graph.Scale(graph.Sin(graph.Scale(x, 7)), 3))
	}, func(x float64) float64 { return x }},
	{"a slope that is NaN", 1e6, 60, 65, 10, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		return x, graph.Div(graph.ZerosLike(x), graph.ZerosLike(x))
	}, func(x float64) float64 { return x }},
	{"exponential", 80, 15, 45, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		y := graph.Exp(x)
		return y, y
	}, math.Exp},
	{"in a bracket of 10³⁰", 1e30, 8, 10, 20, func(b *graph.Builder, x graph.Value) (graph.Value, graph.Value) {
		return graph.Scale(x, 0.5), graph.Offset(graph.ZerosLike(x), 0.5)
	}, func(x float64) float64 { return x / 2 }},
}

// target makes f − y of f, with y as the argument.
func target(b *graph.Builder, f func(b *graph.Builder, x graph.Value) (y, slope graph.Value)) Function {
	return func(x graph.Value, args []graph.Value) (value, slope graph.Value) {
		v, slope := f(b, x)
		return graph.Sub(v, args[0]), slope
	}
}

// ends are the bracket ±bound in the shape of y.
func ends(y graph.Value, bound float64) (low, high graph.Value) {
	zero := graph.ZerosLike(y)
	return graph.Offset(zero, -bound), graph.Offset(zero, bound)
}

// found is whether x is the root to the rounding of the type: at its neighbours a few roundings away f lies on either side of y, up to the
// rounding of f itself.
func found(f func(float64) float64, x, y, bound, eps float64) bool {
	h, noise := 8*eps*math.Max(math.Abs(x), bound*0x1p-12), 16*eps*math.Abs(y)
	return f(x-h)-noise <= y && y <= f(x+h)+noise
}

// Every increasing function is inverted to the rounding of the type, in float32 and float64, wherever the root lies.
func TestFind(t *testing.T) {
	const rows, d = 400, 2
	const seed = 1
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for _, c := range hard {
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			y := b.Input("y", d)
			low, high := ends(y, c.bound)
			b.Output("x", Find(b, target(b, c.f), low, high, y))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, rows*d)
		for i := range y {
			x := c.bound * (2*rng.Float64() - 1)
			if i%3 == 0 { // small ones too
				x *= math.Exp(-c.small * rng.Float64())
			}
			y[i] = float64(float32(c.plain(x)))
		}
		y[0], y[1] = c.plain(0), c.plain(-c.bound)
		for _, e := range []struct {
			name string
			run  engine.Engine
			eps  float64
		}{
			{"ref", engine.Ref, 0x1p-52},
			{"cpu in float64", engine.CPU[float64](cpu.Options{}), 0x1p-52},
			{"cpu in float32", engine.CPU[float32](cpu.Options{}), 0x1p-23},
		} {
			r, err := e.run(t.Context(), g, ref.Call{Rows: rows, Inputs: map[string][]float64{"y": y}})
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range r.Outputs["x"] {
				if !found(c.plain, x, y[i], c.bound, e.eps) {
					t.Errorf("%s, %s: x = %g, where f is %g and not %g", c.name, e.name, x, c.plain(x), y[i])
					break
				}
			}
		}
	}
}

// Some ten rounds at most, at ends of the bracket and at kinks too, unless the curve is flat or the slope wrong: then some two for every bit of x.
func TestFindIsQuick(t *testing.T) {
	for _, c := range hard {
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			y := b.Input("y")
			low, high := ends(y, c.bound)
			_, left := search(b, target(b, c.f), low, high, []graph.Value{y})
			b.Output("left", left)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, 101)
		for i := range y {
			y[i] = c.plain(c.bound * (float64(i)/50 - 1))
		}
		r, err := engine.Ref(t.Context(), g, ref.Call{Rows: len(y), Inputs: map[string][]float64{"y": y}})
		if err != nil {
			t.Fatal(err)
		}
		left := slices.Sorted(slices.Values(r.Outputs["left"]))
		most, usual := mostRounds-left[0], mostRounds-left[50]
		t.Logf("%s: %g rounds at most, %g as a rule", c.name, most, usual)
		if most > c.most || usual > c.rounds {
			t.Errorf("%s takes %g rounds at most and %g as a rule", c.name, most, usual)
		}
	}
}

// Outside the bracket's range it is the nearer end, and nothing becomes NaN.
func TestFindOutside(t *testing.T) {
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		y := b.Input("y", 1)
		low, high := ends(y, 3)
		b.Output("x", Find(b, target(b, hard[0].f), low, high, y))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"y": {1e30, -1e30, math.Inf(1), math.Inf(-1)}}
	for _, e := range []engine.Engine{engine.Ref, engine.CPU[float32](cpu.Options{})} {
		r, err := e(t.Context(), g, ref.Call{Rows: 4, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{3, -3, 3, -3} {
			if x := r.Outputs["x"][i]; math.Abs(x-want) > 1e-5 {
				t.Errorf("y = %g gives x = %g, want %g", in["y"][i], x, want)
			}
		}
	}
}

// First and second derivatives with respect to y, an argument and a captured parameter, against formulas: e^(a·x)·k = y has
// x = log(y/k)/a.
func TestFindDerivatives(t *testing.T) {
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		y, a, k := b.Input("y", 1), b.Input("a", 1), b.Param("k", 1)
		f := func(x graph.Value, args []graph.Value) (graph.Value, graph.Value) {
			k := b.Param("k", 1)
			v := graph.Mul(graph.Exp(graph.Mul(args[0], x)), k)
			return graph.Sub(v, args[1]), graph.Mul(v, args[0])
		}
		low, high := ends(y, 4)
		x := Find(b, f, low, high, a, y)
		b.Output("x", x)
		first := graph.Gradient(graph.Sum(x), y, a)
		b.Output("y", first[0])
		b.Output("a", first[1])
		dk := graph.Gradient(graph.SumRows(graph.Sum(x)), k)[0]
		b.Output("k", graph.OnRows(dk, 1))
		for i, v := range graph.Gradient(graph.Sum(first[1]), y, a) {
			b.Output([]string{"ay", "aa"}[i], v)
		}
		b.Output("ka", graph.Gradient(graph.OnRows(graph.Sum(dk), 1), a)[0])
		b.Output("kk", graph.OnRows(graph.Gradient(dk, k)[0], 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const y, a, k = 2.5, 0.8, 1.3
	l := math.Log(y / k)
	want := map[string]float64{
		"x": l / a, "y": 1 / (a * y), "a": -l / (a * a), "k": -1 / (a * k),
		"ay": -1 / (a * a * y), "aa": 2 * l / (a * a * a), "ka": 1 / (a * a * k), "kk": 1 / (a * k * k),
	}
	in := map[string][]float64{"y": {y}, "a": {a}, "k": {k}}
	for _, e := range []struct {
		name string
		run  engine.Engine
		tol  float64
	}{
		{"ref", engine.Ref, tolerance.Float64.Piece},
		{"cpu in float64", engine.CPU[float64](cpu.Options{}), tolerance.Float64.Piece},
		{"cpu in float32", engine.CPU[float32](cpu.Options{}), tolerance.Float32.Piece},
	} {
		r, err := e.run(t.Context(), g, ref.Call{Rows: 1, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range want {
			if got := r.Outputs[name][0]; !(math.Abs(got-want) <= e.tol) {
				t.Errorf("%s: %s is %.15g, want %.15g", e.name, name, got, want)
			}
		}
	}
}

// An element is found in the same bits whatever stands beside it in its row, and whatever the other rows are.
func TestElementsAreIndependent(t *testing.T) {
	build := func(d int) *graph.Graph {
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			y := b.Input("y", d)
			low, high := ends(y, hard[6].bound)
			b.Output("x", Find(b, target(b, hard[6].f), low, high, y))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	y := []float64{4.9, -0.3, 1e-7, 2.2, 0, 1e30, -3.3, 0.7, -1e30, 3.1, -1e-3, 5}
	for _, e := range []engine.Engine{engine.Ref, engine.CPU[float64](cpu.Options{}), engine.CPU[float32](cpu.Options{})} {
		together, err := e(t.Context(), build(4), ref.Call{Rows: 3, Inputs: map[string][]float64{"y": y}})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range y {
			alone, err := e(t.Context(), build(1), ref.Call{Rows: 1, Inputs: map[string][]float64{"y": {v}}})
			if err != nil {
				t.Fatal(err)
			}
			if a, b := alone.Outputs["x"][0], together.Outputs["x"][i]; a != b {
				t.Errorf("y = %g gives %g alone and %g beside others", v, a, b)
			}
		}
	}
}
