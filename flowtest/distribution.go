package flowtest

import (
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
	"diffeo/param"
)

// Distribution proves a base density: its gradients, that wild and out-of-support points give −Inf or a number and never NaN, that it
// integrates to 1 and its draws have its means (one and two columns), and that draws lie in the support. Options: Context.
func Distribution(t *testing.T, m dist.Distribution, o Options) {
	o = o.defaults(t)
	var bound dist.Bound
	specs := declare(t, func(s *param.Scope) (err error) {
		bound, err = m.Bind(s.Sub("base"), condition(o.Context))
		return err
	})
	if len(bound.Event()) != 1 {
		t.Fatalf("draws have shape %v, the suite tests vectors", bound.Event())
	}
	d := bound.Event()[0]
	s := newSubject(t, o, specs, 6)
	support := bound.Support()
	s.input("x", s.inside(support), d)
	if o.Context > 0 {
		s.input("c", s.normals(o.Context), o.Context)
	}
	densitySuite(t, s, density{dim: d, support: support, logProb: bound.LogProb,
		sample: func(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) (x, l graph.Value) {
			if cond.Valid() {
				cond = graph.SpreadRows(cond, lanes)
			}
			x = bound.Sample(b, key, lanes, cond)
			return x, bound.LogProb(b, x, cond)
		}})
	t.Run("support", func(t *testing.T) { supported(t, s, bound) })
}

// supported: beyond the support the log-density is −Inf, with finite gradients of everything.
func supported(t *testing.T, s *subject, bound dist.Bound) {
	d := bound.Event()[0]
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		l := graph.OnRows(bound.LogProb(b, in["x"], in["c"]), 1)
		out("l", l)
		out("g", graph.Gradient(l, in["x"])[0])
	})
	for j, in := range bound.Support() { // one column outside suffices
		var outside []float64
		if !math.IsInf(in.Low, -1) {
			outside = append(outside, in.Low-1e-6, in.Low-1, -1e30)
		}
		if !math.IsInf(in.High, 1) {
			outside = append(outside, in.High+1e-6, in.High+1, 1e30)
		}
		for _, w := range outside {
			x := append([]float64(nil), s.values["x"]...)
			for r := range s.rows {
				x[r*d+j] = w
			}
			got := s.run(s.o.Engine, g, map[string][]float64{"x": x})
			allFinite(t, "gradient outside the support", got["g"])
			for _, l := range got["l"] {
				if !math.IsInf(l, -1) {
					t.Errorf("log-density with %g in column %d, outside %g…%g, is %g", w, j, in.Low, in.High, l)
				}
			}
		}
	}
}
