package param

import (
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"diffeo/fault"
)

// Set holds the values of a model's parameters, in float64 whatever the number type that they were trained in. It is not
// safe for concurrent changes; compiled flows copy what they need.
type Set struct {
	specs []Spec
	data  map[string][]float64
}

// New initialises every parameter from the seed. The numbers of each are a function of the seed and its name alone, so the processors share
// the work.
func New(specs []Spec, seed uint64) *Set {
	s := &Set{specs, make(map[string][]float64, len(specs))}
	for _, p := range specs {
		s.data[p.Name] = make([]float64, p.Shape.Size())
	}
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; int(i) < len(specs); i = next.Add(1) - 1 {
			specs[i].Init(source(seed, specs[i].Name), s.data[specs[i].Name])
		}
	}
	var helpers sync.WaitGroup
	if s.Count() > few {
		for range min(runtime.GOMAXPROCS(0), len(specs)) - 1 {
			helpers.Go(work)
		}
	}
	work()
	helpers.Wait()
	return s
}

// few values are not worth another goroutine.
const few = 1 << 14

// Specs lists the declarations in their order.
func (s *Set) Specs() []Spec { return s.specs }

// Data is the row-major values of a parameter, not copied; nil if there is none of that name.
func (s *Set) Data(name string) []float64 { return s.data[name] }

// Assign copies values for a parameter. Errors: an unknown name, a wrong number of values, a value that is not finite.
func (s *Set) Assign(name string, values []float64) error {
	d, ok := s.data[name]
	if !ok {
		return fmt.Errorf("%w: the model has no parameter %q; it has %v", fault.ErrModel, name, slices.Sorted(maps.Keys(s.data)))
	}
	if len(d) != len(values) {
		return fmt.Errorf("%w: parameter %q has %d values, not %d", fault.ErrShape, name, len(d), len(values))
	}
	for i, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%w: parameter %q holds %g at position %d", fault.ErrNonFinite, name, x, i)
		}
	}
	copy(d, values)
	return nil
}

// Clone returns an independent copy.
func (s *Set) Clone() *Set {
	c := &Set{s.specs, make(map[string][]float64, len(s.data))}
	for n, d := range s.data {
		c.data[n] = slices.Clone(d)
	}
	return c
}

// Count is the number of values in all parameters.
func (s *Set) Count() int {
	n := 0
	for _, d := range s.data {
		n += len(d)
	}
	return n
}
