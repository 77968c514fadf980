package diffeo

import "context"

// LogProb writes to out the log-density, in nats, of every row of x [rows, Dim] given the row of cond [rows, Context] beside it. A flow
// without context takes the zero Matrix as cond. Points outside the support get −Inf.
//
// Errors: ErrShape for wrong columns or len(out) ≠ rows; ErrContext for a condition that is missing, superfluous or of the
// wrong size; ErrData for a cell that is not finite, with its row and column (counted from 0).
func (c *Compiled[T]) LogProb(ctx context.Context, x, cond Matrix[T], out []T) error {
	if err := c.checkInput("x", x, c.dim); err != nil {
		return err
	}
	if err := c.checkCond(cond, x.Rows); err != nil {
		return err
	}
	if err := checkLen("out", len(out), x.Rows); err != nil {
		return err
	}
	return c.logProb.run(ctx, &call[T]{rows: x.Rows, in: x, cond: cond, perRow: out})
}
