package model

import (
	"context"

	"diffeo"
	"diffeo/data"
	"diffeo/matrix"
)

// lowest is the noise of the lowest points of cells.
func lowest(int, int) float64 { return 0 }

// Noise is noise for the dequantized columns of rows, as it was trained with, so that rows with it can be compared with what the flow draws before that is rounded down: uniform,
// or where the model's noise was learned drawn from that, under the rows. It is a function of seed, stream and the row's number. Rows that are not in the support, or not finite,
// have noise too. Errors are those of LogProb for wrong sizes.
func (d *Density) Noise(ctx context.Context, seed uint64, stream uint32, x, cond matrix.Matrix[float64]) (data.Noise, error) {
	if !d.learned {
		return data.SeededNoise(seed, stream, 0, nil), nil
	}
	if err := d.checkRows(x, cond, x.Rows); err != nil {
		return nil, err
	}
	u := matrix.New[float64](x.Rows, len(d.cells))
	if err := d.engine.noise(ctx, diffeo.Draw{Seed: seed ^ uint64(stream)<<32}, x, cond, u); err != nil {
		return nil, err
	}
	place := make(map[int]int, len(d.cells))
	for i, col := range d.cells {
		place[col] = i
	}
	return func(row, col int) float64 {
		i, ok := place[col]
		if !ok {
			return 0.5 // nobody asks
		}
		return u.Row(row)[i]
	}, nil
}

// logWeight is log p(y)/q of rows, each at one point of its cells, less the cells' volume.
func (b *buffered[T]) logWeight(ctx context.Context, x, cond matrix.Matrix[float64], cells []int, point data.Noise, out []float64) error {
	return b.each(x.Rows, cond, func(p *pieces[T], z, c matrix.Matrix[T], from, to int) error {
		at := matrix.New[float64](to-from, len(cells))
		for r := range at.Rows {
			for i, col := range cells {
				at.Row(r)[i] = min(max(point(from+r, col), 0x1p-30), 1-0x1p-30) // q's map takes it to a quantile, which is finite inside alone
			}
		}
		logDet := p.logDet[:to-from]
		if err := data.TransformSupported(b.columns, x.Slice(from, to), lowest, z, logDet); err != nil {
			return placed(err, from, b.names[0])
		}
		if err := b.learned.LogProbAt(ctx, at, z, c, out[from:to]); err != nil {
			return err
		}
		for i, l := range logDet {
			out[from+i] += l - b.logCells
		}
		return nil
	})
}

// noise draws that of rows.
func (b *buffered[T]) noise(ctx context.Context, d diffeo.Draw, x, cond, u matrix.Matrix[float64]) error {
	z, c := matrix.New[T](x.Rows, x.Cols), matrix.New[T](x.Rows, cond.Cols)
	for r := range x.Rows {
		for _, side := range []struct {
			p    data.Preprocessing
			from matrix.Matrix[float64]
			to   matrix.Matrix[T]
		}{{b.columns, x, z}, {b.context, cond, c}} {
			if side.from.Rows == 0 {
				continue
			}
			if data.Transform(side.p, side.from.Slice(r, r+1), lowest, side.to.Slice(r, r+1), nil) != nil {
				clear(side.to.Row(r)) // such a row has no place in the flow
			}
		}
	}
	if cond.Rows == 0 {
		c = matrix.Matrix[T]{}
	}
	single := matrix.New[T](u.Rows, u.Cols)
	if err := b.learned.Noise(ctx, d, z, c, single); err != nil {
		return err
	}
	for r := range u.Rows {
		for k, v := range single.Row(r) {
			u.Row(r)[k] = float64(v)
		}
	}
	return nil
}
