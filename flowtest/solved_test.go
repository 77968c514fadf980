package flowtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
	"diffeo/scalar"
)

// rounds is how many rounds the loops of a direction took at most; 0: it has none.
type rounds int

// or is the rounds, or how a direction without a loop is computed.
func (r rounds) or(text string) string {
	switch {
	case r > 0:
		return fmt.Sprintf("%d rounds", r)
	case text != "":
		return text
	}
	return "closed"
}

// with is what a direction costs, with the rounds.
func (r rounds) with(text string) string {
	if r > 0 {
		return fmt.Sprintf("%s; %d rounds each", text, r)
	}
	return text
}

// measured builds a graph of one direction of something at parameters a little away from their first values, and runs it if there is a loop whose end
// depends on the numbers.
func measured(t *testing.T, list []param.Spec, build func(b *graph.Builder)) rounds {
	t.Helper()
	const points = 64
	g := oneWay(t, build)
	if !searches(g) {
		return 0
	}
	rng := rand.New(rand.NewPCG(1, 1))
	set, in := param.New(list, 1), map[string][]float64{}
	for _, s := range list {
		in[s.Name] = set.Data(s.Name)
		for i := range in[s.Name] {
			in[s.Name][i] += 0.3 * rng.NormFloat64()
		}
	}
	for _, n := range g.Inputs {
		if name := n.Attr.(graph.Name); n.Op == graph.OpInput {
			x := make([]float64, points*n.Out[0].Shape.Size())
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			in[string(name)] = x
		}
	}
	most := 0
	if _, err := ref.Run(t.Context(), g, ref.Call{Rows: points, Inputs: in, Looped: func(n int) { most = max(most, n) }}); err != nil {
		t.Fatal(err)
	}
	return rounds(most)
}

func oneWay(t *testing.T, build func(b *graph.Builder)) *graph.Graph {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		build(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// searches reports whether there is a loop whose end depends on the numbers.
func searches(g *graph.Graph) bool {
	for _, n := range g.Needed() {
		if n.Op == graph.OpWhile {
			return true
		}
		for _, body := range n.Body {
			if searches(body) {
				return true
			}
		}
	}
	return false
}

// specs are the parameters that bind declares.
func specs(t testing.TB, bind func(s *param.Scope) error) []param.Spec {
	t.Helper()
	r := param.NewRegistry()
	if err := bind(r.Scope()); err != nil {
		t.Fatal(err)
	}
	list, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// solved is what the catalogue finds out of a map of one variable.
type solved struct {
	params           int
	forward, inverse rounds
}

func solvedScalar(t *testing.T, r scalarRow) solved {
	t.Helper()
	const columns = 3 // the rows of the table with Mixed are for as many
	var f scalar.Bound
	list := specs(t, func(s *param.Scope) (err error) {
		f, err = r.m.Bind(s, columns)
		return err
	})
	direction := func(f func(b *graph.Builder, x, theta graph.Value) (y, logDet graph.Value), params int) rounds {
		return measured(t, list, func(b *graph.Builder) {
			var theta graph.Value
			if params > 0 {
				theta = b.Input("theta", params, columns)
			}
			y, l := f(b, b.Input("x", columns), theta)
			b.Output("y", y)
			b.Output("l", graph.OnRows(l, 1))
		})
	}
	return solved{f.Params(), direction(f.Forward, f.Params()), direction(f.Inverse, f.Params())}
}

// boundBijection is the map of a row with its parameters, its shape and that of its condition.
func boundBijection(t testing.TB, r bijectionRow) (m bijection.Bound, list []param.Spec, shape, cond graph.Shape) {
	t.Helper()
	if shape = r.o.Shape; shape == nil {
		shape = graph.Shape{3}
		if r.o.Dim > 0 {
			shape[0] = r.o.Dim
		}
	}
	if r.o.Context > 0 {
		cond = graph.Shape{r.o.Context}
	}
	list = specs(t, func(s *param.Scope) (err error) {
		m, err = r.m.Bind(s, shape, cond)
		return err
	})
	return m, list, shape, cond
}

func solvedBijection(t *testing.T, r bijectionRow) (forward, inverse rounds) {
	t.Helper()
	m, list, shape, cond := boundBijection(t, r)
	direction := func(f func(b *graph.Builder, x, cond graph.Value) (y, logDet graph.Value)) rounds {
		return measured(t, list, func(b *graph.Builder) {
			var c graph.Value
			if cond != nil {
				c = b.Input("c", cond...)
			}
			y, l := f(b, b.Input("x", shape...), c)
			b.Output("y", graph.OnRows(y, 1))
			b.Output("l", graph.OnRows(l, 1))
		})
	}
	return direction(m.Forward), direction(m.Inverse)
}

// equations tells which directions of a recipe solve equations.
func equations(t *testing.T, name string) (forward, inverse bool) {
	t.Helper()
	f, err := recipe.New(name, recipe.Config{Dim: 3, Transforms: 2, Hidden: []int{6}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	direction := func(f func(b *graph.Builder, x, cond graph.Value) (y, logDet graph.Value)) bool {
		return searches(oneWay(t, func(b *graph.Builder) {
			y, l := f(b, b.Input("x", 3), graph.Value{})
			b.Output("y", y)
			b.Output("l", graph.OnRows(l, 1))
		}))
	}
	return direction(b.Transform.Forward), direction(b.Transform.Inverse)
}
