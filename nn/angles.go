package nn

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Angles shows a flow some columns of its condition, angles θ in radians, as points of the unit circle, so that nothing changes where an angle goes
// round: c becomes the columns that are no angles, then cos θ of each, then sin θ of each. It has no weights. Columns are ascending. Angles beyond ±10¹² count as ±10¹².
type Angles struct{ Columns []int }

// Bind implements Embedder. Errors: a condition that is no vector; no columns, such as are not ascending, or are none of the condition.
func (m Angles) Bind(_ *param.Scope, cond graph.Shape) (Net, graph.Shape, error) {
	n, err := columns(cond)
	if err != nil {
		return nil, nil, err
	}
	if len(m.Columns) == 0 {
		return nil, nil, fmt.Errorf("%w: no column of the condition is named as an angle", fault.ErrConfig)
	}
	numbers, err := besides(m.Columns, n, "a condition")
	if err != nil {
		return nil, nil, err
	}
	return angles{numbers, slices.Clone(m.Columns)}, graph.Shape{n + len(m.Columns)}, nil
}

// besides returns the columns that are no angles, of an input or a condition with so many.
func besides(angles []int, of int, what string) (numbers []int, err error) {
	for i, c := range angles {
		if c < 0 || c >= of || i > 0 && c <= angles[i-1] {
			return nil, fmt.Errorf("%w: angles in the columns %v of %s with %d: they must be ascending and among its columns, which begin at 0", fault.ErrConfig, angles, what, of)
		}
	}
	for i := range of {
		if !slices.Contains(angles, i) {
			numbers = append(numbers, i)
		}
	}
	return numbers, nil
}

type angles struct{ numbers, angles []int }

// Apply implements Net.
func (a angles) Apply(_ *graph.Builder, _, cond graph.Value) graph.Value {
	cond = tame(cond)
	theta := graph.Take(cond, 0, a.angles)
	parts := []graph.Value{graph.Cos(theta), graph.Sin(theta)}
	if len(a.numbers) > 0 {
		parts = slices.Insert(parts, 0, graph.Take(cond, 0, a.numbers))
	}
	return graph.Concat(0, parts...)
}
