package flowtest

import (
	"math"
	"slices"
	"testing"

	"diffeo/dist"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Flow proves a whole flow: its transform as Bijection does, its log-density's gradients, wild points, draws whose log-densities are those
// of scoring, under a condition too, the integral and the means of samples in one and two columns, and that it begins near its base.
// The condition and columns are the flow's own. Options: FarFromIdentity.
func Flow(t *testing.T, f flow.Flow, o Options) {
	o.Context = f.Context
	o = o.defaults(t)
	bound, err := f.Bind()
	if err != nil {
		t.Fatalf("Bind: %v", err)
	}
	base, data := bound.Base.Event(), bound.Transform.DataShape()
	if len(base) != 1 || len(data) != 1 {
		t.Fatalf("maps %v to %v; the suite tests flows of vectors", base, data)
	}
	o.Dim = base[0]
	t.Run("transform", func(t *testing.T) {
		s := newSubject(t, o, bound.Specs, 5)
		s.input("u", s.inside(bound.Base.Support()), base...)
		s.condition()
		mapSuite(t, s, bound.Transform)
	})
	s := newSubject(t, o, bound.Specs, 6)
	s.input("x", s.dataPoints(bound), data...)
	s.condition()
	densitySuite(t, s, density{dim: data[0], support: line(data[0]), logProb: bound.LogProb, sample: bound.Sample})
	t.Run("beginning", func(t *testing.T) { beginning(t, s, bound) })
}

// condition adds the input c where the options have a condition.
func (s *subject) condition() {
	if n := s.o.Context; n > 0 {
		s.input("c", s.normals(n), n)
	}
}

// dataPoints are draws of the flow under other conditions than those it is scored with: inside the support, but not special.
func (s *subject) dataPoints(f *flow.Bound) []float64 {
	u := s.inside(f.Base.Support())
	in := map[string][]float64{"u": u}
	if s.o.Context > 0 {
		in["c"] = s.normals(s.o.Context)
	}
	g := s.build(func(b *graph.Builder, _ map[string]graph.Value, out func(string, graph.Value)) {
		var c graph.Value
		if s.o.Context > 0 {
			c = b.Input("c", s.o.Context)
		}
		x, _ := f.Transform.Forward(b, b.Input("u", f.Base.Event()...), c)
		out("x", x)
	})
	return s.run(Reference, g, in)["x"]
}

// beginning: with its first parameters the flow's log-density is its base's, within 0.1 nats a column.
func beginning(t *testing.T, s *subject, f *flow.Bound) {
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		out("flow", f.LogProb(b, in["x"], in["c"]))
		out("base", f.Base.LogProb(b, in["x"], in["c"]))
	})
	first := param.New(f.Specs, s.o.Seed)
	in := map[string][]float64{"x": s.normals(s.o.Dim)}
	for _, p := range f.Specs {
		in[p.Name] = first.Data(p.Name)
	}
	out := s.run(Reference, g, in)
	worst := 0.0
	for r, l := range out["flow"] {
		worst = math.Max(worst, math.Abs(l-out["base"][r])/float64(s.o.Dim))
	}
	if (worst > 0.1) != (s.o.FarFromIdentity != "") {
		t.Errorf("a fresh flow differs from its base by %.3g nats a column; FarFromIdentity is %q", worst, s.o.FarFromIdentity)
	}
}

// inside draws one point a row whose columns lie inside their intervals.
func (s *subject) inside(support []dist.Interval) []float64 {
	x := make([]float64, s.rows*len(support))
	for j, in := range support {
		for r, v := range s.points(1, scalar.Interval(in)) {
			x[r*len(support)+j] = v
		}
	}
	return x
}

// line is the support ℝ of n columns.
func line(n int) []dist.Interval {
	return slices.Repeat([]dist.Interval{{Low: math.Inf(-1), High: math.Inf(1)}}, n)
}
