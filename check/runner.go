package check

import (
	"context"

	"diffeo"
	"diffeo/bijection"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/model"
)

// rows64 is what checks compute with, whatever the model's precision.
type rows64 = matrix.Matrix[float64]

// runner runs a flow in its own units. Rows that are not finite give results that are not a number instead of an error: a broken map is
// what checks are for.
type runner interface {
	forward(ctx context.Context, u, cond, x rows64, logDet []float64) error
	inverse(ctx context.Context, x, cond, u rows64, logDet []float64) error
	logProb(ctx context.Context, x, cond rows64, out []float64) error
	draw(ctx context.Context, d diffeo.Draw, cond, x rows64) error        // from the flow
	drawBase(ctx context.Context, d diffeo.Draw, cond, u rows64) error    // from its base
	baseLogProb(ctx context.Context, u, cond rows64, out []float64) error // of the base alone
	round(x rows64)                                                       // to the runner's number type
}

// newRunner compiles the model's flow in a precision.
func newRunner(m *model.Model, precision string, o diffeo.Options) (runner, error) {
	if precision == model.Float64 {
		return newTyped[float64](m, o)
	}
	return newTyped[float32](m, o)
}

// typed is a runner in T. The base alone is a flow with the identity for its transform: its parameters have the same names.
type typed[T matrix.Float] struct{ flow, base *diffeo.Compiled[T] }

func newTyped[T matrix.Float](m *model.Model, o diffeo.Options) (*typed[T], error) {
	f, err := diffeo.Compile[T](m.Flow, m.Params, o)
	if err != nil {
		return nil, err
	}
	alone := flow.Flow{Base: m.Flow.Base, Transform: bijection.Chain{}, Context: m.Flow.Context}
	base, err := diffeo.Compile[T](alone, m.Params, o)
	return &typed[T]{f, base}, err
}

// piece is the rows that are converted at once.
const piece = 4096

// call is one computation on a piece: from in to out and one number a row, either of which may be absent.
type call[T matrix.Float] func(from int, in, cond, out matrix.Matrix[T], perRow []T) error

// each makes a call on every piece.
func each[T matrix.Float](n int, in, cond, out rows64, perRow []float64, f call[T]) error {
	size := min(n, piece)
	a, c, b, l := matrix.New[T](size, in.Cols), matrix.New[T](size, cond.Cols), matrix.New[T](size, out.Cols), make([]T, size)
	bad := make([]bool, size)
	for from := 0; from < n; from += piece {
		k := min(piece, n-from)
		clear(bad)
		copyRows(a, in, from, k, bad)
		copyRows(c, cond, from, k, bad)
		given := c.Slice(0, k)
		if cond.Rows == 0 {
			given = matrix.Matrix[T]{}
		}
		if err := f(from, a.Slice(0, k), given, b.Slice(0, k), l[:k]); err != nil {
			return err
		}
		for r := range k {
			if out.Rows > 0 {
				for j, x := range b.Row(r) {
					out.Row(from + r)[j] = float64(x)
					if bad[r] {
						out.Row(from + r)[j] = nan
					}
				}
			}
			if perRow != nil {
				perRow[from+r] = float64(l[r])
				if bad[r] {
					perRow[from+r] = nan
				}
			}
		}
	}
	return nil
}

// copyRows converts rows; those that are not finite become zeros and are marked.
func copyRows[T matrix.Float](to matrix.Matrix[T], from rows64, at, n int, bad []bool) {
	if from.Rows == 0 {
		return
	}
	for r := range n {
		row := to.Row(r)
		for j, x := range from.Row(at + r) {
			row[j] = T(x)
			if row[j]-row[j] != 0 {
				bad[r] = true
				clear(row)
				break
			}
		}
	}
}

func (t *typed[T]) forward(ctx context.Context, u, cond, x rows64, logDet []float64) error {
	return each(u.Rows, u, cond, x, logDet, func(_ int, in, c, out matrix.Matrix[T], l []T) error {
		return t.flow.Transform().Forward(ctx, in, c, out, l)
	})
}

func (t *typed[T]) inverse(ctx context.Context, x, cond, u rows64, logDet []float64) error {
	return each(x.Rows, x, cond, u, logDet, func(_ int, in, c, out matrix.Matrix[T], l []T) error {
		return t.flow.Transform().Inverse(ctx, in, c, out, l)
	})
}

func (t *typed[T]) logProb(ctx context.Context, x, cond rows64, out []float64) error {
	return each(x.Rows, x, cond, rows64{}, out, func(_ int, in, c, _ matrix.Matrix[T], l []T) error {
		return t.flow.LogProb(ctx, in, c, l)
	})
}

func (t *typed[T]) baseLogProb(ctx context.Context, u, cond rows64, out []float64) error {
	return each(u.Rows, u, cond, rows64{}, out, func(_ int, in, c, _ matrix.Matrix[T], l []T) error {
		return t.base.LogProb(ctx, in, c, l)
	})
}

func (t *typed[T]) draw(ctx context.Context, d diffeo.Draw, cond, x rows64) error {
	return drawPieces(ctx, t.flow, d, cond, x)
}

func (t *typed[T]) drawBase(ctx context.Context, d diffeo.Draw, cond, u rows64) error {
	return drawPieces(ctx, t.base, d, cond, u)
}

func drawPieces[T matrix.Float](ctx context.Context, f *diffeo.Compiled[T], d diffeo.Draw, cond, x rows64) error {
	return each(x.Rows, rows64{}, cond, x, nil, func(from int, _, c, out matrix.Matrix[T], _ []T) error {
		return f.Sample(ctx, diffeo.Draw{Seed: d.Seed, First: d.First + uint64(from)}, c, out)
	})
}

func (t *typed[T]) round(x rows64) {
	for r := range x.Rows {
		row := x.Row(r)
		for j, v := range row {
			row[j] = float64(T(v))
		}
	}
}
