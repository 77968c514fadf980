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

// The gradient of a weight, its norm, and Adam with both agree with the interpreter whatever its proportions, with a mask of a staircase, of one
// column, and without: thin gradients are computed turned round, masked ones by fewer and larger products than the mask has steps, of which those with long rows are read row by row. With
// decay all weights change, without it those that the mask leaves.
func TestWeightGradientsOfAllProportions(t *testing.T) {
	masks := map[string]func(i, j, n, m int) bool{
		"none":      nil,
		"staircase": func(i, j, n, m int) bool { return j*n <= i*m },
		"steps":     func(i, j, n, m int) bool { return j/5*n <= i/3*3*m },
		"column":    func(_, j, _, m int) bool { return j == m/2 },
	}
	for k, size := range [][2]int{{90, 180}, {520, 520}, {1, 1}, {1, 70}, {64, 1}, {100, 6}, {6, 100}, {12, 100}, {33, 17}, {3, 200}, {33, 17}, {60, 64}, {90, 180}} {
		n, m, decay := size[0], size[1], 0.0
		if k >= 9 {
			decay = 0.1
		}
		for name, live := range masks {
			t.Run(fmt.Sprintf("%d by %d, mask %s, decay %g", n, m, name, decay), func(t *testing.T) {
				mask := make([]float64, n*m)
				g := build(t, func(b *graph.Builder) {
					x, w := b.Input("x", m), b.Param("w", n, m)
					used := w
					if live != nil {
						for i := range mask {
							if live(i/m, i%m, n, m) {
								mask[i] = 1
							}
						}
						used = graph.Mul(w, b.Const(mask, n, m))
					}
					loss := graph.MeanRows(graph.Sum(graph.Sin(graph.Linear(used, x))))
					b.Output("loss", loss)
					d := graph.Gradient(loss, w)[0]
					p, m1, v1 := b.Param("p", n, m), b.Param("m", n, m), b.Param("v", n, m)
					one, squares := b.Scalar(1), graph.Sum(graph.Square(d))
					b.Output("squares", squares)
					clip := graph.Div(one, graph.Offset(squares, 1))
					np, nm, nv := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, WeightDecay: decay}, p, d, m1, v1,
						graph.AdamScalars{Rate: b.Scalar(0.1), Correction1: one, Correction2: one, GradScale: clip})
					b.Update(p, np)
					b.Update(m1, nm)
					b.Update(v1, nv)
				})
				const rows = 70
				call := ref.Call{Rows: rows, Inputs: map[string][]float64{"m": make([]float64, n*m), "v": make([]float64, n*m)}}
				for name, size := range map[string]int{"x": rows * m, "w": n * m, "p": n * m} {
					for i := range size {
						call.Inputs[name] = append(call.Inputs[name], math.Sin(float64(i*i+size))*0.3)
					}
				}
				want := reference(t, g, call)
				if largest[float64](want.Updates["m"]) == 0 {
					t.Fatal("no gradient: the test shows nothing")
				}
				// An update divides by the root of a square: near zero only its moments say whether the gradient is right.
				delete(want.Updates, "p")
				for _, o := range []cpu.Options{{}, {Threads: 2, TileRows: 16}} {
					got := mustRun(t, compile[float64](t, g, o), g, call)
					for i, old := range call.Inputs["p"] {
						if masked := live != nil && mask[i] == 0 && decay == 0; masked && got.Updates["p"][i] != old {
							t.Fatalf("weight %d is masked and went from %g to %g", i, old, got.Updates["p"][i])
						}
					}
					delete(got.Updates, "p")
					agree[float64](t, "float64", got, want, within(tolerance.Float64.Gradient))
					got = mustRun(t, compile[float32](t, g, o), g, call)
					delete(got.Updates, "p")
					agree[float32](t, "float32", got, want, within(tolerance.Float32.Gradient))
				}
			})
		}
	}
}
