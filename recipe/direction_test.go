package recipe_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/recipe"
	"diffeo/scalar"
)

// Forward goes from the base to the data: the exponential of a normal variable is log-normal, and a logarithm would not be.
func TestExpOfANormalIsLogNormal(t *testing.T) {
	const mu, sigma = 0.3, 0.5
	f := flow.Flow{
		Base:      dist.DiagonalNormal{Dim: 1, Loc: []float64{mu}, LogScale: []float64{math.Log(sigma)}},
		Transform: bijection.Static{Map: scalar.Exp{}},
	}
	b, weights := bind(t, f, 0)
	x := []float64{1e-3, 0.5, 1, 2.5, 40, 0, -1, math.Inf(-1)}
	out := run(t, weights, len(x), map[string][]float64{"x": x, "key": {1, 2}}, func(g *graph.Builder, out func(string, graph.Value)) {
		out("log prob", b.LogProb(g, g.Input("x", 1), graph.Value{}))
		y, _ := b.Sample(g, g.SharedInput("key", graph.Uint32, 2), 1, graph.Value{})
		out("sample", y)
	})
	for i, x := range x {
		want := math.Inf(-1) // outside the support
		if x > 0 {
			z := (math.Log(x) - mu) / sigma
			want = -z*z/2 - math.Log(x*sigma) - math.Log(2*math.Pi)/2
		}
		if got := out["log prob"][i]; got != want && !(math.Abs(got-want) < 1e-10) {
			t.Errorf("log p(%g) = %g, the log-normal's is %g", x, got, want)
		}
		if out["sample"][i] <= 0 {
			t.Errorf("draw %g is not positive", out["sample"][i])
		}
	}
}

// An IAF is an inverted MAF: with equal weights each one's Forward is the other's Inverse, to the bit.
func TestMAFAndIAFAreDual(t *testing.T) {
	c := recipe.Config{Dim: 3, Context: 2, Transforms: 1, Hidden: []int{8}}
	maf, err := recipe.MAF(c)
	if err != nil {
		t.Fatal(err)
	}
	iaf, err := recipe.IAF(c)
	if err != nil {
		t.Fatal(err)
	}
	m, weights := bind(t, maf, 0.3)
	i, same := bind(t, iaf, 0.3)
	for name, v := range weights {
		if !slices.Equal(v, same[name]) {
			t.Fatalf("the parameters are called differently: %s", name)
		}
	}
	in := map[string][]float64{"x": normals(5, 3), "c": normals(5, 2)}
	out := run(t, weights, 5, in, func(b *graph.Builder, out func(string, graph.Value)) {
		x, c := b.Input("x", 3), b.Input("c", 2)
		for _, d := range []struct {
			name string
			f    func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)
		}{
			{"maf forward", m.Transform.Forward}, {"iaf inverse", i.Transform.Inverse},
			{"maf inverse", m.Transform.Inverse}, {"iaf forward", i.Transform.Forward},
		} {
			y, l := d.f(b, x, c)
			out(d.name, y)
			out(d.name+" log det", l)
		}
	})
	for _, pair := range [][2]string{{"maf forward", "iaf inverse"}, {"maf inverse", "iaf forward"}} {
		for _, suffix := range []string{"", " log det"} {
			if a, b := out[pair[0]+suffix], out[pair[1]+suffix]; !slices.Equal(a, b) {
				t.Errorf("%s is %v, %s %v", pair[0]+suffix, a, pair[1]+suffix, b)
			}
		}
	}
	if slices.Equal(out["maf forward"], out["maf inverse"]) {
		t.Error("both directions are the same: the test tests nothing")
	}
}
