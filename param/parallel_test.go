package param

import (
	"fmt"
	"slices"
	"testing"

	"diffeo/graph"
)

// Parameters that are so many that processors share them begin with the numbers that each begins with alone.
func TestManyParametersBeginAsEachAlone(t *testing.T) {
	specs := declared(t, func(s *Scope) {
		for i := range 40 {
			s.At("uniform", i).Param("weight", Uniform(0.5), 30, 20+i)
			s.At("normal", i).Param("weight", Gaussian(2), 17*i)
		}
	})
	all := New(specs, 7)
	if n := all.Count(); n <= few {
		t.Fatalf("%d values, of which nothing is shared", n)
	}
	for _, p := range specs {
		one := make([]float64, p.Shape.Size())
		p.Init(source(7, p.Name), one)
		if !slices.Equal(all.Data(p.Name), one) {
			t.Errorf("%s begins otherwise", p.Name)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	r := NewRegistry()
	for i := range 15 {
		r.Scope().Sub(fmt.Sprint(i)).Param("weight", Uniform(1), graph.Shape{512, 256}...)
	}
	specs, err := r.Specs()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		New(specs, 0)
	}
}
