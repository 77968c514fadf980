package param

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
)

func TestNames(t *testing.T) {
	r := NewRegistry()
	s := r.Scope()
	if s.Path() != "" {
		t.Errorf("the outermost scope is %q", s.Path())
	}
	layer := s.Sub("transforms.3").Sub("conditioner").At("layers", 0)
	if layer.Path() != "transforms.3.conditioner.layers.0" {
		t.Errorf("the scope is %q", layer.Path())
	}
	weight := layer.Param("weight", Constant(1), 2, 3)
	s.State("started", Constant(0))
	specs, err := r.Specs()
	if err != nil || len(specs) != 2 {
		t.Fatalf("%v, %v", specs, err)
	}
	w, started := specs[0], specs[1]
	if w.Name != "transforms.3.conditioner.layers.0.weight" || weight.Name != w.Name || !w.Shape.Equal(graph.Shape{2, 3}) || w.State {
		t.Errorf("%+v for %+v", w, weight)
	}
	if started.Name != "started" || len(started.Shape) != 0 || !started.State {
		t.Errorf("%+v", started)
	}
}

// The first name that occurs twice is the mistake that is reported, wherever its scopes were made.
func TestDuplicates(t *testing.T) {
	r := NewRegistry()
	r.Scope().Sub("a").Param("b", Constant(0), 1)
	if _, err := r.Specs(); err != nil {
		t.Fatal(err)
	}
	r.Scope().State("a.b", Constant(0), 2) // the same dotted name
	r.Scope().Param("c", Constant(0))
	r.Scope().Param("c", Constant(0))
	_, err := r.Specs()
	if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), `"a.b"`) {
		t.Error(err)
	}
}

// declared is the declarations that f makes.
func declared(t *testing.T, f func(s *Scope)) []Spec {
	t.Helper()
	r := NewRegistry()
	f(r.Scope())
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

// The start of a parameter is a function of the seed and its name: what is declared beside it, and in which order, changes nothing.
func TestTheStartDoesNotDependOnNeighbours(t *testing.T) {
	alone := New(declared(t, func(s *Scope) { s.Param("w", Gaussian(1), 50) }), 7)
	among := New(declared(t, func(s *Scope) {
		s.Param("v", Gaussian(1), 3)
		s.Param("w", Gaussian(1), 50)
		s.Param("x", Uniform(1), 9)
	}), 7)
	if !slices.Equal(alone.Data("w"), among.Data("w")) {
		t.Error("a neighbour changes the first values")
	}
	specs := declared(t, func(s *Scope) {
		s.Param("w", Gaussian(1), 50)
		s.Param("v", Gaussian(1), 50)
	})
	set := New(specs, 7)
	if slices.Equal(set.Data("w"), set.Data("v")) {
		t.Error("parameters of different names begin the same")
	}
	if slices.Equal(set.Data("w"), New(specs, 8).Data("w")) {
		t.Error("seeds 7 and 8 begin the same")
	}
}

func TestInits(t *testing.T) {
	const n, seed = 10_000, 3
	set := New(declared(t, func(s *Scope) {
		s.Param("constant", Constant(-2.5), 2)
		s.Param("values", Values(1, 2, 3), 3)
		s.Param("uniform", Uniform(0.5), n)
		s.Param("gaussian", Gaussian(2), n)
		s.Param("nothing", Gaussian(2), 0)
	}), seed)
	if got := set.Data("constant"); !slices.Equal(got, []float64{-2.5, -2.5}) {
		t.Error(got)
	}
	if got := set.Data("values"); !slices.Equal(got, []float64{1, 2, 3}) {
		t.Error(got)
	}
	if set.Count() != 2+3+2*n {
		t.Errorf("%d values", set.Count())
	}
	// The mean and the mean square lie within six standard errors of theirs.
	for _, c := range []struct {
		name                   string
		variance, fourth, most float64
	}{
		{"uniform", 0.25 / 3, 0.0625 / 5, 0.5},
		{"gaussian", 4, 48, math.Inf(1)},
	} {
		mean, square := 0., 0.
		for _, x := range set.Data(c.name) {
			mean += x / n
			square += x * x / n
			if math.Abs(x) > c.most {
				t.Errorf("%s draws %g (seed %d)", c.name, x, seed)
			}
		}
		if math.Abs(mean) > 6*math.Sqrt(c.variance/n) || math.Abs(square-c.variance) > 6*math.Sqrt((c.fourth-c.variance*c.variance)/n) {
			t.Errorf("%s has mean %g and mean square %g, want 0 and %g (seed %d)", c.name, mean, square, c.variance, seed)
		}
	}
}

func TestAssign(t *testing.T) {
	set := New(declared(t, func(s *Scope) {
		s.Param("a", Constant(1), 2)
		s.Param("b", Constant(1))
	}), 0)
	values := []float64{3, 4}
	if err := set.Assign("a", values); err != nil {
		t.Fatal(err)
	}
	values[0] = 9 // the set has a copy
	for _, c := range []struct {
		name   string
		values []float64
		kind   error
		say    string
	}{
		{"c", values, fault.ErrModel, `no parameter "c"; it has [a b]`},
		{"a", values[:1], fault.ErrShape, `"a" has 2 values, not 1`},
		{"b", nil, fault.ErrShape, `"b" has 1 values, not 0`},
		{"a", []float64{5, math.NaN()}, fault.ErrNonFinite, "NaN at position 1"},
		{"a", []float64{math.Inf(-1), 5}, fault.ErrNonFinite, "-Inf at position 0"},
	} {
		if err := set.Assign(c.name, c.values); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s ← %v: %v, want %q", c.name, c.values, err, c.say)
		}
	}
	if got := set.Data("a"); !slices.Equal(got, []float64{3, 4}) {
		t.Errorf("after refused values a is %v", got)
	}
	if set.Data("c") != nil {
		t.Error("a parameter that there is not has values")
	}
}

func TestCloneIsIndependent(t *testing.T) {
	set := New(declared(t, func(s *Scope) { s.Param("a", Constant(1), 2) }), 0)
	clone := set.Clone()
	clone.Data("a")[0] = 5
	if err := clone.Assign("a", []float64{6, 7}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Data("a"), []float64{1, 1}) || !slices.Equal(clone.Data("a"), []float64{6, 7}) {
		t.Errorf("%v and its clone %v", set.Data("a"), clone.Data("a"))
	}
	if clone.Count() != set.Count() || len(clone.Specs()) != 1 {
		t.Error("the clone has other parameters")
	}
}
