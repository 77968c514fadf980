package sketch

import (
	"strings"
	"testing"

	g "diffeo/graph"
)

// root is y with y³ + p·y = x for p > 0, by Newton's method from outside, with the implicit derivative; p is captured.
func root(b *g.Builder, x, p g.Value) g.Value {
	f := func(y g.Value) g.Value { return g.Add(g.Mul(y, g.Square(y)), g.Mul(p, y)) }
	forward := func(in []g.Value) []g.Value {
		c := g.While([]g.Value{in[0], b.Scalar(0)},
			func(c []g.Value) g.Value { return g.Less(c[1], b.Scalar(25)) },
			func(c []g.Value) []g.Value {
				slope := g.Add(g.Scale(g.Square(c[0]), 3), p)
				return []g.Value{g.Sub(c[0], g.Div(g.Sub(f(c[0]), in[0]), slope)), g.Offset(c[1], 1)}
			})
		return c[:1]
	}
	implicit := func(c g.CustomCall) (in, captured []g.Value) {
		y := c.Out[0]
		v := f(y)
		l := g.Div(c.Grad[0], g.Add(g.Scale(g.Square(y), 3), p))
		return []g.Value{l}, g.VJP([]g.Value{v}, []g.Value{g.Neg(l)}, c.Captured)
	}
	return g.Custom("root", []g.Value{x}, forward, implicit)[0]
}

// A custom derivative stays right wherever the op is: its captured parameter made inside a region, the op copied into the
// derivative of a Repeat or an If, the same value both passed and captured, a captured value made of another captured one, one inside
// another. Gradients and the gradients of their squares agree with finite differences.
func TestCustomDerivatives(t *testing.T) {
	positive := func(p g.Value) g.Value { return g.Offset(g.Square(p), 0.5) }
	for name, f := range map[string]func(b *g.Builder, x, p g.Value) g.Value{
		"plain": func(b *g.Builder, x, p g.Value) g.Value { return root(b, x, positive(p)) },
		"in a Repeat, capturing from outside": func(b *g.Builder, x, p g.Value) g.Value {
			q := positive(p)
			return g.Repeat(b.Scalar(3), 4, []g.Value{x}, func(_ g.Value, c []g.Value) []g.Value {
				return []g.Value{g.Offset(root(b, c[0], q), 1)}
			})[0]
		},
		"in a Repeat, capturing from its body": func(b *g.Builder, x, p g.Value) g.Value {
			return g.Repeat(b.Scalar(3), 4, []g.Value{x}, func(i g.Value, c []g.Value) []g.Value {
				return []g.Value{g.Offset(root(b, c[0], g.Add(positive(p), i)), 1)}
			})[0]
		},
		"in an If": func(b *g.Builder, x, p g.Value) g.Value {
			return g.If(g.Less(p, b.Scalar(5)),
				func() []g.Value { return []g.Value{root(b, x, positive(p))} },
				func() []g.Value { return []g.Value{x} })[0]
		},
		"passed and captured": func(b *g.Builder, x, p g.Value) g.Value { q := positive(p); return root(b, q, q) },
		"one captured value made of another": func(b *g.Builder, x, p g.Value) g.Value {
			q := positive(p)
			r := g.Square(q)
			double := func(in []g.Value) []g.Value { return []g.Value{g.Mul(in[0], g.Mul(q, r))} }
			return g.Custom("product", []g.Value{x}, double, func(c g.CustomCall) (in, captured []g.Value) {
				gs := g.VJP(double(c.In), c.Grad, append(c.In, c.Captured...))
				return gs[:1], gs[1:]
			})[0]
		},
		"one inside another": func(b *g.Builder, x, p g.Value) g.Value {
			q := positive(p)
			outer := func(in []g.Value) []g.Value { return []g.Value{g.Mul(q, root(b, in[0], q))} }
			return g.Custom("outer", []g.Value{x}, outer, func(c g.CustomCall) (in, captured []g.Value) {
				gs := g.VJP(outer(c.In), c.Grad, append(c.In, c.Captured...))
				return gs[:1], gs[1:]
			})[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, Sketch{Rows: 3, Build: func(b *g.Builder) error {
				x, p := b.Input("x"), b.Param("p")
				y := f(b, x, p)
				loss := y
				if y.PerRow() {
					loss = g.SumRows(g.Sin(y))
				}
				minimize(b, loss, x, p)
				gs := g.Gradient(loss, x, p)
				second := g.Add(g.SumRows(g.Square(gs[0])), g.Square(gs[1]))
				b.Output("squares", second)
				gs = g.Gradient(second, x, p)
				b.Output("second x", gs[0])
				b.Output("second p", gs[1])
				return nil
			}})
			if name == "passed and captured" { // x plays no part there
				x, p := b.out("grad p"), b.out("second p")
				near(t, "grad p", x, b.slope("loss", "p", []float64{1}), 1e-9)
				near(t, "second p", p, b.slope("squares", "p", []float64{1}), 1e-8)
				return
			}
			b.gradients("loss", "grad ", 1e-8)
			b.gradients("squares", "second ", 1e-7)
		})
	}
}

// Only the gradients that are used are asked for.
func TestNeededGradients(t *testing.T) {
	var asked [][]bool
	_, err := g.Build(g.Evaluate, func(b *g.Builder) error {
		x, p, q := b.Input("x"), b.Param("p"), b.Param("q")
		y := g.Custom("product", []g.Value{x, p}, func(in []g.Value) []g.Value { return []g.Value{g.Mul(g.Mul(in[0], in[1]), q)} },
			func(c g.CustomCall) (in, captured []g.Value) {
				asked = append(asked, c.NeedIn, c.NeedCaptured)
				return []g.Value{{}, g.Mul(c.Grad[0], g.Mul(c.In[0], q))}, nil
			})[0]
		b.Output("g", g.Gradient(y, p)[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || asked[0][0] || !asked[0][1] || asked[1][0] {
		t.Errorf("asked for %v", asked)
	}
}

// A sum over rows in a loop that rows leave one by one has no meaning; with a condition for all rows it has.
func TestSumsOverRowsInLoops(t *testing.T) {
	build := func(shared bool) error {
		_, err := g.Build(g.Evaluate, func(b *g.Builder) error {
			x := b.Input("x")
			cond := func(c []g.Value) g.Value {
				if shared {
					return g.Less(g.SumRows(c[0]), b.Scalar(9))
				}
				return g.Less(c[0], b.Scalar(9))
			}
			b.Output("y", g.While([]g.Value{x}, cond, func(c []g.Value) []g.Value {
				return []g.Value{g.Add(g.Add(c[0], g.SumRows(c[0])), b.Scalar(1))}
			})[0])
			return nil
		})
		return err
	}
	if err := build(false); err == nil || !strings.Contains(err.Error(), "one condition for all rows") {
		t.Errorf("error %v", err)
	}
	if err := build(true); err != nil {
		t.Error(err)
	}
}
