package diffeo

import (
	"fmt"

	"diffeo/fault"
)

// checkSize reports a matrix that is not rows × cols.
func checkSize[T Float](name string, m Matrix[T], rows, cols int) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if m.Rows != rows || m.Cols != cols && rows > 0 {
		return fmt.Errorf("%w: %s is %d×%d, it has to be %d×%d", fault.ErrShape, name, m.Rows, m.Cols, rows, cols)
	}
	return nil
}

func checkLen(name string, have, want int) error {
	if have != want {
		return fmt.Errorf("%w: %s has %d numbers for %d rows", fault.ErrShape, name, have, want)
	}
	return nil
}

// checkInput reports wrong columns and cells that are not finite.
func (c *Compiled[T]) checkInput(name string, m Matrix[T], cols int) error {
	if err := checkSize(name, m, m.Rows, cols); err != nil {
		return err
	}
	return checkFinite(name, m)
}

// checkCond reports a condition that does not fit the flow or the number of rows.
func (c *Compiled[T]) checkCond(cond Matrix[T], rows int) error {
	switch {
	case c.context == 0 && cond.Rows == 0:
		return nil
	case c.context == 0:
		return fmt.Errorf("%w: the flow takes no condition, %d rows of one are given: pass the zero Matrix", fault.ErrContext, cond.Rows)
	case cond.Rows == 0 && rows > 0:
		return fmt.Errorf("%w: the flow needs a condition of %d columns beside every row", fault.ErrContext, c.context)
	case cond.Rows != rows || cond.Cols != c.context && rows > 0:
		return fmt.Errorf("%w: the condition is %d×%d, it has to be %d×%d", fault.ErrContext, cond.Rows, cond.Cols, rows, c.context)
	}
	if err := cond.Check(); err != nil {
		return fmt.Errorf("cond: %w", err)
	}
	return checkFinite("cond", cond)
}

// checkFinite reports the first cell that is NaN or infinite.
func checkFinite[T Float](name string, m Matrix[T]) error {
	for r := range m.Rows {
		for k, x := range m.Row(r) {
			if x-x != 0 { // also NaN
				return fmt.Errorf("%w: %s: row %d, column %d is %v, and has to be a finite number", fault.ErrData, name, r, k, x)
			}
		}
	}
	return nil
}
