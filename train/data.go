package train

import (
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
)

// Data is a table in memory: rows of data, and beside each the row of its condition. Cond is the zero Matrix for a flow without
// context. Validation data may be the zero Data.
type Data[T matrix.Float] struct{ X, Cond matrix.Matrix[T] }

// check reports data that do not fit the flow, and cells that are not finite. what is for messages.
func (d Data[T]) check(what string, f *flow.Bound) error {
	dim, context := f.Transform.DataShape().Size(), f.Cond.Size()
	if f.Cond == nil {
		context = 0
	}
	if err := d.X.Check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := d.Cond.Check(); err != nil {
		return fmt.Errorf("%s: context: %w", what, err)
	}
	switch {
	case d.X.Rows > 0 && d.X.Cols != dim:
		return fmt.Errorf("%w: %s have %d columns, the flow %d", fault.ErrShape, what, d.X.Cols, dim)
	case context == 0 && d.Cond.Rows > 0:
		return fmt.Errorf("%w: %s have a context, the flow takes none", fault.ErrContext, what)
	case context > 0 && d.Cond.Rows != d.X.Rows || d.Cond.Rows > 0 && d.Cond.Cols != context:
		return fmt.Errorf("%w: %s have a context of %d×%d for %d rows, the flow needs %d columns of it beside every row",
			fault.ErrContext, what, d.Cond.Rows, d.Cond.Cols, d.X.Rows, context)
	}
	for kind, m := range map[string]matrix.Matrix[T]{"column": d.X, "context column": d.Cond} {
		for r := range m.Rows {
			for k, x := range m.Row(r) {
				if !finite(float64(x)) {
					return fmt.Errorf("%w: %s: row %d, %s %d is %v, and has to be a finite number", fault.ErrData, what, r, kind, k, x)
				}
			}
		}
	}
	return nil
}
