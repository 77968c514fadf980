package optest

import (
	"fmt"
	"math"

	"diffeo/graph"
)

func branchCases() []Case {
	var cs []Case
	for _, t := range []float64{0, 1} {
		cond := Operand{Shared: true, DType: graph.Bool, Values: []float64{t}}
		say := fmt.Sprintf(" (%t)", t == 1)
		mixed(2, func(tag string, is []bool) {
			x, w := row(4), row(4)
			x.Shared, w.Shared = is[0], is[1]
			cs = append(cs, Case{
				Name: "if: both branches capture, " + tag + say, In: []Operand{cond, x, w}, Order: 2,
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					return graph.If(in[0],
						func() []graph.Value { return []graph.Value{graph.Mul(in[1], graph.Tanh(in[2])), graph.Sum(in[1])} },
						func() []graph.Value {
							return []graph.Value{graph.Sub(graph.Exp(in[1]), in[2]), graph.Sum(graph.Mul(in[1], in[2]))}
						})
				},
			})
		})
		cs = append(cs,
			Case{
				Name: "if: one branch shared, the other per row" + say, In: []Operand{cond, row(3), shared(3)}, Order: 2,
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					return graph.If(in[0],
						func() []graph.Value { return []graph.Value{graph.Square(in[2])} },
						func() []graph.Value { return []graph.Value{graph.Mul(graph.Square(in[1]), in[2])} })
				},
			},
			Case{
				Name: "if: nested, capturing through two regions" + say, In: []Operand{cond, row(3), shared()}, Order: 2,
				Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
					large := graph.Greater(in[2], b.Scalar(0))
					y := graph.Sin(in[1])
					return graph.If(in[0], func() []graph.Value {
						return graph.If(large,
							func() []graph.Value { return []graph.Value{graph.Mul(y, in[2])} },
							func() []graph.Value { return []graph.Value{graph.Div(graph.Square(y), in[2])} })
					}, func() []graph.Value { return []graph.Value{graph.Add(graph.Square(in[1]), in[2])} })
				},
			},
			Case{
				Name: "if: a sum over rows inside" + say, In: []Operand{cond, row(3)}, Order: 2,
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					return graph.If(in[0],
						func() []graph.Value { return []graph.Value{graph.Sub(in[1], graph.MeanRows(graph.Square(in[1])))} },
						func() []graph.Value { return []graph.Value{graph.Square(in[1])} })
				},
			})
	}
	for i := range cs { // the second operand of a nested if is a divisor
		for k := range cs[i].In {
			if o := &cs[i].In[k]; o.Shared && o.DType == graph.Float && len(o.Shape) == 0 {
				*o = o.between(0.5, 1.5)
			}
		}
	}
	return cs
}

// count is a shared trip count that a test must not move across a whole number.
func count(x float64) Operand {
	return Operand{Shared: true, AsInput: true, Low: x - 0.05, High: x + 0.05}
}

func repeatCases() []Case {
	var cs []Case
	mixed(2, func(tag string, is []bool) {
		for _, n := range []float64{0.5, 1.5, 3.5, 7.5, -2} {
			x, w := row(4), row(4)
			x.Shared, w.Shared = is[0], is[1]
			c := Case{
				Name: fmt.Sprintf("repeat %g times of at most 5, %s", n, tag), In: []Operand{count(n), x, w}, Order: 2,
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					return graph.Repeat(in[0], 5, in[1:2], func(i graph.Value, carry []graph.Value) []graph.Value {
						return []graph.Value{graph.Tanh(graph.Add(graph.Mul(carry[0], in[2]), i))}
					})
				},
			}
			if n < 1 { // the initial value comes back
				c.Flat = 2
			}
			cs = append(cs, c)
		}
	})
	for _, n := range []float64{0, 2, 3, 9, math.NaN(), math.Inf(1), math.Inf(-1)} {
		o := Operand{Shared: true, AsInput: true, Values: []float64{n}}
		cs = append(cs, Case{
			Name: fmt.Sprintf("repeat a run-time count of %g", n), In: []Operand{o, row(3)}, Why: "a whole trip count is a jump",
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				return graph.Repeat(in[0], 4, in[1:], func(i graph.Value, carry []graph.Value) []graph.Value {
					return []graph.Value{graph.Add(graph.Scale(carry[0], 0.5), i)}
				})
			},
		})
	}
	constant := func(name string, n float64, most int, in []Operand, body func(b *graph.Builder, in []graph.Value) ([]graph.Value, func(i graph.Value, carry []graph.Value) []graph.Value)) {
		cs = append(cs, Case{
			Name: name, In: in, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				init, step := body(b, in)
				return graph.Repeat(b.Scalar(n), most, init, step)
			},
		})
	}
	type step = func(i graph.Value, carry []graph.Value) []graph.Value
	constant("repeat: several carries of different kinds", 4, 6, []Operand{row(3), shared(2)}, func(b *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		init := []graph.Value{in[0], in[1], b.ConstBool([]bool{true}), graph.Sum(in[0])}
		return init, func(_ graph.Value, c []graph.Value) []graph.Value {
			x := graph.Select(c[2], graph.Sin(c[0]), graph.Square(c[0]))
			return []graph.Value{x, graph.Scale(c[1], 0.7), graph.Not(c[2]), graph.Add(c[3], graph.Mul(graph.Sum(x), graph.Sum(c[1])))}
		}
	})
	constant("repeat: a shared carry becomes per row", 3, 3, []Operand{row(3), shared(3)}, func(_ *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in[1:], func(_ graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Add(graph.Scale(c[0], 0.5), graph.Square(in[0]))}
		}
	})
	constant("repeat: nested", 3, 4, []Operand{row(3), shared(3, 3).between(-0.5, 0.5)}, func(b *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in[:1], func(i graph.Value, c []graph.Value) []graph.Value {
			return graph.Repeat(graph.Offset(i, 1), 4, c, func(j graph.Value, c []graph.Value) []graph.Value {
				return []graph.Value{graph.Tanh(graph.Add(graph.Linear(in[1], c[0]), graph.Scale(graph.Add(i, j), 0.1)))}
			})
		}
	})
	constant("repeat: an if inside", 4, 4, []Operand{row(3), shared()}, func(b *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in[:1], func(i graph.Value, c []graph.Value) []graph.Value {
			return graph.If(graph.Less(i, b.Scalar(2)),
				func() []graph.Value { return []graph.Value{graph.Mul(c[0], in[1])} },
				func() []graph.Value { return []graph.Value{graph.Sin(c[0])} })
		}
	})
	constant("repeat: sums over rows inside", 2, 2, []Operand{row(3)}, func(_ *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in, func(_ graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Tanh(graph.Sub(c[0], graph.MeanRows(c[0])))}
		}
	})
	constant("repeat: lanes", 3, 3, []Operand{row(2).groups(3), shared(2)}, func(_ *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in[:1], func(_ graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Tanh(graph.Mul(c[0], in[1]))}
		}
	})
	constant("repeat: views of the carry", 5, 5, []Operand{row(6)}, func(_ *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in, func(_ graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Concat(0, graph.Slice(c[0], 0, 2, 6), graph.Sin(graph.Slice(c[0], 0, 0, 2)))}
		}
	})
	constant("repeat: no trip at all", 3, 0, []Operand{row(3)}, func(_ *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return in, func(_ graph.Value, c []graph.Value) []graph.Value { return []graph.Value{graph.Exp(c[0])} }
	})
	cs[len(cs)-1].Flat = 2
	constant("repeat: rows of a matrix, one a trip", 4, 4, []Operand{row(4, 3), shared(4, 3)}, func(b *graph.Builder, in []graph.Value) ([]graph.Value, step) {
		return []graph.Value{b.Zeros(3)}, func(i graph.Value, c []graph.Value) []graph.Value {
			return []graph.Value{graph.Tanh(graph.Add(c[0], graph.Mul(graph.Index(in[0], i), graph.Index(in[1], i))))}
		}
	})
	for _, at := range []float64{0, 1, 2, 1.75, -3, 9} {
		pos := Operand{Shared: true, AsInput: true, Values: []float64{at}}
		for _, o := range []Operand{row(3, 4), shared(3, 4), row(3), row(3, 2, 2).groups(2)} {
			c := two(fmt.Sprintf("%s at %g", shapeName(graph.OpIndex, o), at), o, pos, graph.Index)
			p := two(fmt.Sprintf("%s at %g", shapeName(graph.OpPlace, o), at), o, pos, func(x, i graph.Value) graph.Value { return graph.Place(x, i, 3) })
			if at != 1.75 {
				c, p = c.never("a whole position is a jump"), p.never("a whole position is a jump")
			}
			cs = append(cs, c.linear(), p.linear())
		}
	}
	nan := Operand{Shared: true, AsInput: true, Values: []float64{math.NaN()}}
	return append(cs,
		two("special values: index of scalars at NaN", row(3), nan, graph.Index).never("a whole position is a jump"),
		two("special values: place of a scalar at NaN", row(), nan, func(x, i graph.Value) graph.Value { return graph.Place(x, i, 3) }).never("a whole position is a jump"),
		two("special values: index at NaN", row(3, 2), nan, graph.Index).never("a whole position is a jump"),
		two("special values: place at NaN", row(2), nan, func(x, i graph.Value) graph.Value { return graph.Place(x, i, 3) }).never("a whole position is a jump"))
}

func whileCases() []Case {
	const why = "while has no derivative of its own"
	halve := func(limit graph.Value, in []graph.Value) []graph.Value { // halves x until its size is at most the limit
		b := func(c []graph.Value) graph.Value { return graph.Greater(graph.Sum(graph.Square(c[0])), limit) }
		return graph.While(in, b, func(c []graph.Value) []graph.Value {
			return []graph.Value{graph.Scale(c[0], 0.5), graph.Offset(c[1], 1)}
		})
	}
	loop := func(name string, x Operand) Case {
		return Case{
			Name: "while: " + name, In: []Operand{x.between(-9, 9), shared().between(0.1, 1)}, Why: why,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return halve(in[1], []graph.Value{in[0], b.Scalar(0)})
			},
		}
	}
	return []Case{
		loop("each row stops by itself", row(3)), loop("lanes", row(3).groups(2)), loop("shared", shared(3)),
		{
			Name: "while: a limit of each row, captured", In: []Operand{row(2).between(-9, 9), row().between(0.1, 1)}, Why: why,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return halve(in[1], []graph.Value{in[0], b.Scalar(0)})
			},
		},
		{
			Name: "while: goes on as long as any row does", In: []Operand{row(3).between(-9, 9)}, Why: why,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return graph.While([]graph.Value{in[0], b.Scalar(0)}, func(c []graph.Value) graph.Value {
					return graph.Greater(graph.SumRows(graph.Sum(graph.Square(c[0]))), b.Scalar(0.3))
				}, func(c []graph.Value) []graph.Value {
					return []graph.Value{graph.Scale(c[0], 0.5), graph.Offset(c[1], 1)}
				})
			},
		},
		{
			Name: "while: never begins", In: []Operand{row(3)}, Why: why,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return graph.While(in, func([]graph.Value) graph.Value { return b.ConstBool([]bool{false}) },
					func(c []graph.Value) []graph.Value { return []graph.Value{graph.Exp(c[0])} })
			},
		},
		{
			Name: "while: bisection with a matrix captured", In: []Operand{row(3), shared(3, 3).between(-0.1, 0.1)}, Why: why,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value { // y + W·tanh y = x by iteration
				start := []graph.Value{in[0], b.Scalar(1), b.Scalar(0)}
				return graph.While(start, func(c []graph.Value) graph.Value {
					return graph.And(graph.Greater(c[1], b.Scalar(1e-3)), graph.Less(c[2], b.Scalar(50)))
				}, func(c []graph.Value) []graph.Value {
					y := graph.Sub(in[0], graph.Linear(in[1], graph.Tanh(c[0])))
					return []graph.Value{y, graph.MaxOver(graph.Abs(graph.Sub(y, c[0])), 0), graph.Offset(c[2], 1)}
				})
			},
		},
	}
}
