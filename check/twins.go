package check

import (
	"math"
	"math/rand/v2"
	"slices"

	"diffeo"
	"diffeo/matrix"
)

// twins are rows of the table, and beside each a draw from the model under its own condition, as points of one space: if the model is right the two of a pair can
// be exchanged, and what exchanging them at random gives is the exact distribution of any statistic.
type twins struct{ truth, drawn rows64 }

// farthest is how far from the middle a coordinate of twins may lie, in deviations: outliers shall not outweigh all others.
const farthest = 8

// twins makes so many pairs at most. Their coordinates are those of the flow, angles as points on the circle, and of the condition; each is shifted by its
// median and scaled by its quartiles' distance over both sides.
func (s *subject) twins(most int, stream uint64) (twins, error) {
	random := rand.New(rand.NewPCG(s.o.Seed, stream))
	rows := random.Perm(s.z.Rows)[:min(most, s.z.Rows)]
	z, c := pick(s.z, rows), pick(s.c, rows)
	x := matrix.New[float64](z.Rows, z.Cols)
	if err := s.own.draw(s.ctx, diffeo.Draw{Seed: s.seed(stream)}, c, x); err != nil {
		return twins{}, err
	}
	t := twins{s.space(z, c), s.space(x, c)}
	for j := range t.truth.Cols {
		both := append(columnOf(t.truth, j), columnOf(t.drawn, j)...)
		slices.Sort(both)
		middle, scale := quantile(both, 0.5), quantile(both, 0.75)-quantile(both, 0.25)
		if !(scale > 0) {
			scale = 1
		}
		for _, m := range []rows64{t.truth, t.drawn} {
			for r := range m.Rows {
				v := (m.Row(r)[j] - middle) / scale * 1.349
				if v != v {
					v = farthest
				}
				m.Row(r)[j] = math.Min(math.Max(v, -farthest), farthest)
			}
		}
	}
	return t, nil
}

// space puts rows and their conditions into one space.
func (s *subject) space(z, c rows64) rows64 {
	cols := z.Cols + c.Cols
	for _, circle := range s.units.circle {
		if circle {
			cols++
		}
	}
	out := matrix.New[float64](z.Rows, cols)
	for r := range z.Rows {
		row := out.Row(r)[:0]
		for j, v := range z.Row(r) {
			if s.units.circle[j] {
				row = append(row, math.Cos(v), math.Sin(v))
			} else {
				row = append(row, v)
			}
		}
		if c.Rows > 0 {
			copy(out.Row(r)[len(row):], c.Row(r))
		}
	}
	return out
}
