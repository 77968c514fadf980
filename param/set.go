package param

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"diffeo/fault"
	"diffeo/matrix"
)

// Set holds the values of a model's parameters: float64 whatever the number type that they were trained in, as far as anybody can tell. First
// values, which follow from a seed, take no memory until Data is asked for them, and float32 ones that Adopt gave take what they took before.
// It is not safe for concurrent changes, but for concurrent readers; compiled flows copy what they need.
type Set struct {
	specs []Spec
	seed  uint64
	at    map[string]int
	mu    sync.Mutex // Data changes how values are held
	held  []numbers  // of each declaration
}

// numbers are values of a parameter in one of two types. Without either they are the first values.
type numbers struct {
	double []float64
	single []float32
}

// New initialises every parameter from the seed. The numbers of each are a function of the seed and its name alone.
func New(specs []Spec, seed uint64) *Set {
	s := &Set{specs: specs, seed: seed, at: make(map[string]int, len(specs)), held: make([]numbers, len(specs))}
	for i, p := range specs {
		s.at[p.Name] = i
	}
	return s
}

// Specs lists the declarations in their order.
func (s *Set) Specs() []Spec { return s.specs }

// Data is the row-major values of a parameter, not copied; nil if there is none of that name. Read takes less memory.
func (s *Set) Data(name string) []float64 {
	i, ok := s.at[name]
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.held[i]
	if n.double == nil {
		d := make([]float64, s.size(i))
		s.read(i, *n, d)
		*n = numbers{double: d}
	}
	return n.double
}

// size is the number of values of declaration i.
func (s *Set) size(i int) int { return s.specs[i].Shape.Size() }

// read computes or converts the values of declaration i, held as n.
func (s *Set) read(i int, n numbers, to []float64) {
	switch {
	case n.double != nil:
		copy(to, n.double)
	case n.single != nil:
		for k, x := range n.single {
			to[k] = float64(x)
		}
	default:
		s.specs[i].Init(source(s.seed, s.specs[i].Name), to)
	}
}

// Assign copies values for a parameter. Errors: an unknown name, a wrong number of values, a value that is not finite.
func (s *Set) Assign(name string, values []float64) error {
	return Adopt(s, name, slices.Clone(values))
}

// Adopt makes values those of a parameter, like Assign, without copying them: nobody may change them from then on but through Data.
func Adopt[T matrix.Float](s *Set, name string, values []T) error {
	i, ok := s.at[name]
	if !ok {
		return fmt.Errorf("%w: the model has no parameter %q; it has %v", fault.ErrModel, name, slices.Sorted(maps.Keys(s.at)))
	}
	if n := s.size(i); n != len(values) {
		return fmt.Errorf("%w: parameter %q has %d values, not %d", fault.ErrShape, name, n, len(values))
	}
	for k, x := range values {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%w: parameter %q holds %g at position %d", fault.ErrNonFinite, name, float64(x), k)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch v := any(values).(type) {
	case []float64:
		s.held[i] = numbers{double: v}
	case []float32:
		s.held[i] = numbers{single: v}
	}
	return nil
}

// Clone returns an independent copy.
func (s *Set) Clone() *Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := New(s.specs, s.seed)
	for i, n := range s.held {
		c.held[i] = numbers{slices.Clone(n.double), slices.Clone(n.single)}
	}
	return c
}

// Count is the number of values in all parameters.
func (s *Set) Count() int {
	n := 0
	for i := range s.specs {
		n += s.size(i)
	}
	return n
}
