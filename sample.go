package diffeo

import (
	"context"
	"fmt"

	"diffeo/fault"
)

// Draw names random numbers: each row's are a function of Seed and of the row's number, First for the first row of a call. A
// stream that is drawn in pieces, each with the First that follows, is the same as one drawn at once.
type Draw struct {
	Seed  uint64
	First uint64
}

// Sample fills x [rows, Dim] with draws, one for each row of cond: draw r is from the density given row r of cond. A flow without context
// takes the zero Matrix as cond. For several draws from each condition see SampleEach.
//
// Errors: ErrShape for wrong columns; ErrContext for a condition that is missing, superfluous or of the wrong size; ErrData
// for a cell of it that is not finite.
func (c *Compiled[T]) Sample(ctx context.Context, d Draw, cond, x Matrix[T]) error {
	if err := c.checkDraw(cond, x); err != nil {
		return err
	}
	return c.sample.run(ctx, &call[T]{rows: x.Rows, cond: cond, out: x, draw: d})
}

// SampleAndLogProb is Sample that also writes the log-density of every draw, without inverting the transform. It agrees with LogProb
// of the draws up to rounding. len(out) must be the number of rows.
func (c *Compiled[T]) SampleAndLogProb(ctx context.Context, d Draw, cond, x Matrix[T], out []T) error {
	if err := c.checkDraw(cond, x); err != nil {
		return err
	}
	if err := checkLen("out", len(out), x.Rows); err != nil {
		return err
	}
	return c.sampleLogProb.run(ctx, &call[T]{rows: x.Rows, cond: cond, out: x, perRow: out, draw: d})
}

// SampleEach draws n times from the density given each row of cond: rows r·n … r·n+n−1 of x [cond.Rows·n, Dim] belong to row r of cond. The
// numbers are those of Sample with each condition repeated n times, and d.First counts conditions.
// A flow without context has no conditions to draw from: that is ErrContext, use Sample.
func (c *Compiled[T]) SampleEach(ctx context.Context, d Draw, n int, cond, x Matrix[T]) error {
	switch {
	case c.context == 0:
		return fmt.Errorf("%w: SampleEach draws from each condition, and this flow has none: use Sample", fault.ErrContext)
	case n < 1:
		return fmt.Errorf("%w: %d draws from each condition", fault.ErrConfig, n)
	}
	if err := checkSize("x", x, cond.Rows*n, c.dim); err != nil {
		return err
	}
	if err := c.checkCond(cond, cond.Rows); err != nil {
		return err
	}
	const piece = 4096 // rows whose repeated conditions are held at once
	repeated := c.scratch(min(piece, x.Rows))
	defer c.keep(repeated)
	for from := 0; from < x.Rows; from += piece {
		to := min(from+piece, x.Rows)
		part := repeated.m.Slice(0, to-from)
		for r := from; r < to; r++ {
			copy(part.Row(r-from), cond.Row(r/n))
		}
		at := call[T]{rows: to - from, cond: part, out: x.Slice(from, to), draw: Draw{d.Seed, d.First*uint64(n) + uint64(from)}}
		if err := c.sample.run(ctx, &at); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (c *Compiled[T]) checkDraw(cond, x Matrix[T]) error {
	if err := checkSize("x", x, x.Rows, c.dim); err != nil {
		return err
	}
	return c.checkCond(cond, x.Rows)
}
