package train

import (
	"context"
	"fmt"

	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/matrix"
)

// startRows is the most rows that first values are taken from.
const startRows = 4096

// start gives maps that ask for it, such as activation norms, their first values from rows of the training data, taken evenly over the
// table. It does nothing for a flow without such maps, or one that has started before.
func (t *trainer[T]) start(ctx context.Context, d Data[T]) error {
	g, err := t.bound.StartGraph()
	if err != nil || len(g.Updates) == 0 {
		return err
	}
	n := min(d.X.Rows, startRows)
	x := evenly(d.X, n)
	var cond matrix.Matrix[T]
	if t.bound.Cond != nil {
		cond = evenly(d.Cond, n)
	}
	p, err := compile(g, nil, t.config.Threads, t.find(x, cond), func(string) cpu.Array[T] { return cpu.Array[T]{} })
	if err != nil {
		return err
	}
	p.args.Rows = n
	if err := p.Run(ctx, &p.args); err != nil {
		return stopped(0, err)
	}
	for i, s := range t.bound.Specs {
		for _, v := range t.weights.p[i] {
			if !finite(float64(v)) {
				return fmt.Errorf("%w: the data give %s a first value of %g: rescale the columns", fault.ErrNonFinite, s.Name, float64(v))
			}
		}
	}
	t.weights.keepBest()
	return nil
}

// evenly is n rows of a matrix at equal distances.
func evenly[T matrix.Float](m matrix.Matrix[T], n int) matrix.Matrix[T] {
	out := matrix.New[T](n, m.Cols)
	for i := range n {
		copy(out.Row(i), m.Row(i*m.Rows/n))
	}
	return out
}
