package train

import (
	"fmt"
	"strings"
	"sync"

	"diffeo/fault"
	"diffeo/internal/memory"
	"diffeo/matrix"
	"diffeo/param"
)

// weights are the numbers that training changes, in the order of the declarations.
type weights[T matrix.Float] struct {
	specs          []param.Spec
	p, m, v        [][]T // parameters and moments; m and v are nil for what no gradient moves: state, and what is frozen
	best, previous [][]T // kept parameters; what no gradient moves, before the step
	average        [][]T // moving averages of the parameters; nil: none are kept
	at             map[string]int
	filling        sync.WaitGroup // until the parameters have their first values
}

// frozen tells whether a parameter or state belongs to the part of a flow that Config.Freeze names.
func frozen(s param.Spec, part string) bool {
	return part != "" && strings.HasPrefix(s.Name, map[string]string{FreezeBase: "base.", FreezeMap: "transform."}[part])
}

// newWeights makes place for everything, and begins to write the first values: there is time for that while the training step is compiled.
// Wait for filling before anything is read.
func newWeights[T matrix.Float](specs []param.Spec, from *param.Set, c Config) (*weights[T], error) {
	n := len(specs)
	w := &weights[T]{
		specs: specs, p: make([][]T, n), m: make([][]T, n), v: make([][]T, n),
		best: make([][]T, n), previous: make([][]T, n), at: make(map[string]int, n),
	}
	sizes, trained := make([]int, 3*n), 0
	for i, s := range specs {
		sizes[3*i] = s.Shape.Size()
		if !s.State && !frozen(s, c.Freeze) {
			trained++
			sizes[3*i+1], sizes[3*i+2] = sizes[3*i], sizes[3*i]
		}
	}
	if trained == 0 && c.Freeze != "" {
		return nil, fmt.Errorf("%w: Freeze: %s: nothing is left to train, all parameters of this flow belong to its %[2]s", fault.ErrConfig, c.Freeze)
	}
	arrays := memory.Arrays[T](sizes...)
	for i, s := range specs {
		size := sizes[3*i]
		w.at[s.Name] = i
		w.p[i], w.best[i] = arrays[3*i], make([]T, size)
		if s.State || frozen(s, c.Freeze) {
			w.previous[i] = make([]T, size)
			continue
		}
		w.m[i], w.v[i] = arrays[3*i+1], arrays[3*i+2]
	}
	if c.Average > 0 {
		w.average = make([][]T, n)
		for i := range w.average {
			w.average[i] = make([]T, sizes[3*i])
		}
	}
	read, err := param.Reading(from, specs, w.p)
	if err != nil {
		return nil, err
	}
	w.filling.Go(func() {
		read()
		w.begin()
	})
	return w, nil
}

// begin makes the parameters the kept ones and their own average.
func (w *weights[T]) begin() {
	for i := range w.average {
		copy(w.average[i], w.p[i])
	}
	w.keepBest()
}

// current are the parameters that training would give if it ended now: the averages, or where there are none the last ones.
func (w *weights[T]) current() [][]T {
	if w.average != nil {
		return w.average
	}
	return w.p
}

// keepBest notes the current parameters.
func (w *weights[T]) keepBest() {
	for i, p := range w.current() {
		copy(w.best[i], p)
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

// restoreFrozen undoes what a step has done to the state of a frozen part.
func (w *weights[T]) restoreFrozen(part string) {
	for i, s := range w.previous {
		if s != nil && frozen(w.specs[i], part) {
			copy(w.p[i], s)
		}
	}
}

// assign hands the best parameters to a set. Training has ended then.
func (w *weights[T]) assign(to *param.Set) error {
	for i, s := range w.specs {
		if err := param.Adopt(to, s.Name, w.best[i]); err != nil {
			return err
		}
	}
	return nil
}
