package check

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/param"
	"diffeo/recipe"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// columns are those of a table whose numbers are far from standard.
func columns(n int) []model.Column {
	list := []model.Column{
		{Name: "a", Mean: 3, Std: 2},
		{Name: "b", Mean: -1e5, Std: 0.01},
		{Name: "c", Mean: 0, Std: 1},
		{Name: "d", Mean: 1e-6, Std: 1e-7},
		{Name: "e", Mean: 7e8, Std: 1e7},
		{Name: "f", Mean: -2, Std: 0.5},
		{Name: "g", Mean: 0, Std: 30},
	}
	return list[:n]
}

// example is a model of a recipe with weights that no initialiser gives.
func example(t testing.TB, name string, dim, context int, precision string) *model.Model {
	t.Helper()
	conds := []model.Column{{Name: "k", Mean: 5, Std: 10}}[:context]
	m, err := model.New(name, recipe.Config{Transforms: 2, Hidden: []int{16, 16}}, columns(dim), conds, precision, 7)
	must(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] += 0.15 * rng.NormFloat64()
			if precision == model.Float32 {
				d[i] = float64(float32(d[i]))
			}
		}
	}
	return m
}

// drawn are rows of the model itself, under conditions that are standard normal in the flow's units.
func drawn(t testing.TB, m *model.Model, n int, seed uint64) Rows {
	t.Helper()
	d, err := model.Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	var r Rows
	if len(m.Context) > 0 {
		rng := rand.New(rand.NewPCG(seed, 9))
		r.Cond = matrix.New[float64](n, len(m.Context))
		for i := range n {
			for k, c := range m.Context {
				r.Cond.Row(i)[k] = c.Mean + c.Std*rng.NormFloat64()
			}
		}
	}
	r.X = matrix.New[float64](n, len(m.Columns))
	must(t, d.Sample(t.Context(), diffeo.Draw{Seed: seed}, r.Cond, r.X))
	return r
}

// report makes checks with few draws: those that give one of the results named, or, where none is, all of them.
func report(t *testing.T, m *model.Model, rows Rows, names ...string) Report {
	t.Helper()
	r, err := run(t.Context(), m, rows, Options{Draws: 20000, Threads: 2}, func(_ bool, results []string) bool {
		return len(names) == 0 || slices.ContainsFunc(results, func(name string) bool { return slices.Contains(names, name) })
	})
	must(t, err)
	return r
}

// expect compares the verdict of one check.
func expect(t *testing.T, r Report, name string, want Verdict) Result {
	t.Helper()
	x, ok := r.Result(name)
	if !ok || x.Verdict != want {
		t.Errorf("%s: %s, want %s (%.4g, bound %.4g): %s", name, x.Verdict, want, x.Value, x.Bound, x.Text)
	}
	return x
}

// altered is a bijection with something done to what it gives. Both functions may be nil.
type altered struct {
	bijection.Bijection
	forward, inverse func(b *graph.Builder, in, out, logDet graph.Value) (graph.Value, graph.Value)
}

func (a altered) Bind(s *param.Scope, base, cond graph.Shape) (bijection.Bound, error) {
	inner, err := a.Bijection.Bind(s, base, cond)
	return alteredBound{inner, a}, err
}

type alteredBound struct {
	bijection.Bound
	a altered
}

func (a alteredBound) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	x, logDet = a.Bound.Forward(b, u, cond)
	if a.a.forward != nil {
		return a.a.forward(b, u, x, logDet)
	}
	return x, logDet
}

func (a alteredBound) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, logDet = a.Bound.Inverse(b, x, cond)
	if a.a.inverse != nil {
		return a.a.inverse(b, x, u, logDet)
	}
	return u, logDet
}

// lying adds an error of its own to the log-determinants, the same at x in both directions: the two still cancel.
func lying(inner bijection.Bijection, e func(b *graph.Builder, x graph.Value) graph.Value) bijection.Bijection {
	return altered{
		inner,
		func(b *graph.Builder, _, x, l graph.Value) (graph.Value, graph.Value) {
			return x, graph.Sub(l, e(b, x))
		},
		func(b *graph.Builder, x, u, l graph.Value) (graph.Value, graph.Value) {
			return u, graph.Add(l, e(b, x))
		},
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.9g, want %.9g", what, got, want)
	}
}
