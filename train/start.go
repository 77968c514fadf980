package train

import (
	"context"
	"fmt"

	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/matrix"
)

// First values are taken from so many rows at most, and of wide ones, images say, from so many numbers: rows are kept between one norm and the next.
const (
	startRows    = 4096
	startNumbers = 1 << 20
	fewestRows   = 256
)

// start gives maps that ask for it, such as activation norms, their first values from rows of the training data, taken evenly over the
// table, or, of a source that is no table, from its first batch. It does nothing for a flow without such maps, one that has started
// before, or one whose map is frozen.
func (t *trainer[T]) start(ctx context.Context) error {
	g, err := t.bound.StartGraph()
	if err != nil || len(g.Updates) == 0 || t.config.Freeze == FreezeMap {
		return err
	}
	x, cond := t.x, t.cond
	if b, ok := t.source.(*batches[T]); ok {
		rows := min(b.from.X.Rows, startRows, max(fewestRows, startNumbers/b.from.X.Cols))
		x, cond = evenly(b.from.X, rows), evenly(b.from.Cond, min(b.from.Cond.Rows, rows))
	} else if err := t.deal(ctx, 0); err != nil {
		return stopped(0, err)
	}
	n := x.Rows
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
	t.weights.begin()
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
