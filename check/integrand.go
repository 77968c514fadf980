package check

import (
	"diffeo"
	"diffeo/matrix"
)

// integrand is the density given one condition, of the flow's units (or none).
func (s *subject) integrand(given rows64) (integrand, error) {
	cond, err := s.units.decodeContext(given)
	if err != nil {
		return nil, err
	}
	if len(s.units.grid) > 0 {
		return func(z rows64) ([]float64, error) {
			out := make([]float64, z.Rows)
			return out, s.own.logProb(s.ctx, z, repeat(given, z.Rows), out)
		}, nil
	}
	return func(z rows64) ([]float64, error) {
		x, logDet, _, err := s.units.decode(z)
		if err != nil {
			return nil, err
		}
		// A point without a part of the data's space counts nothing, and may have an x that cannot be scored.
		var at []int
		for r, l := range logDet {
			if l-l == 0 && finite(x.Row(r)) {
				at = append(at, r)
			}
		}
		if len(at) < x.Rows {
			x = pick(x, at)
		}
		l, _, err := s.scores(x, repeat(cond, x.Rows))
		if err != nil {
			return nil, err
		}
		out := make([]float64, z.Rows)
		for r := range out {
			out[r] = negInf
		}
		for i, r := range at {
			out[r] = l[i] + logDet[r]
		}
		return out, nil
	}, nil
}

// repeat is a matrix of n rows that are all the first of m; none where m has none.
func repeat(m rows64, n int) rows64 {
	if m.Rows == 0 {
		return rows64{}
	}
	to := matrix.New[float64](n, m.Cols)
	for r := range n {
		copy(to.Row(r), m.Row(0))
	}
	return to
}

// poolSize is the number of draws that tell where the density is.
const poolSize = 4096

// pool is draws from the model given one condition, in the flow's units. Drawing runs the map and no log-determinant.
func (s *subject) pool(given rows64) (rows64, error) {
	z := matrix.New[float64](poolSize, len(s.model.Columns))
	if err := s.own.draw(s.ctx, diffeo.Draw{Seed: s.o.Seed + streamKernels}, repeat(given, poolSize), z); err != nil {
		return z, err
	}
	var rows []int
	for r := range z.Rows {
		if finite(z.Row(r)) {
			rows = append(rows, r)
		}
	}
	return pick(z, rows), nil
}
