package param

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

// read is all values of a set as T.
func read[T float32 | float64](t *testing.T, s *Set) map[string][]T {
	t.Helper()
	to, values := make([][]T, len(s.Specs())), map[string][]T{}
	for i, p := range s.Specs() {
		to[i] = make([]T, p.Shape.Size())
		values[p.Name] = to[i]
	}
	f, err := Reading(s, s.Specs(), to)
	if err != nil {
		t.Fatal(err)
	}
	f()
	return values
}

func several(t *testing.T) []Spec {
	return declared(t, func(s *Scope) {
		for i := range 30 {
			s.At("w", i).Param("weight", Uniform(0.5), 40, 20+i)
		}
		s.Param("sparse", func(_ *rand.Rand, data []float64) { data[1] = 3 }, 5) // what it does not write is 0
		s.Param("none", Constant(1), 0)
	})
}

// Values are the same in whichever way they are asked for, and of whatever they were: first values, given ones, adopted ones.
func TestReadingAgreesWithData(t *testing.T) {
	fresh, looked := New(several(t), 5), New(several(t), 5)
	for _, p := range fresh.Specs() {
		looked.Data(p.Name)
	}
	given := []float64{1, 2, math.Pi, 4, 5}
	if err := looked.Assign("sparse", given); err != nil {
		t.Fatal(err)
	}
	if err := Adopt(fresh, "sparse", slices.Clone(given)); err != nil {
		t.Fatal(err)
	}
	single := make([]float32, 40*20)
	for i := range single {
		single[i] = float32(i) / 3
	}
	if err := Adopt(fresh, "w.0.weight", single); err != nil {
		t.Fatal(err)
	}
	double := make([]float64, len(single))
	for i, x := range single {
		double[i] = float64(x)
	}
	if err := looked.Assign("w.0.weight", double); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{fresh, looked, fresh.Clone(), looked.Clone()} {
		single, double := read[float32](t, s), read[float64](t, s)
		for _, p := range s.Specs() {
			want := looked.Data(p.Name)
			if !slices.Equal(double[p.Name], want) {
				t.Errorf("%s in float64 differs from Data", p.Name)
			}
			if !slices.EqualFunc(single[p.Name], want, func(x float32, y float64) bool { return x == float32(y) }) {
				t.Errorf("%s in float32 differs from Data", p.Name)
			}
		}
	}
	for _, p := range fresh.Specs() {
		if !slices.Equal(fresh.Data(p.Name), looked.Data(p.Name)) {
			t.Errorf("%s differs once it was read", p.Name)
		}
	}
	fresh.Data("w.0.weight")[3] = 7
	if x := read[float32](t, fresh)["w.0.weight"][3]; x != 7 {
		t.Errorf("what was written to Data is read as %g", x)
	}
}

// First values take no memory that lasts before Data asks for them.
func TestReadingKeepsNothing(t *testing.T) {
	s := New(several(t), 5)
	read[float32](t, s)
	for i, n := range s.held {
		if n.double != nil || n.single != nil {
			t.Errorf("the values of %s are kept", s.specs[i].Name)
		}
	}
}

func TestReadingErrors(t *testing.T) {
	s := New(declared(t, func(s *Scope) { s.Param("a", Constant(1), 2) }), 0)
	for _, c := range []struct{ name, say string }{{"a", "needs 3 values, 2 are given"}, {"b", `"b" needs 3 values, 0 are given`}} {
		other := declared(t, func(s *Scope) { s.Param(c.name, Constant(1), 3) })
		if _, err := Reading(s, other, [][]float32{make([]float32, 3)}); !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want %q", c.name, err, c.say)
		}
	}
	if err := Adopt(s, "a", []float32{1, float32(math.Inf(1))}); !errors.Is(err, fault.ErrNonFinite) {
		t.Error(err)
	}
}

// Equal keys give one value, whichever part of the model asks; keys of another type are others.
func TestShared(t *testing.T) {
	type key struct{ n int }
	r, made := NewRegistry(), 0
	build := func() []int { made++; return []int{made} }
	a, b := Shared(r.Scope().Sub("a"), key{1}, build), Shared(r.Scope().At("b", 3), key{1}, build)
	if &a[0] != &b[0] || made != 1 {
		t.Errorf("built %d times", made)
	}
	type other struct{ n int }
	Shared(r.Scope(), key{2}, build)
	Shared(r.Scope(), other{1}, build)
	Shared(NewRegistry().Scope(), key{1}, build)
	if made != 4 {
		t.Errorf("built %d times, want 4", made)
	}
}
