package train

import (
	"fmt"

	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/param"
)

// weights are the numbers that training changes, in the order of the declarations.
type weights[T matrix.Float] struct {
	specs          []param.Spec
	p, m, v        [][]T // parameters and moments; m and v are nil for state
	best, previous [][]T // parameters of the best validation; state before the step
	at             map[string]int
}

func newWeights[T matrix.Float](specs []param.Spec, from *param.Set) (*weights[T], error) {
	n := len(specs)
	w := &weights[T]{
		specs: specs, p: make([][]T, n), m: make([][]T, n), v: make([][]T, n),
		best: make([][]T, n), previous: make([][]T, n), at: make(map[string]int, n),
	}
	for i, s := range specs {
		size := s.Shape.Size()
		values := from.Data(s.Name)
		if len(values) != size {
			return nil, fmt.Errorf("%w: parameter %q needs %d values, %d are given: are these weights of another flow?", fault.ErrShape, s.Name, size, len(values))
		}
		w.at[s.Name] = i
		w.p[i], w.best[i] = make([]T, size), make([]T, size)
		for k, x := range values {
			w.p[i][k] = T(x)
		}
		if s.State {
			w.previous[i] = make([]T, size)
			continue
		}
		w.m[i], w.v[i] = make([]T, size), make([]T, size)
	}
	w.keepBest()
	return w, nil
}

// keepBest notes the current parameters.
func (w *weights[T]) keepBest() {
	for i := range w.p {
		copy(w.best[i], w.p[i])
	}
}

// keepState and restoreState surround a step that may have to be undone: state changes before the loss is known to be finite.
func (w *weights[T]) keepState() {
	for i, s := range w.previous {
		copy(s, w.p[i])
	}
}

func (w *weights[T]) restoreState() {
	for i, s := range w.previous {
		copy(w.p[i], s)
	}
}

// assign writes the best parameters to a set.
func (w *weights[T]) assign(to *param.Set) error {
	var values []float64
	for i, s := range w.specs {
		values = values[:0]
		for _, x := range w.best[i] {
			values = append(values, float64(x))
		}
		if err := to.Assign(s.Name, values); err != nil {
			return err
		}
	}
	return nil
}
