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

// views are ways to come by a matrix [40,40] or a vector [40] that lie in no simple order in memory. They take their numbers from a
// value that is large enough.
var views = map[string]struct {
	matrix, vector func(x graph.Value) graph.Value
}{
	"as it is": {
		func(x graph.Value) graph.Value { return graph.Reshape(graph.Slice(x, 0, 0, 1600), 40, 40) },
		func(x graph.Value) graph.Value { return graph.Slice(x, 0, 0, 40) },
	},
	"reversed": {
		func(x graph.Value) graph.Value {
			return graph.Reshape(graph.Take(graph.Slice(x, 0, 0, 1600), 0, steps(1600, -1)), 40, 40)
		},
		func(x graph.Value) graph.Value { return graph.Take(graph.Slice(x, 0, 0, 40), 0, steps(40, -1)) },
	},
	"every second": {
		func(x graph.Value) graph.Value { return graph.Reshape(graph.Take(x, 0, steps(1600, 2)), 40, 40) },
		func(x graph.Value) graph.Value { return graph.Take(x, 0, steps(40, 2)) },
	},
	"transposed": {
		func(x graph.Value) graph.Value {
			return graph.Transpose(graph.Reshape(graph.Slice(x, 0, 7, 1607), 40, 40))
		},
		func(x graph.Value) graph.Value {
			return graph.Reshape(graph.Slice(graph.Reshape(graph.Slice(x, 0, 0, 1600), 40, 40), 1, 3, 4), 40)
		},
	},
	"one number": {
		func(x graph.Value) graph.Value { return graph.Broadcast(graph.Slice(x, 0, 5, 6), 40, 40) },
		func(x graph.Value) graph.Value { return graph.Broadcast(graph.Slice(x, 0, 5, 6), 40) },
	},
	"permuted": {
		func(x graph.Value) graph.Value {
			return graph.Take(graph.Reshape(graph.Slice(x, 0, 0, 1600), 40, 40), 1, permuted(40))
		},
		func(x graph.Value) graph.Value { return graph.Take(graph.Slice(x, 0, 0, 40), 0, permuted(40)) },
	},
	"padded": {
		func(x graph.Value) graph.Value {
			return graph.Pad(graph.Reshape(graph.Slice(x, 0, 0, 1200), 40, 30), 1, 5, 5)
		},
		func(x graph.Value) graph.Value { return graph.Pad(graph.Slice(x, 0, 0, 30), 0, 5, 5) },
	},
}

func steps(n, step int) []int {
	index := make([]int, n)
	for i := range index {
		if index[i] = i * step; step < 0 {
			index[i] = n - 1 - i
		}
	}
	return index
}

func permuted(n int) []int {
	index := make([]int, n)
	for i := range index {
		index[i] = i * 7 % n
	}
	return index
}

// masks of triangular blocks, which products leave out, and of single zeros, which they cannot.
func masks() map[string][]float64 {
	block, scattered := make([]float64, 1600), make([]float64, 1600)
	for i := range block {
		if row, col := i/40, i%40; row >= 20 || col < 10 {
			block[i] = 1
		}
		if i%3 != 0 {
			scattered[i] = float64(i%2 + 1)
		}
	}
	return map[string][]float64{"none": nil, "blocks": block, "scattered": scattered, "zero": make([]float64, 1600)}
}

// A linear layer with bias and ReLU, with and without a mask, and its gradients agree with the interpreter however its operands lie.
func TestLinearOfViews(t *testing.T) {
	for name, of := range views {
		for kind, mask := range masks() {
			for _, plain := range []string{"rows", "weights", "none"} { // whose operand is as it is
				t.Run(fmt.Sprintf("%s, mask %s, plain %s", name, kind, plain), func(t *testing.T) {
					g := build(t, func(b *graph.Builder) {
						x, w, c := b.Input("x", 100), b.Param("w", 3200), b.Param("c", 40)
						if plain == "rows" {
							x = graph.Slice(x, 0, 0, 40)
						} else {
							x = of.vector(graph.Pad(x, 0, 0, 1500))
						}
						m := of.matrix(w)
						if plain == "weights" {
							m = views["as it is"].matrix(w)
						}
						if mask != nil {
							m = graph.Mul(m, b.Const(mask, 40, 40))
						}
						y := graph.Linear(m, graph.ReLU(graph.Add(graph.Linear(m, x), c)))
						loss := graph.MeanRows(graph.Sum(graph.Square(y)))
						b.Output("y", y)
						for i, d := range graph.Gradient(loss, b.Param("w", 3200), c, b.Input("x", 100)) {
							b.Output(fmt.Sprint("d", i), d)
						}
					})
					call := ref.Call{Rows: 37, Inputs: map[string][]float64{}}
					for name, size := range map[string]int{"x": 3700, "w": 3200, "c": 40} {
						for i := range size {
							call.Inputs[name] = append(call.Inputs[name], math.Sin(float64(i*i+size))*0.3)
						}
					}
					want := reference(t, g, call)
					o := cpu.Options{Threads: 2, TileRows: 16}
					agree[float64](t, "float64", mustRun(t, compile[float64](t, g, o), g, call), want, within(tolerance.Float64.Gradient))
					agree[float32](t, "float32", mustRun(t, compile[float32](t, g, o), g, call), want, within(tolerance.Float32.Gradient))
				})
			}
		}
	}
}

// Select(y > 0, g, 0) behind a product takes its condition from y, wherever that lies.
func TestReLUGradientOfViews(t *testing.T) {
	for name, of := range views {
		if name == "transposed" {
			continue // it takes 1600 numbers of each row
		}
		g := build(t, func(b *graph.Builder) {
			x, w := b.Input("x", 100), b.Param("w", 40, 40)
			y, p := of.vector(graph.Sin(x)), graph.Linear(w, graph.Slice(x, 0, 0, 40))
			b.Output("y", graph.Select(graph.Greater(y, b.Scalar(0)), p, b.Scalar(0)))
		})
		call := ref.Call{Rows: 37, Inputs: map[string][]float64{}}
		for name, size := range map[string]int{"x": 3700, "w": 1600} {
			for i := range size {
				call.Inputs[name] = append(call.Inputs[name], math.Sin(float64(i*i+size)))
			}
		}
		got := mustRun(t, compile[float64](t, g, cpu.Options{}), g, call)
		agree[float64](t, name, got, reference(t, g, call), within(tolerance.Float64.Value))
	}
}
