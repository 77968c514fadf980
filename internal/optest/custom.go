package optest

import (
	"context"
	"fmt"
	"math"

	"diffeo/graph"
)

// cubeRoot is x^⅓ for x > 0 by Newton's iteration, which has no derivative, with that of the implicit equation y³ = x.
func cubeRoot(x graph.Value, b *graph.Builder) graph.Value {
	solve := func(in []graph.Value) []graph.Value {
		return graph.While([]graph.Value{graph.Offset(graph.Scale(in[0], 0), 1.5), b.Scalar(0)},
			func(c []graph.Value) graph.Value { return graph.Less(c[1], b.Scalar(12)) },
			func(c []graph.Value) []graph.Value {
				y := c[0]
				f := graph.Sub(graph.Mul(y, graph.Square(y)), in[0])
				return []graph.Value{graph.Sub(y, graph.Div(f, graph.Scale(graph.Square(y), 3))), graph.Offset(c[1], 1)}
			})[:1]
	}
	implicit := func(c graph.CustomCall) (in, captured []graph.Value) {
		return []graph.Value{graph.Div(c.Grad[0], graph.Scale(graph.Square(c.Out[0]), 3))}, nil
	}
	return graph.Custom("cube root", []graph.Value{x}, solve, implicit)[0]
}

type degree int

func (d degree) String() string { return map[degree]string{2: "square", 3: "cube"}[d] }

// power is a composite with variants, with a derivative that is a composite again or that of its decomposition.
func power(x graph.Value, d degree, own bool) graph.Value {
	var derivative graph.Derivative
	if own {
		derivative = func(c graph.CustomCall) (in, captured []graph.Value) {
			slope := graph.Scale(c.In[0], 2)
			if d == 3 {
				slope = graph.Scale(power(c.In[0], 2, true), 3)
			}
			return []graph.Value{graph.Mul(c.Grad[0], slope)}, nil
		}
	}
	return graph.Composite("power", d, []graph.Value{x}, func(in []graph.Value) []graph.Value {
		y := graph.Square(in[0])
		if d == 3 {
			y = graph.Mul(y, in[0])
		}
		return []graph.Value{y}
	}, derivative)[0]
}

func customCases() []Case {
	var cs []Case
	for _, o := range []Operand{row(5), shared(5), row(2).groups(2)} {
		c := Case{
			Name: shapeName("custom: cube root", o), In: []Operand{o.between(0.8, 3)}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value { return []graph.Value{cubeRoot(in[0], b)} },
		}
		cs = append(cs, c,
			one(shapeName("composite with a derivative of its own", o), o, func(x graph.Value) graph.Value { return power(x, 3, true) }),
			one(shapeName("composite, its decomposition differentiated", o), o, func(x graph.Value) graph.Value { return power(x, 3, false) }),
			one(shapeName(graph.OpStopGradient, o), o, func(x graph.Value) graph.Value { return graph.StopGradient(graph.Exp(x)) }).
				never("its derivative is 0 by definition, whatever finite differences say"))
	}
	cs = append(cs,
		Case{
			Name: "custom: captured weights", In: []Operand{row(3), shared(2, 3), shared(2)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				layer := func(x graph.Value) graph.Value { return graph.Tanh(graph.Add(graph.Linear(in[1], x), in[2])) }
				return graph.Custom("layer", in[:1], func(x []graph.Value) []graph.Value { return []graph.Value{layer(x[0])} },
					func(c graph.CustomCall) (din, captured []graph.Value) { // computes itself again and differentiates that
						wrt := append(c.In[:1:1], c.Captured...)
						g := graph.VJP([]graph.Value{layer(c.In[0])}, c.Grad, wrt)
						return g[:1], g[1:]
					})
			},
		},
		Case{
			Name: "after", In: []Operand{row(4), row(2), shared(3)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				late := graph.After(graph.Exp(in[0]), in[1], in[2], graph.Value{})
				return []graph.Value{graph.Add(graph.Square(late), graph.Exp(in[0])), graph.After(in[2], in[0]), in[1]}
			},
		},
		Case{
			Name: "recompute: layers with captured weights and a shared input", In: []Operand{row(3), shared(3, 3), shared(3)}, Order: 2,
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				x, sum := in[0], graph.Sum(in[0])
				for range 3 {
					y := graph.Recompute("layer", []graph.Value{x, in[2]}, func(v []graph.Value) []graph.Value {
						h := graph.Tanh(graph.Add(graph.Linear(in[1], v[0]), v[1]))
						return []graph.Value{graph.Mul(h, v[0]), graph.Sum(graph.Square(h))}
					})
					x, sum = y[0], graph.Add(sum, y[1])
				}
				return []graph.Value{x, sum}
			},
		},
		Case{
			Name: "custom: inside a repeat", In: []Operand{row(3).between(0.8, 3)}, Order: 2,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				return graph.Repeat(b.Scalar(2), 3, in, func(_ graph.Value, c []graph.Value) []graph.Value {
					return []graph.Value{graph.Offset(cubeRoot(c[0], b), 0.5)}
				})
			},
		},
		one("composite: two variants side by side", row(4), func(x graph.Value) graph.Value {
			return graph.Sub(power(x, 3, true), power(x, 2, false))
		}),
	)
	return append(cs, adamCases()...)
}

func adamCases() []Case {
	var cs []Case
	config := graph.AdamConfig{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-6, WeightDecay: 0.1}
	for _, shape := range [][]int{{}, {7}, {131}, {17, 9}} {
		for _, o := range []Operand{shared(shape...), row(shape...)} {
			if o.Shape.Size() > 7 && !o.Shared {
				continue
			}
			scalar := shared()
			scalar.AsInput = true
			cs = append(cs, Case{
				Name: shapeName("composite: adam", o), Order: 2,
				In: []Operand{o, o, o, o.between(0.2, 1), scalar.between(0.1, 0.2), scalar.between(0.5, 1), scalar.between(0.5, 1), scalar.between(0.5, 1)},
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					s := graph.AdamScalars{Rate: in[4], Correction1: in[5], Correction2: in[6], GradScale: in[7]}
					p, m, v := graph.Adam(config, in[0], in[1], in[2], in[3], s)
					return []graph.Value{p, m, v}
				},
			})
		}
	}
	for _, enabled := range []float64{0, 1} { // a step whose gradient is not finite is left out
		flag := Operand{Shared: true, DType: graph.Bool, Values: []float64{enabled}}
		bad := shared(4).values(1, math.NaN(), math.Inf(1), -2)
		cs = append(cs, Case{
			Name: fmt.Sprintf("special values: adam, enabled %t", enabled == 1),
			In:   []Operand{shared(4), bad, shared(4), shared(4).between(0.2, 1), flag}, Why: atKinks,
			Build: func(b *graph.Builder, in []graph.Value) []graph.Value {
				one := b.Scalar(0.5)
				s := graph.AdamScalars{Rate: one, Correction1: one, Correction2: one, GradScale: one, Enabled: in[4]}
				p, m, v := graph.Adam(config, in[0], in[1], in[2], in[3], s)
				return []graph.Value{p, m, v}
			},
		})
	}
	return cs
}

func hostCases() []Case {
	double := func(_ context.Context, _ int, in, out [][]float64) error {
		for i, x := range in[0] {
			out[0][i] = 2*x + in[1][i]
			out[1][i] = x * in[1][i]
		}
		return nil
	}
	bumpy := func(x, gradient []float64) (float64, error) { // −½|x|² + sin x₀·Σx
		s := 0.
		for _, v := range x {
			s += v
		}
		l := math.Sin(x[0]) * s
		for i, v := range x {
			l -= v * v / 2
			gradient[i] = math.Sin(x[0]) - v
		}
		gradient[0] += math.Cos(x[0]) * s
		return l, nil
	}
	raw := func(name string, x, y Operand) Case {
		return Case{
			Name: "host: " + name, In: []Operand{x, y}, Why: "Go code has no derivative",
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				ys := graph.Host("double", double, []graph.Value{graph.Tanh(in[0]), in[1]}, in[0].Shape(), in[0].Shape())
				return append(ys, graph.Exp(ys[0])) // rows go on after the call
			},
		}
	}
	density := func(name string, o Operand) Case {
		return Case{
			Name: "host log-density: " + name, In: []Operand{o}, Order: 1, Why: "the Go code gives a first derivative only",
			Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
				l := graph.HostLogDensity("bumpy", graph.Sin(in[0]), bumpy)
				return []graph.Value{graph.Square(l)}
			},
		}
	}
	return []Case{
		raw("row, row", row(3), row(3)), raw("row, shared", row(2, 2), shared(2, 2)), raw("lanes", row(3).groups(2), row(3).groups(2)),
		density("[3] row", row(3)), density("[1] row", row(1)), density("[3] row×2", row(3).groups(2)),
	}
}
