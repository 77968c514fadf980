package cpu_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

type values = []graph.Value

// loopCases are loops whose values differ in kind: of rows, of lanes, shared; and what stands around loops. w is [3,3], x a row [3], p is
// shared and has 2 elements, n is 2.6.
var loopCases = map[string]func(b *graph.Builder, x, w, p, n graph.Value) values{
	"a shared result beside per-row ones is read by shared code": func(b *graph.Builder, x, w, p, n graph.Value) values {
		r := graph.Repeat(n, 5, values{x, p}, func(i graph.Value, c values) values {
			return values{graph.Tanh(graph.Add(c[0], graph.Sum(c[1]))), graph.Add(graph.Scale(c[1], 0.5), i)}
		})
		return values{r[0], r[1], graph.Exp(r[1]), graph.Mul(graph.SumRows(r[0]), graph.Sum(r[1])), graph.Mul(r[0], graph.Sum(r[1]))}
	},
	"an inner shared result that nothing outside varies": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{x}, func(i graph.Value, c values) values {
			s := graph.Repeat(n, 3, values{x, p}, func(_ graph.Value, c values) values {
				return values{graph.Sin(graph.Add(c[0], graph.Sum(c[1]))), graph.Scale(c[1], 0.5)}
			})
			return values{graph.Tanh(graph.Add(graph.Add(c[0], s[0]), graph.Sum(graph.Scale(s[1], 2))))}
		})
	},
	"carries of one and of two lanes": func(b *graph.Builder, x, w, p, n graph.Value) values {
		y := graph.SpreadRows(graph.Scale(x, 2), 2)
		return graph.Repeat(n, 5, values{x, y, p}, func(i graph.Value, c values) values {
			return values{
				graph.Add(graph.Sin(c[0]), graph.Add(i, graph.GroupSum(c[1], 2))),
				graph.Mul(graph.Cos(c[1]), graph.Add(graph.SpreadRows(c[0], 2), graph.Sum(c[2]))), graph.Mul(c[2], i),
			}
		})
	},
	"the counter beside captured lanes": func(b *graph.Builder, x, w, p, n graph.Value) values {
		y := graph.SpreadRows(x, 3)
		return graph.Repeat(n, 5, values{x}, func(i graph.Value, c values) values {
			return values{graph.Add(c[0], graph.GroupSum(graph.Mul(graph.Add(y, i), i), 3))}
		})
	},
	"a loop of lanes inside a loop of rows": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{x}, func(i graph.Value, c values) values {
			y := graph.Repeat(b.Scalar(2), 2, values{graph.SpreadRows(c[0], 2)}, func(j graph.Value, d values) values {
				return values{graph.Sin(graph.Add(d[0], graph.Add(graph.Mul(i, j), i)))}
			})
			return values{graph.GroupSum(y[0], 2)}
		})
	},
	"a loop of shared values inside a loop of rows": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{x}, func(i graph.Value, c values) values {
			s := graph.Repeat(b.Scalar(3), 3, values{p}, func(j graph.Value, d values) values {
				return values{graph.Add(graph.Scale(d[0], 0.5), graph.Add(i, j))}
			})
			return values{graph.Mul(c[0], graph.Sum(s[0]))}
		})
	},
	"carries change places": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{x, graph.Exp(x), p, graph.Exp(p)}, func(i graph.Value, c values) values {
			return values{c[1], c[0], c[3], c[2]}
		})
	},
	"shared carries change places": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{p, graph.Exp(p), b.Scalar(0)}, func(i graph.Value, c values) values {
			return values{c[1], c[0], graph.Add(c[2], i)}
		})
	},
	"shared products and sums in a loop": func(b *graph.Builder, x, w, p, n graph.Value) values {
		r := graph.Repeat(n, 5, values{w, graph.Slice(w, 0, 0, 1)}, func(i graph.Value, c values) values {
			next := graph.Tanh(graph.MatMul(c[0], graph.Transpose(w)))
			return values{next, graph.MatMul(c[1], graph.Offset(c[0], 0.1))}
		})
		return values{graph.Linear(r[0], x), r[1], graph.Sum(r[0])}
	},
	"a loop of shared values with sums of rows captured": func(b *graph.Builder, x, w, p, n graph.Value) values {
		m := graph.MeanRows(x)
		r := graph.While(values{m, b.Scalar(0)}, func(c values) graph.Value {
			return graph.And(graph.Greater(graph.Sum(graph.Square(c[0])), b.Scalar(1e-3)), graph.Less(c[1], b.Scalar(20)))
		}, func(c values) values {
			return values{graph.Scale(graph.Sub(c[0], graph.Scale(m, 0.1)), 0.6), graph.Offset(c[1], 1)}
		})
		return values{graph.Sub(x, r[0]), r[1]}
	},
	"positions in a shared loop": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(n, 5, values{b.Zeros(3), b.Zeros(3, 3)}, func(i graph.Value, c values) values {
			return values{graph.Add(c[0], graph.Index(w, i)), graph.Add(c[1], graph.Place(graph.Index(graph.Transpose(w), i), i, 3))}
		})
	},
	"a while that an untaken side would never leave": func(b *graph.Builder, x, w, p, n graph.Value) values {
		forever := func() values {
			return graph.While(values{x}, func(c values) graph.Value { return b.ConstBool([]bool{true}) }, func(c values) values { return c })
		}
		y := graph.If(graph.Less(n, b.Scalar(0)), forever, func() values { return values{graph.Sin(x)} })
		z := graph.If(graph.Greater(n, b.Scalar(0)), func() values { return values{graph.Cos(x)} }, forever)
		return values{y[0], z[0]}
	},
	"a while whose elements stop one by one": func(b *graph.Builder, x, w, p, n graph.Value) values {
		halve := func(v graph.Value) values {
			return graph.While(values{v, graph.ZerosLike(v)}, func(c values) graph.Value {
				return graph.Greater(graph.Abs(c[0]), b.Scalar(0.1))
			}, func(c values) values {
				return values{graph.Scale(c[0], 0.5), graph.Offset(c[1], 1)}
			})
		}
		return slices.Concat(halve(x), halve(graph.Scale(w, 30)), halve(graph.Reshape(graph.SpreadRows(x, 3), 3, 1)))
	},
	"an if on lanes": func(b *graph.Builder, x, w, p, n graph.Value) values {
		y := graph.SpreadRows(x, 3)
		return graph.If(graph.Less(n, b.Scalar(0)), func() values { return values{graph.Sin(y)} }, func() values { return values{graph.Cos(y)} })
	},
	"positions that are no numbers": func(b *graph.Builder, x, w, p, n graph.Value) values {
		nan, inf := graph.Log(graph.Neg(n)), graph.Exp(graph.Scale(n, 1e6))
		y := graph.Reshape(x, 3, 1)
		return values{
			graph.Index(y, nan), graph.Index(y, inf), graph.Index(y, graph.Neg(inf)), graph.Index(w, nan), graph.Index(w, inf),
			graph.Place(x, nan, 3), graph.Place(x, inf, 3), graph.Place(p, inf, 3),
			graph.Repeat(nan, 3, values{x}, func(_ graph.Value, c values) values { return values{graph.Exp(c[0])} })[0],
			graph.Repeat(inf, 3, values{x}, func(_ graph.Value, c values) values { return values{graph.Sin(c[0])} })[0],
		}
	},
	"an autoregressive loop, unrolled by steps": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return autoregressive(b, x, graph.Mul(w, b.Const([]float64{0, 0, 0, 1, 0, 0, 1, 1, 0}, 3, 3)))
	},
	"an autoregressive loop with a permuted view of the weight": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return autoregressive(b, x, graph.Mul(graph.Take(w, 1, []int{2, 0, 1}), b.Const([]float64{0, 0, 0, 1, 0, 0, 1, 1, 0}, 3, 3)))
	},
	"an autoregressive loop without masks and with a mirrored weight": func(b *graph.Builder, x, w, p, n graph.Value) values {
		m := graph.Reshape(graph.Take(p, 0, []int{1, 0}), 2, 1)
		return graph.Repeat(b.Scalar(3), 3, values{x}, func(_ graph.Value, c values) values {
			u := graph.Linear(m, graph.Slice(c[0], 0, 0, 1))
			return values{graph.Concat(0, graph.Slice(x, 0, 0, 1), graph.Add(graph.Slice(x, 0, 1, 3), graph.Tanh(u)))}
		})
	},
	"an autoregressive loop of running sums": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(b.Scalar(3), 3, values{x}, func(_ graph.Value, c values) values {
			before := graph.CumSum(graph.Sin(c[0]), graph.Cumulation{Axis: 0, Exclusive: true})
			return values{graph.Add(x, graph.Select(graph.Greater(before, x), graph.Tanh(before), graph.Exp(graph.Neg(before))))}
		})
	},
	"an autoregressive loop backwards, of two carries": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(b.Scalar(3), 3, values{x, graph.Scale(x, 2)}, func(_ graph.Value, c values) values {
			behind := graph.CumSum(graph.Square(c[0]), graph.Cumulation{Axis: 0, Exclusive: true, Reverse: true})
			return values{graph.Sub(x, graph.Tanh(behind)), graph.Mul(graph.Cos(c[0]), behind)}
		})
	},
	"an autoregressive loop of sums, maxima and puts": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return graph.Repeat(b.Scalar(3), 3, values{x}, func(_ graph.Value, c values) values {
			first, two := graph.Slice(c[0], 0, 0, 1), graph.Slice(c[0], 0, 0, 2)
			put := graph.Put(two, 0, []int{2, 2}, 3)
			parts := graph.Concat(0, b.Zeros(1), graph.Sin(first), graph.Reshape(graph.Add(graph.Sum(two), graph.MaxOver(two, 0)), 1))
			return values{graph.Add(x, graph.Add(parts, graph.Mul(put, graph.Reshape(graph.Slice(w, 1, 0, 1), 3))))}
		})
	},
	"the body of a triangular loop again, at the solution and elsewhere": func(b *graph.Builder, x, w, p, n graph.Value) values {
		m := graph.Mul(w, b.Const([]float64{0, 0, 0, 1, 0, 0, 1, 1, 0}, 3, 3))
		body := func(y graph.Value) values {
			a := graph.Add(graph.Linear(m, y), graph.Reshape(graph.Slice(w, 0, 2, 3), 3))
			r := graph.ReLU(a)
			return values{graph.Sub(x, graph.Sin(r)), r, a, graph.Exp(graph.Slice(y, 0, 0, 2)), graph.Sum(graph.Mul(r, y))}
		}
		y := graph.Repeat(b.Scalar(3), 3, values{x}, func(_ graph.Value, c values) values { return body(c[0])[:1] })[0]
		out := append(body(y), body(graph.Scale(y, 2))...)
		return append(out, y, graph.SumRows(out[1]), graph.Mul(out[0], graph.SumRows(out[2])))
	},
	"a triangular loop of two carries, one of which stays, and its body behind": func(b *graph.Builder, x, w, p, n graph.Value) values {
		m := graph.Mul(w, b.Const([]float64{0, 0, 0, 1, 0, 0, 1, 1, 0}, 3, 3))
		body := func(y, z graph.Value) graph.Value {
			return graph.Sub(graph.Reshape(graph.Concat(0, z, z), 4, 1), graph.Concat(0, graph.Reshape(graph.Tanh(graph.Linear(m, y)), 3, 1), b.Zeros(1, 1)))
		}
		z := graph.Slice(x, 0, 1, 3)
		r := graph.Repeat(b.Scalar(3), 3, values{x, z}, func(_ graph.Value, c values) values {
			return values{graph.Reshape(graph.Slice(body(c[0], c[1]), 0, 0, 3), 3), c[1]}
		})
		return values{r[0], r[1], body(r[0], r[1]), body(r[0], z), body(r[0], graph.Neg(z))}
	},
	"a triangular loop whose weights have holes, where memory holds NaN": func(b *graph.Builder, x, w, p, n graph.Value) values {
		bad := graph.Log(graph.Offset(graph.Neg(graph.Square(graph.Concat(0, x, x, x, x))), -1))
		m := graph.Mul(w, b.Const([]float64{0, 0, 1, 0, 0, 0, 1, 1, 0}, 3, 3)) // the order 2, 0, 1, where row 2 sees nothing
		m = graph.Mul(m, b.Const([]float64{1, 1, 1, 1, 1, 1, 0, 0, 0}, 3, 3))
		u := graph.Mul(graph.Take(w, 0, []int{1, 0, 2}), b.Const([]float64{0, 0, 1, 1, 0, 1, 0, 0, 0}, 3, 3))
		start := graph.Add(x, graph.Sum(graph.ToFloat(graph.Finite(bad))))
		return graph.Repeat(b.Scalar(3), 3, values{start}, func(_ graph.Value, c values) values {
			return values{graph.Sub(x, graph.Add(graph.Tanh(graph.Linear(u, c[0])), graph.Linear(m, graph.Sin(graph.Slice(graph.Concat(0, c[0], c[0]), 0, 0, 3)))))}
		})
	},
	"a masked product with a permuted view of the weight": func(b *graph.Builder, x, w, p, n graph.Value) values {
		return values{graph.Linear(graph.Mul(graph.Take(w, 1, []int{2, 0, 1}), b.Const([]float64{0, 0, 0, 1, 0, 0, 1, 1, 0}, 3, 3)), x)}
	},
}

// autoregressive repeats y ← x − tanh(w·y), which is triangular.
func autoregressive(b *graph.Builder, x, w graph.Value) values {
	return graph.Repeat(b.Scalar(3), 3, values{x}, func(_ graph.Value, c values) values {
		return values{graph.Sub(x, graph.Tanh(graph.Linear(w, c[0])))}
	})
}

func TestLoops(t *testing.T) {
	for name, f := range loopCases {
		t.Run(name, func(t *testing.T) {
			g := build(t, func(b *graph.Builder) {
				for i, v := range f(b, b.Input("x", 3), b.Param("w", 3, 3), b.Param("p", 2), b.SharedInput("n", graph.Float)) {
					b.Output(fmt.Sprint("y", i), v)
				}
			})
			for _, rows := range []int{1, 17, 70} {
				call := ref.Call{Rows: rows, Inputs: map[string][]float64{"n": {2.6}, "p": {0.3, -0.4}}}
				for name, size := range map[string]int{"x": 3 * rows, "w": 9} {
					data := make([]float64, size)
					for i := range data {
						data[i] = math.Sin(float64(i + size))
					}
					call.Inputs[name] = data
				}
				want := reference(t, g, call)
				for _, o := range []cpu.Options{{Threads: 1}, {Threads: 2, TileRows: 16}} {
					agree[float64](t, fmt.Sprintf("%d rows, %+v", rows, o), mustRun(t, compile[float64](t, g, o), g, call), want, within(tolerance.Float64.Gradient))
					agree[float32](t, fmt.Sprintf("float32, %d rows, %+v", rows, o), mustRun(t, compile[float32](t, g, o), g, call), want, within(tolerance.Float32.Gradient))
				}
			}
		})
	}
}
