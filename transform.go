package diffeo

import "context"

// Transform is the bijection alone, x = T(u): Forward goes from the base to the data, Inverse from the data to the base. logDet
// receives, for every row, log |det J| of the direction that is run. Errors are those of LogProb.
type Transform[T Float] struct{ c *Compiled[T] }

// Transform returns the flow's bijection with its weights.
func (c *Compiled[T]) Transform() Transform[T] { return Transform[T]{c} }

// Forward writes x = T(u) and log |det ∂x/∂u| for every row of u given the row of cond beside it.
func (t Transform[T]) Forward(ctx context.Context, u, cond, x Matrix[T], logDet []T) error {
	return t.run(ctx, t.c.forward, "u", u, cond, "x", x, logDet)
}

// Inverse writes u = T⁻¹(x) and log |det ∂u/∂x| for every row of x given the row of cond beside it.
func (t Transform[T]) Inverse(ctx context.Context, x, cond, u Matrix[T], logDet []T) error {
	return t.run(ctx, t.c.inverse, "x", x, cond, "u", u, logDet)
}

func (t Transform[T]) run(ctx context.Context, p *program[T], nameIn string, in, cond Matrix[T], nameOut string, out Matrix[T], logDet []T) error {
	if err := t.c.checkInput(nameIn, in, p.in); err != nil {
		return err
	}
	if err := t.c.checkCond(cond, in.Rows); err != nil {
		return err
	}
	if err := checkSize(nameOut, out, in.Rows, p.out); err != nil {
		return err
	}
	if err := checkLen("logDet", len(logDet), in.Rows); err != nil {
		return err
	}
	return p.run(ctx, &call[T]{rows: in.Rows, in: in, cond: cond, out: out, perRow: logDet})
}
