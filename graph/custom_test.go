package graph_test

import (
	"testing"

	"diffeo/graph"
)

// TestCustomDerivativeIsUsed: also where it is not that of the forward code, whatever the op is called, and it is differentiated again.
func TestCustomDerivativeIsUsed(t *testing.T) {
	for _, name := range []string{"mine", "identity"} {
		out := compute(t, 1, map[string][]float64{"x": {3}}, func(b *graph.Builder) {
			x := b.Input("x")
			y := graph.Custom(name, []graph.Value{x}, square, func(c graph.CustomCall) (in, captured []graph.Value) {
				return []graph.Value{graph.Mul(c.Grad[0], graph.Mul(c.In[0], c.Out[0]))}, nil // claims d(x²) = x·y
			})[0]
			b.Output("y", y)
			first := graph.Gradient(y, x)[0]
			b.Output("first", first)
			b.Output("second", graph.Gradient(first, x)[0]) // y + x·(x·y), with the claimed derivative again
		})
		near(t, name+" y", out["y"], 9)
		near(t, name+" first", out["first"], 27)
		near(t, name+" second", out["second"], 9+3*27)
	}
}

// TestCustomIsPartial: a value that comes in twice, as an input and captured, has a gradient by each way, and they add up.
func TestCustomIsPartial(t *testing.T) {
	in := map[string][]float64{"x": {3}}
	out := compute(t, 1, in, func(b *graph.Builder) {
		x := b.Input("x")
		layer := func(u graph.Value) graph.Value { return graph.Mul(graph.Square(u), x) } // u²x at u = x
		y := graph.Custom("layer", []graph.Value{x}, func(in []graph.Value) []graph.Value { return []graph.Value{layer(in[0])} },
			func(c graph.CustomCall) (in, captured []graph.Value) {
				wrt := append(c.In[:1:1], c.Captured...)
				g := graph.VJP([]graph.Value{layer(c.In[0])}, c.Grad, wrt)
				return g[:1], []graph.Value{graph.Scale(g[1], 10)} // tells the ways apart
			})[0]
		b.Output("dx", graph.Gradient(y, x)[0])
	})
	near(t, "dx", out["dx"], 2*3*3+10*9)
}

// TestCustomNeeds: the derivative is told which gradients are used.
func TestCustomNeeds(t *testing.T) {
	var in, captured []bool
	build(t, func(b *graph.Builder) {
		x, y, w, v := b.Input("x"), b.Input("y"), b.Param("w"), b.Param("v")
		z := graph.Custom("sum", []graph.Value{x, y}, func(in []graph.Value) []graph.Value {
			return []graph.Value{graph.Add(graph.Mul(in[0], w), graph.Mul(in[1], v))}
		}, func(c graph.CustomCall) ([]graph.Value, []graph.Value) {
			in, captured = c.NeedIn, c.NeedCaptured
			return []graph.Value{graph.Mul(c.Grad[0], c.Captured[0]), {}}, make([]graph.Value, 2)
		})[0]
		graph.Gradient(z, x, v)
	})
	if len(in) != 2 || !in[0] || in[1] || len(captured) != 2 || captured[0] || !captured[1] {
		t.Errorf("inputs %v and captured values %v are needed, want [true false] and [false true]", in, captured)
	}
}

// TestCustomCaptures: outer values that are no parameters may be left without a gradient; constants are not captured at all.
func TestCustomCaptures(t *testing.T) {
	out := compute(t, 1, map[string][]float64{"x": {3}, "c": {5}}, func(b *graph.Builder) {
		x, c := b.Input("x"), b.Input("c")
		k := b.Scalar(2)
		captured := -1
		y := graph.Custom("scaled", []graph.Value{x}, func(in []graph.Value) []graph.Value {
			return []graph.Value{graph.Mul(graph.Mul(in[0], c), k)}
		}, func(call graph.CustomCall) ([]graph.Value, []graph.Value) {
			captured = len(call.Captured)
			return []graph.Value{graph.Mul(call.Grad[0], graph.Mul(call.Captured[0], k))}, nil
		})[0]
		g := graph.Gradient(y, x, c)
		b.Output("dx", g[0])
		b.Output("dc", g[1])
		if captured != 1 {
			t.Errorf("%d values are captured, want c alone", captured)
		}
	})
	near(t, "dx", out["dx"], 10)
	near(t, "dc", out["dc"], 0) // as the derivative says: it gave none
}

// TestComposite: the decomposition is the definition, a derivative of its own is used where there is one.
func TestComposite(t *testing.T) {
	out := compute(t, 1, map[string][]float64{"x": {3}}, func(b *graph.Builder) {
		x := b.Input("x")
		for name, d := range map[string]graph.Derivative{
			"decomposed": nil,
			"own": func(c graph.CustomCall) (in, captured []graph.Value) {
				return []graph.Value{graph.Scale(c.Grad[0], 100)}, nil
			},
		} {
			y := graph.Composite("square", nil, []graph.Value{x}, square, d)[0]
			b.Output(name, y)
			b.Output(name+" dx", graph.Gradient(y, x)[0])
		}
	})
	near(t, "decomposed", out["decomposed"], 9)
	near(t, "decomposed dx", out["decomposed dx"], 6)
	near(t, "own", out["own"], 9)
	near(t, "own dx", out["own dx"], 100)
}
