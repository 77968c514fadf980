package cpu_test

import (
	"fmt"
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// A product that is added to another value may be added onto it where it lies, but only if nobody wants that value as it was: another op, the
// caller, or somebody who looks at a part of the same memory. Values, gradients and single rows agree with the interpreter and with each other.
func TestProductsOntoOtherValues(t *testing.T) {
	const n, m = 7, 20
	for name, f := range map[string]func(b *graph.Builder, u, part, v graph.Value) graph.Value{
		"a sum":           func(_ *graph.Builder, u, _, v graph.Value) graph.Value { return graph.Add(u, v) },
		"the other order": func(_ *graph.Builder, u, _, v graph.Value) graph.Value { return graph.Add(v, u) },
		"with ReLU":       func(_ *graph.Builder, u, _, v graph.Value) graph.Value { return graph.ReLU(graph.Add(u, v)) },
		"used again": func(_ *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.Mul(graph.Add(u, v), graph.Tanh(u))
		},
		"three": func(_ *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.Add(graph.Add(u, v), graph.Scale(v, 2))
		},
		"of itself": func(_ *graph.Builder, _, _, v graph.Value) graph.Value { return graph.Add(v, v) },
		"reshaped": func(_ *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.Reshape(graph.Add(graph.Reshape(u, 4, 5), graph.Reshape(v, 4, 5)), m)
		},
		"then another bias": func(b *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.Add(graph.Add(u, v), b.Param("bias", m))
		},
		"after another bias": func(b *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.ReLU(graph.Add(u, graph.Add(v, b.Param("bias", m))))
		},
		"the value is wanted": func(b *graph.Builder, u, _, v graph.Value) graph.Value {
			b.Output("u", u)
			return graph.ReLU(graph.Add(u, v))
		},
		"a part is wanted": func(_ *graph.Builder, u, part, v graph.Value) graph.Value {
			return graph.Concat(0, graph.ReLU(graph.Add(u, v)), part)
		},
		"turned round": func(_ *graph.Builder, u, _, v graph.Value) graph.Value {
			return graph.Add(graph.Take(u, 0, steps(m, -1)), v)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := build(t, func(b *graph.Builder) {
				x, c := b.Input("x", n), b.Input("c", 3)
				w, d := b.Param("w", m, n), b.Param("d", m, 3)
				u := graph.Add(graph.Linear(w, x), b.Param("a", m))
				part := graph.Slice(u, 0, 2, 9) // before the product
				y := f(b, u, part, graph.Linear(d, c))
				b.Output("y", y)
				loss := graph.MeanRows(graph.Sum(graph.Sin(y)))
				for i, p := range graph.Gradient(loss, w, d, b.Param("a", m)) {
					b.Output(fmt.Sprint("gradient ", i), p)
				}
			})
			const rows = 37
			call := ref.Call{Rows: rows, Inputs: map[string][]float64{}}
			for name, size := range map[string]int{"x": rows * n, "c": rows * 3, "w": n * m, "d": 3 * m, "a": m, "bias": m} {
				for i := range size {
					call.Inputs[name] = append(call.Inputs[name], math.Sin(float64(i*i+size)))
				}
			}
			want := reference(t, g, call)
			all := map[string][]float64{}
			for _, o := range []cpu.Options{{}, {Threads: 2, TileRows: 16}, {Frozen: true}} {
				agree[float64](t, "float64", mustRun(t, compile[float64](t, g, o), g, call), want, within(tolerance.Float64.Gradient))
				got := mustRun(t, compile[float32](t, g, o), g, call)
				agree[float32](t, "float32", got, want, within(tolerance.Float32.Gradient))
				all["y"] = got.Outputs["y"]
			}
			one := compile[float32](t, g, cpu.Options{Frozen: true})
			width := len(all["y"]) / rows
			for r := range rows {
				single := ref.Call{Rows: 1, Inputs: map[string][]float64{}}
				for name, values := range call.Inputs {
					single.Inputs[name] = values
				}
				single.Inputs["x"], single.Inputs["c"] = call.Inputs["x"][r*n:][:n], call.Inputs["c"][r*3:][:3]
				got := mustRun(t, one, g, single)
				same(t, fmt.Sprintf("row %d by itself", r), map[string][]float64{"y": got.Outputs["y"]}, map[string][]float64{"y": all["y"][r*width:][:width]})
			}
		})
	}
}
