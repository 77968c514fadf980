package train

import (
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
)

// Data is a table in memory: rows of data, and beside each the row of its condition. Cond is the zero Matrix for a flow without
// context. Validation data may be the zero Data.
//
// Weights, where given, are one number for each row, finite and not negative, of which one at least is above 0: the likelihood is
// then Σ wᵢ log p(xᵢ) / Σ wᵢ. Only their ratios matter. nil: all rows count the same.
type Data[T matrix.Float] struct {
	X, Cond matrix.Matrix[T]
	Weights []T

	// Fresh, where it is not nil, changes every batch of training rows that is dealt: x holds the rows of X with the numbers rows, in the given pass, from
	// 1. It is for noise that is drawn anew in every pass; if it is a function of pass and row alone, results depend neither on threads nor on
	// interruptions. X itself is what first values and a checkpoint's fingerprint are taken from. An error ends training as an
	// interruption does. Validation data have none.
	Fresh func(pass int, rows []int, x matrix.Matrix[T]) error
}

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
	return d.checkWeights(what)
}

func (d Data[T]) checkWeights(what string) error {
	if d.Weights == nil {
		return nil
	}
	if len(d.Weights) != d.X.Rows {
		return fmt.Errorf("%w: %s have %d weights for %d rows", fault.ErrShape, what, len(d.Weights), d.X.Rows)
	}
	for r, w := range d.Weights {
		if !(w >= 0 && finite(float64(w))) {
			return fmt.Errorf("%w: %s: row %d has the weight %v, and weights are finite and not negative", fault.ErrData, what, r, w)
		}
	}
	if total := sum(d.Weights); d.X.Rows > 0 && total == 0 {
		return fmt.Errorf("%w: %s: every row has the weight 0, so that none is left; give one at least a weight above 0", fault.ErrData, what)
	}
	return nil
}
