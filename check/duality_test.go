package check

import (
	"errors"
	"math"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
)

func first(t *testing.T, f flow.Flow) *param.Set {
	t.Helper()
	bound, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	return param.New(bound.Specs, 1)
}

// oneNormal is N(0, 1) in both columns as a target, of which every divergence from a normal is known.
func oneNormal() data.Toy {
	t := data.Toys()[0]
	t.LogDensity = func(x [2]float64) float64 { return -(x[0]*x[0]+x[1]*x[1])/2 - math.Log(2*math.Pi) }
	t.Draw = nil
	return t
}

// Of two normals both pairs are the known divergences; of a crooked flow and a crooked target the two sides agree.
func TestDuality(t *testing.T) {
	const mean, scale = 0.5, 1.3 // the flow is N(mean, scale²) in both columns
	target, err := data.ToyNamed("moons")
	if err != nil {
		t.Fatal(err)
	}
	exact := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.GivenAffine{Mean: []float64{mean, mean}, Factor: []float64{scale, 0, 0, scale}}}
	normal := oneNormal()
	d := duality{t.Context(), dualFlow(t, exact), normal}
	sums, mass, err := d.sums(box{[2]float64{-9, -9}, [2]float64{9, 9}}, 240)
	if err != nil {
		t.Fatal(err)
	}
	forward := 2 * (math.Log(scale) + (1+mean*mean)/(2*scale*scale) - 0.5)
	reverse := 2 * (-math.Log(scale) + (scale*scale+mean*mean)/2 - 0.5)
	for i, want := range [3]float64{forward, reverse, 1} {
		if got := [3]float64{sums[0], sums[1], mass}[i]; math.Abs(got-want) > 1e-6 {
			t.Errorf("number %d of two normals is %v, want %v", i, got, want)
		}
	}
	crooked, err := recipe.New("realnvp", recipe.Config{Dim: 2, Transforms: 4, Hidden: []int{16}, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	p := first(t, crooked)
	for i, s := range p.Specs() { // far from the identity
		for k := range p.Data(s.Name) {
			p.Data(s.Name)[k] = 0.1 * math.Sin(float64(7*i+3*k))
		}
	}
	got, err := Duality(t.Context(), crooked, p, target, DualOptions{Seed: 1, Side: 200})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Forward.Agree() || !got.Reverse.Agree() || math.Abs(got.Mass-1) > 1e-3 || got.Forward.Data.Value < 0.1 || got.Reverse.Data.Value < 0.1 {
		t.Errorf("a crooked flow: %+v", got)
	}
}

func dualFlow(t *testing.T, f flow.Flow) *typed[float64] {
	t.Helper()
	compiled := func(f flow.Flow) *diffeo.Compiled[float64] {
		c, err := diffeo.Compile[float64](f, first(t, f), diffeo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return &typed[float64]{compiled(f), compiled(flow.Flow{Base: f.Base, Transform: bijection.Chain{}})}
}

// off is a map whose log-determinant is wrong by the same in both directions, so that they cancel.
type off struct {
	bijection.Bijection
	by float64
}

func (m off) Bind(s *param.Scope, base, cond graph.Shape) (bijection.Bound, error) {
	b, err := m.Bijection.Bind(s, base, cond)
	return offBound{b, m.by}, err
}

type offBound struct {
	bijection.Bound
	by float64
}

func (m offBound) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	x, logDet = m.Bound.Forward(b, u, cond)
	return x, graph.Offset(logDet, m.by)
}

func (m offBound) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, logDet = m.Bound.Inverse(b, x, cond)
	return u, graph.Offset(logDet, -m.by)
}

// A log-determinant that is consistently wrong breaks both pairs, which a round trip does not see.
func TestDualityOfAWrongLogDet(t *testing.T) {
	target, err := data.ToyNamed("moons")
	if err != nil {
		t.Fatal(err)
	}
	f, err := recipe.New("realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}})
	if err != nil {
		t.Fatal(err)
	}
	for by, want := range map[float64]bool{0: true, 0.1: false, -0.1: false} {
		wrong := f
		wrong.Transform = off{f.Transform, by}
		d, err := Duality(t.Context(), wrong, first(t, wrong), target, DualOptions{Side: 160})
		if err != nil {
			t.Fatal(err)
		}
		if d.Forward.Agree() != want || d.Reverse.Agree() != want {
			t.Errorf("a log-determinant off by %g: %+v", by, d)
		}
	}
}

func TestBadDuality(t *testing.T) {
	target := data.Toys()[0]
	flowOf := func(c recipe.Config) flow.Flow {
		f, err := recipe.New("realnvp", c)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, test := range []struct {
		f    flow.Flow
		o    DualOptions
		want error
	}{
		{flowOf(recipe.Config{Dim: 3}), DualOptions{}, fault.ErrShape},
		{flowOf(recipe.Config{Dim: 2, Context: 1}), DualOptions{}, fault.ErrContext},
		{flowOf(recipe.Config{Dim: 2}), DualOptions{Side: 9}, fault.ErrConfig},
		{flowOf(recipe.Config{Dim: 2}), DualOptions{Draws: 1}, fault.ErrConfig},
	} {
		if _, err := Duality(t.Context(), test.f, first(t, test.f), target, test.o); !errors.Is(err, test.want) {
			t.Errorf("%+v: %v, want %v", test.o, err, test.want)
		}
	}
}
