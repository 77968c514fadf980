package scalar_test

import (
	"context"
	"errors"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// Each column goes through its own map with its own parameters, wherever it stands.
func TestMixedColumns(t *testing.T) {
	spline := scalar.RationalQuadratic{Bins: 3, Low: 0, High: 1, Boxed: true}
	groups := []scalar.Group{
		{Map: scalar.Affine{}, Columns: []int{3, 1}}, {Map: spline, Columns: []int{2}}, {Map: scalar.Exp{}, Columns: []int{0}},
	}
	m := bound(t, scalar.Mixed{Groups: groups}, 4)
	p := bound(t, spline, 1).Params()
	if m.Params() != p {
		t.Errorf("%d parameters, want the %d of the spline", m.Params(), p)
	}
	if d, c := m.Domain(), m.Codomain(); d != (scalar.Interval{Low: 0, High: 1}) || c != scalar.Line {
		t.Errorf("domain %v and codomain %v, want that of the box and the line", d, c)
	}
	theta := make([]float64, p*4)
	for i := range theta {
		theta[i] = float64(i%7)/5 - 0.5
	}
	u := []float64{0.3, -2, 0.7, 5}
	for _, forward := range []bool{true, false} {
		x, l := through(t, m, forward, u, theta)
		for _, g := range groups {
			for _, j := range g.Columns {
				own := bound(t, g.Map, 1)
				var part []float64
				for k := range own.Params() {
					part = append(part, theta[k*4+j])
				}
				wantX, wantL := through(t, own, forward, u[j:j+1], part)
				if x[j] != wantX[0] || l[j] != wantL[0] {
					t.Errorf("forward %t: column %d becomes %g with log-derivative %g, by its own map %g with %g", forward, j, x[j], l[j], wantX[0], wantL[0])
				}
			}
		}
	}
}

func bound(t *testing.T, m scalar.Map, d int) scalar.Bound {
	t.Helper()
	b, err := m.Bind(param.NewRegistry().Scope(), d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func through(t *testing.T, f scalar.Bound, forward bool, v, theta []float64) (w, logDet []float64) {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		run := f.Inverse
		if forward {
			run = f.Forward
		}
		var p graph.Value
		if f.Params() > 0 {
			p = b.Input("theta", f.Params(), len(v))
		}
		w, l := run(b, b.Input("v", len(v)), p)
		b.Output("w", w)
		b.Output("l", l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: 1, Inputs: map[string][]float64{"v": v, "theta": theta}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs["w"], r.Outputs["l"]
}

func TestBadMixedMaps(t *testing.T) {
	exp := scalar.Exp{}
	for _, m := range []scalar.Mixed{
		{},
		{Groups: []scalar.Group{{Columns: []int{0, 1}}}},
		{Groups: []scalar.Group{{Map: exp, Columns: []int{0}}}},
		{Groups: []scalar.Group{{Map: exp, Columns: []int{0, 1}}, {Map: exp}}},
		{Groups: []scalar.Group{{Map: exp, Columns: []int{0, 1}}, {Map: exp, Columns: []int{1}}}},
		{Groups: []scalar.Group{{Map: exp, Columns: []int{0, 2}}}},
		{Groups: []scalar.Group{{Map: exp, Columns: []int{-1, 1}}}},
		{Groups: []scalar.Group{{Map: scalar.Affine{Form: 9}, Columns: []int{0, 1}}}},
	} {
		if _, err := m.Bind(param.NewRegistry().Scope(), 2); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v gives %v", m, err)
		}
	}
}
