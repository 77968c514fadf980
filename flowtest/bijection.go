package flowtest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/param"
)

// Bijection proves that both directions of a map undo each other, that each log-determinant is that of its own Jacobian, that the gradients of
// points, condition and parameters are right, and so are second derivatives, that rows do not touch each other, and that no
// point gives a NaN. Options: Dim or Shape, Context, Domain.
func Bijection(t *testing.T, m bijection.Bijection, o Options) {
	o = o.defaults(t)
	shape := o.Shape
	if shape == nil {
		shape = graph.Shape{o.Dim}
	}
	var bound bijection.Bound
	specs := declare(t, func(s *param.Scope) (err error) {
		bound, err = m.Bind(s, shape, condition(o.Context))
		return err
	})
	if d := bound.DataShape().Size(); d != o.Dim {
		t.Fatalf("maps %d columns to %d", o.Dim, d)
	}
	s := newSubject(t, o, specs, 5)
	s.input("u", s.points(o.Dim, o.Domain), shape...)
	if o.Context > 0 {
		s.input("c", s.normals(o.Context), o.Context)
	}
	mapSuite(t, s, bound)
	t.Run("shapes", func(t *testing.T) { badShapes(t, m, o) })
}

// condition is the shape of a condition of n columns.
func condition(n int) graph.Shape {
	if n == 0 {
		return nil
	}
	return graph.Shape{n}
}

// mapSuite tests a bound map at the subject's input u and condition c.
func mapSuite(t *testing.T, s *subject, m bijection.Bound) {
	base, data := s.shape["u"], m.DataShape()
	forward := func(b *graph.Builder, in map[string]graph.Value) (graph.Value, graph.Value) {
		return m.Forward(b, in["u"], in["c"])
	}
	inverse := func(b *graph.Builder, in map[string]graph.Value) (graph.Value, graph.Value) {
		return m.Inverse(b, in["x"], in["c"])
	}
	solved := s.compute(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		x, _ := forward(b, in)
		out("x", x)
	})
	allFinite(t, "Forward of ordinary points", solved["x"])
	other := *s // the same subject with data points in place of base points
	other.names, other.shape, other.values = []string{}, map[string]graph.Shape{}, maps.Clone(s.values)
	other.input("x", solved["x"], data...)
	if c, ok := s.values["c"]; ok {
		other.input("c", c, s.shape["c"]...)
	}
	delete(other.values, "u")
	t.Run("round trip", func(t *testing.T) {
		roundTrip(t, s, "u→x→u", "u", forward, func(b *graph.Builder, x, c graph.Value) (graph.Value, graph.Value) { return m.Inverse(b, x, c) })
		roundTrip(t, &other, "x→u→x", "x", inverse, func(b *graph.Builder, u, c graph.Value) (graph.Value, graph.Value) { return m.Forward(b, u, c) })
	})
	for _, d := range []struct {
		name, input string
		s           *subject
		m           mapProgram
		shape       graph.Shape
	}{{"Forward", "u", s, forward, data}, {"Inverse", "x", &other, inverse, base}} {
		t.Run(d.name, func(t *testing.T) {
			logDeterminant(t, d.s, d.input, d.m)
			d.s.gradients(t, "gradient", weighted(d.s, d.m, d.shape.Size()))
			d.s.gradients(t, "second derivative", squaredGradient(weighted(d.s, d.m, d.shape.Size()), d.input))
			rowsAlone(t, d.s, d.m)
			extremes(t, d.s, d.input, d.m)
		})
	}
}

func roundTrip(t *testing.T, s *subject, what, name string, there mapProgram, back func(b *graph.Builder, y, c graph.Value) (graph.Value, graph.Value)) {
	t.Helper()
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y, l := there(b, in)
		z, m := back(b, y, in["c"])
		out("z", z)
		out("sum", graph.Add(l, m))
	})
	got := s.run(s.o.Engine, g, nil)
	near(t, what, got["z"], s.values[name], s.tolerance().value)
	near(t, what+": sum of the log-determinants", got["sum"], make([]float64, s.rows), s.tolerance().value)
}

func logDeterminant(t *testing.T, s *subject, name string, m mapProgram) {
	t.Helper()
	n := len(s.values[name]) / s.rows
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		_, l := m(b, in)
		out("l", l)
	})
	got := s.run(s.o.Engine, g, nil)["l"]
	near(t, "log-determinant against the Jacobian by differences", got,
		logDets(s.jacobianByDifferences(m, name, 1e-6), n), math.Max(s.tolerance().value, 1e-6))
	near(t, "log-determinant against the Jacobian by differentiation", got,
		logDets(s.jacobianByDerivative(Reference, m, name), n), s.tolerance().value)
}

// weighted is a number made of all results of a map: Σ w·y + 0.7·logDet.
func weighted(s *subject, m mapProgram, n int) scalarProgram {
	w := make([]float64, n)
	for i := range w {
		w[i] = s.rng.NormFloat64()
	}
	return func(b *graph.Builder, in map[string]graph.Value) graph.Value {
		y, l := m(b, in)
		return graph.Add(graph.Sum(graph.Mul(graph.Flatten(y), b.Const(w, n))), graph.Scale(l, 0.7))
	}
}

// squaredGradient is Σ (∂f/∂input)²: its gradient holds second derivatives.
func squaredGradient(f scalarProgram, input string) scalarProgram {
	return func(b *graph.Builder, in map[string]graph.Value) graph.Value {
		g := graph.Gradient(graph.OnRows(f(b, in), 1), in[input])[0]
		return graph.Sum(graph.Square(g))
	}
}

// rowsAlone: the engine gives every row the same bits in a batch and by itself.
func rowsAlone(t *testing.T, s *subject, m mapProgram) {
	t.Helper()
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y, l := m(b, in)
		out("y", y)
		out("l", l)
	})
	all := s.run(s.o.Engine, g, nil)
	for r := range s.rows {
		one := map[string][]float64{}
		for _, n := range s.names {
			k := len(s.values[n]) / s.rows
			one[n] = s.values[n][r*k : (r+1)*k]
		}
		alone := s.runRows(s.o.Engine, g, 1, one)
		for name, v := range alone {
			k := len(v)
			if !slices.Equal(v, all[name][r*k:(r+1)*k]) {
				t.Errorf("row %d alone gives %v, among others %v", r, v, all[name][r*k:(r+1)*k])
			}
		}
	}
}

// wild are the points that must not give a NaN: zeros, denormal and huge numbers, and ordinary ones between.
var wild = []float64{0, math.Copysign(0, -1), 1e-30, -1e-30, 1e30, -1e30, 1, -1, 1e6, -1e6}

// extremes puts wild numbers into all columns and into each column by itself.
func extremes(t *testing.T, s *subject, name string, m mapProgram) {
	t.Helper()
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y, l := m(b, in)
		out("y", y)
		out("l", l)
	})
	n := len(s.values[name]) / s.rows
	each := func(i int) (w float64, j int) { return wild[i/(n+1)], i%(n+1) - 1 }
	k := len(wild) * (n + 1)
	got := s.runCopies(s.o.Engine, g, k, name, func(i int, x []float64) {
		w, j := each(i)
		for r := range x {
			if j < 0 || r%n == j {
				x[r] = w
			}
		}
	})
	for i := range k {
		w, j := each(i)
		where := fmt.Sprintf("%g in column %d (−1: all)", w, j)
		noNaN(t, where, part(got["y"], i, k))
		noNaN(t, where+": log-determinant", part(got["l"], i, k))
	}
}

// part is piece i of k equal ones.
func part(x []float64, i, k int) []float64 { return x[i*len(x)/k : (i+1)*len(x)/k] }

// badShapes: a shape that a map cannot work on is an error, not a panic.
func badShapes(t *testing.T, m bijection.Bijection, o Options) {
	for _, shape := range []graph.Shape{nil, {0}, {o.Dim + 1}, {1}, {2, 2}} {
		r := param.NewRegistry()
		if b, err := m.Bind(r.Scope(), shape, condition(o.Context)); err == nil && b == nil {
			t.Errorf("Bind to %v returns neither a map nor an error", shape)
		}
	}
}
