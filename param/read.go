package param

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"diffeo/fault"
	"diffeo/matrix"
)

// Reading returns a function that writes the values of all parameters that specs declares to to, an array for each, rounded to T. The
// processors share the work of computing first values, and nothing of that stays in memory. Errors (fault.ErrShape): the set holds the
// parameters of another model.
func Reading[T matrix.Float](s *Set, specs []Spec, to [][]T) (read func(), err error) {
	most, total := 0, 0
	for k, p := range specs {
		given, needed := 0, p.Shape.Size()
		if i, ok := s.at[p.Name]; ok {
			given = s.size(i)
		}
		if given != needed || len(to[k]) != needed {
			return nil, fmt.Errorf("%w: parameter %q needs %d values, %d are given: are these weights of another flow?", fault.ErrShape, p.Name, needed, given)
		}
		most, total = max(most, needed), total+needed
	}
	return func() {
		var next atomic.Int64
		work := func() {
			var buffer []float64
			for k := next.Add(1) - 1; int(k) < len(specs); k = next.Add(1) - 1 {
				buffer = readOne(s, specs[k].Name, to[k], buffer, most)
			}
		}
		var helpers sync.WaitGroup
		if total > few {
			for range min(runtime.GOMAXPROCS(0), len(specs)) - 1 {
				helpers.Go(work)
			}
		}
		work()
		helpers.Wait()
	}, nil
}

// readOne writes the values of one parameter. What is not held in float64 goes through a buffer of most numbers, which it makes when it has none.
func readOne[T matrix.Float](s *Set, name string, to []T, buffer []float64, most int) []float64 {
	i := s.at[name]
	s.mu.Lock()
	n := s.held[i]
	s.mu.Unlock()
	switch to := any(to).(type) {
	case []float64:
		s.read(i, n, to)
		return buffer
	case []float32:
		if n.single != nil {
			copy(to, n.single)
			return buffer
		}
	}
	if n.double == nil {
		if buffer == nil {
			buffer = make([]float64, most)
		}
		n.double = buffer[:len(to)]
		clear(n.double) // like new memory
		s.read(i, numbers{}, n.double)
	}
	for k, x := range n.double {
		to[k] = T(x)
	}
	return buffer
}

// few values are not worth another goroutine.
const few = 1 << 14
