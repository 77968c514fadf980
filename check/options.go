package check

import (
	"fmt"

	"diffeo/fault"
	"diffeo/matrix"
)

// Rows are rows of a table in the data's own units, with the rows of the model's context beside them, both in the order of the model's
// columns. The zero Rows is no table: then rows are drawn from the model, and what needs a table is not asked.
type Rows struct {
	X    matrix.Matrix[float64]
	Cond matrix.Matrix[float64] // zero for a model without context
}

// Options of a check. The zero value is a good choice.
type Options struct {
	RoundTrips int    // rows of each round trip; 0: 1000
	Jacobians  int    // rows whose Jacobian is taken, each direction; 0: 16, and fewer beyond 64 columns
	Draws      int    // points of an importance-sampled integral; 0: 40000
	Conditions int    // rows of context under which the integral is taken; 0: 3
	Seed       uint64 // of the rows that are chosen and of what is drawn
	Threads    int    // as in diffeo.Options
}

func (o Options) filled() (Options, error) {
	for _, f := range []struct {
		name string
		to   *int
		zero int
	}{{"RoundTrips", &o.RoundTrips, 1000}, {"Jacobians", &o.Jacobians, 16}, {"Draws", &o.Draws, 40000}, {"Conditions", &o.Conditions, 3}} {
		if *f.to < 0 {
			return o, fmt.Errorf("%w: %s: %d", fault.ErrConfig, f.name, *f.to)
		}
		if *f.to == 0 {
			*f.to = f.zero
		}
	}
	return o, nil
}

// check reports rows that do not fit a model of so many columns and columns of context.
func (r Rows) check(columns, context int) error {
	if err := r.X.Check(); err != nil {
		return err
	}
	if err := r.Cond.Check(); err != nil {
		return err
	}
	switch {
	case r.X.Rows == 0 && context > 0:
		return fmt.Errorf("%w: a model with context is checked at rows of a table: give some, with the %d columns of its context", fault.ErrContext, context)
	case r.X.Rows > 0 && r.X.Cols != columns:
		return fmt.Errorf("%w: rows of %d columns, the model has %d", fault.ErrShape, r.X.Cols, columns)
	case context == 0 && r.Cond.Rows > 0:
		return fmt.Errorf("%w: the model has no context, %d rows of one are given", fault.ErrContext, r.Cond.Rows)
	case context > 0 && (r.Cond.Rows != r.X.Rows || r.Cond.Cols != context):
		return fmt.Errorf("%w: the context is %d×%d, the model needs %d×%d", fault.ErrContext, r.Cond.Rows, r.Cond.Cols, r.X.Rows, context)
	}
	return nil
}
