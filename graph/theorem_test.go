package graph_test

import (
	"slices"
	"testing"

	"diffeo/graph"
)

var four = map[string][]float64{"x": {1, -2, 0.5, 3}, "w": {2, -1}} // x: two rows of [2]

// TestVJPIsLinear: the gradient of a·g + b·h is a times that of g plus b times that of h.
func TestVJPIsLinear(t *testing.T) {
	out := compute(t, 2, four, func(b *graph.Builder) {
		x, w := b.Input("x", 2), b.Param("w", 2)
		y := graph.Tanh(graph.Mul(graph.Exp(x), w))
		g, h := graph.Cos(x), graph.Mul(x, x)
		both := graph.Add(graph.Scale(g, 3), graph.Scale(h, -0.5))
		for name, wrt := range map[string]graph.Value{"x": x, "w": w} {
			vjp := func(g graph.Value) graph.Value {
				return graph.VJP([]graph.Value{y}, []graph.Value{g}, []graph.Value{wrt})[0]
			}
			b.Output("sum "+name, graph.Add(graph.Scale(vjp(g), 3), graph.Scale(vjp(h), -0.5)))
			b.Output("of sum "+name, vjp(both))
		}
	})
	near(t, "x", out["of sum x"], out["sum x"]...)
	near(t, "w", out["of sum w"], out["sum w"]...)
}

// TestGradientOfRows: a per-row y is differentiated row by row; with respect to shared values the rows add up.
func TestGradientOfRows(t *testing.T) {
	out := compute(t, 2, four, func(b *graph.Builder) {
		x, w := b.Input("x", 2), b.Param("w", 2)
		each := graph.Sum(graph.Mul(graph.Square(x), w)) // [] per row
		total := graph.SumRows(each)
		for name, y := range map[string]graph.Value{"each": each, "total": total} {
			g := graph.Gradient(y, x, w)
			b.Output(name+" x", g[0])
			b.Output(name+" w", g[1])
		}
		b.Output("onrows", graph.Gradient(graph.Sum(graph.Mul(graph.OnRows(w, 1), x)), w)[0])
		b.Output("unused", graph.Gradient(total, b.Param("unused", 3))[0])
	})
	for _, y := range []string{"each", "total"} { // SumRows has derivative 1 on every row
		near(t, y+" x", out[y+" x"], 2*2*1, 2*-1*-2, 2*2*0.5, 2*-1*3)
		near(t, y+" w", out[y+" w"], 1+0.25, 4+9)
	}
	near(t, "onrows", out["onrows"], 1.5, 1)
	if !slices.Equal(out["unused"], []float64{0, 0, 0}) || len(out["unused"]) != 3 {
		t.Errorf("the gradient of what is not used is %v", out["unused"])
	}
}

func TestStopGradient(t *testing.T) {
	in := map[string][]float64{"x": {3}}
	out := compute(t, 1, in, func(b *graph.Builder) {
		x := b.Input("x")
		stopped := graph.Mul(x, graph.StopGradient(graph.Square(x))) // x·[x²]
		b.Output("value", stopped)
		first := graph.Gradient(stopped, x)[0]
		b.Output("first", first)
		b.Output("second", graph.Gradient(first, x)[0]) // [x²] stays stopped in the derivative
		b.Output("alone", graph.Gradient(graph.StopGradient(graph.Exp(x)), x)[0])
	})
	near(t, "value", out["value"], 27)
	near(t, "first", out["first"], 9)
	near(t, "second", out["second"], 0)
	near(t, "alone", out["alone"], 0)
}

// TestRepeatedAndTotalDerivatives: powers, and a value that is both differentiated by and on the way to another.
func TestRepeatedAndTotalDerivatives(t *testing.T) {
	in := map[string][]float64{"x": {2}}
	out := compute(t, 1, in, func(b *graph.Builder) {
		x := b.Input("x")
		y := graph.Mul(graph.Square(x), graph.Square(x))
		for _, name := range []string{"4x³", "12x²", "24x", "24", "0"} {
			y = graph.Gradient(y, x)[0]
			b.Output(name, y)
		}
		u := graph.Square(x)
		g := graph.Gradient(graph.Mul(u, x), x, u)
		b.Output("by x", g[0])
		b.Output("by u", g[1])
		b.Output("by itself", graph.Gradient(x, x)[0])
	})
	for name, want := range map[string]float64{"4x³": 32, "12x²": 48, "24x": 48, "24": 24, "0": 0, "by x": 12, "by u": 2, "by itself": 1} {
		near(t, name, out[name], want)
	}
}

// TestKinks: where a derivative does not exist the documented choice holds.
func TestKinks(t *testing.T) {
	in := map[string][]float64{"x": {2, 2, 1, 2}, "y": {2, 2, 1, 2}, "z": {0}}
	out := compute(t, 1, in, func(b *graph.Builder) {
		x, y, z := b.Input("x", 4), b.Input("y", 4), b.Input("z")
		for name, f := range map[string]func(x, y graph.Value) graph.Value{"max": graph.Max, "min": graph.Min} {
			g := graph.Gradient(graph.Sum(f(x, y)), x, y)
			b.Output(name+" x", g[0])
			b.Output(name+" y", g[1])
		}
		b.Output("maxover", graph.Gradient(graph.MaxOver(x, 0), x)[0])
		b.Output("relu", graph.Gradient(graph.ReLU(z), z)[0])
		b.Output("abs", graph.Gradient(graph.Abs(z), z)[0])
		b.Output("clamp", graph.Gradient(graph.Sum(graph.Clamp(x, -1, 1.5)), x)[0])
		l := graph.SpreadRows(z, 4)
		b.Output("groupmax", graph.Gradient(graph.GroupMax(l, 4), l)[0])
		p := graph.Gradient(graph.Pow(z, b.Scalar(2)), z)[0]
		b.Output("pow", p)
	})
	near(t, "max x", out["max x"], 1, 1, 1, 1)
	near(t, "max y", out["max y"], 0, 0, 0, 0)
	near(t, "min x", out["min x"], 1, 1, 1, 1)
	near(t, "min y", out["min y"], 0, 0, 0, 0)
	near(t, "maxover", out["maxover"], 1, 0, 0, 0)
	near(t, "relu", out["relu"], 0)
	near(t, "abs", out["abs"], 0)
	near(t, "clamp", out["clamp"], 0, 0, 1, 0)
	near(t, "groupmax", out["groupmax"], 0.25, 0.25, 0.25, 0.25)
	near(t, "pow", out["pow"], 0)
}

// TestUnselectedBranchDoesNotPoison: an argument that is clamped before branching keeps the gradient finite.
func TestUnselectedBranchDoesNotPoison(t *testing.T) {
	in := map[string][]float64{"x": {-1, 4}}
	out := compute(t, 2, in, func(b *graph.Builder) {
		x := b.Input("x")
		positive := graph.Greater(x, b.Scalar(0))
		y := graph.Select(positive, graph.Log(graph.Select(positive, x, b.Scalar(1))), graph.Square(x))
		b.Output("dx", graph.Gradient(y, x)[0])
	})
	near(t, "dx", out["dx"], -2, 0.25)
}
