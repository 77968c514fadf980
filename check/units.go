package check

import (
	"math"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// units brings rows from the data's units to the flow's, and back. Only this file knows how a model keeps its preprocessing.
type units struct {
	columns, context data.Preprocessing
	grid             []int     // the columns that are dequantized
	period           []float64 // of columns that are angles; 0 for others
	circle           []bool    // the columns whose z is an angle, −π ≤ z < π
}

func unitsOf(m *model.Model) units {
	u := units{columns: model.Preprocessing(m.Columns), context: model.Preprocessing(m.Context)}
	return u.prepared()
}

// prepared fills in what follows from the columns' steps.
func (u units) prepared() units {
	u.grid, _ = u.columns.Cells()
	u.period = make([]float64, len(u.columns.Scale.Mean))
	u.circle = make([]bool, len(u.period))
	for j, steps := range u.columns.Steps {
		if len(steps) > 0 && steps[0].Kind == data.Circular {
			u.period[j] = steps[0].Period
		}
		n := len(steps)
		u.circle[j] = n > 0 && steps[n-1].Kind == data.Circular && u.columns.Scale.Mean[j] == 0 && u.columns.Scale.Std[j] == 1
	}
	return u
}

// encode returns every row in the flow's units; rows outside the support, or too far out, are NaN. Without noise a dequantized
// number goes to the middle of its cell.
func encode(p data.Preprocessing, x rows64, noise data.Noise) (rows64, error) {
	z := matrix.New[float64](x.Rows, x.Cols)
	if x.Rows == 0 {
		return z, nil
	}
	err := data.Transform(p, x, noise, z, nil)
	if !isFar(err) {
		return z, err
	}
	for r := range x.Rows {
		one := z.Slice(r, r+1)
		var own data.Noise
		if noise != nil {
			own = func(_, col int) float64 { return noise(r, col) }
		}
		err := data.Transform(p, x.Slice(r, r+1), own, one, nil)
		if isFar(err) {
			for j := range one.Cols {
				one.Row(0)[j] = nan
			}
		} else if err != nil {
			return z, err
		}
	}
	return z, nil
}

// shifts are the points around z that a difference of the way back needs, in units of decodeStep: preprocessing is smooth, and
// functions of numbers whose scale is 1.
var shifts = []float64{-1, -0.5, 0.5, 1}

const decodeStep = 1e-2

// neighbour is z moved by a shift in every column.
type neighbour struct{ z, x, again rows64 }

// its tells whether the neighbour's x is its own, and not that of another z.
func (n neighbour) its(r, j int) bool {
	z := n.z.Row(r)[j]
	return math.Abs(n.again.Row(r)[j]-z) <= 1e-6*math.Max(1, math.Abs(z))
}

func (u units) neighbour(z rows64, shift float64) (n neighbour, err error) {
	n.z, n.x = matrix.New[float64](z.Rows, z.Cols), matrix.New[float64](z.Rows, z.Cols)
	for r := range z.Rows {
		to := n.z.Row(r)
		for j, v := range z.Row(r) {
			to[j] = v + shift*decodeStep
		}
	}
	if err = data.Restore(u.columns, n.z, n.x); err == nil {
		n.again, err = encode(u.columns, n.x, nil)
	}
	return n, err
}

// decode returns every row z of the flow's units in the data's, and log |det dx/dz| by differences: column by column, since
// preprocessing does not mix them. Where z has no x of its own (beyond a circle's ends, or where the numbers of the
// support run out) the determinant is 0: such a z stands for no part of the data's space. exact tells rows whose difference
// is of fourth order from those at the end of a circle, where it is of the first.
func (u units) decode(z rows64) (x rows64, logDet []float64, exact []bool, err error) {
	at, err := u.neighbour(z, 0)
	if err != nil {
		return x, nil, nil, err
	}
	var near []neighbour
	for _, s := range shifts {
		n, err := u.neighbour(z, s)
		if err != nil {
			return x, nil, nil, err
		}
		near = append(near, n)
	}
	logDet, exact = make([]float64, z.Rows), make([]bool, z.Rows)
	for r := range z.Rows {
		exact[r] = true
		for j := range z.Cols {
			s, smooth := u.slope(at, near, r, j)
			logDet[r] += math.Log(math.Abs(s))
			exact[r] = exact[r] && smooth
		}
	}
	return at.x, logDet, exact, nil
}

// slope is dx/dz in one column, 0 where z has no x of its own.
func (u units) slope(at neighbour, near []neighbour, r, j int) (s float64, exact bool) {
	if !at.its(r, j) {
		return 0, false
	}
	between := func(a, b neighbour) float64 {
		d := b.x.Row(r)[j] - a.x.Row(r)[j]
		if p := u.period[j]; p > 0 { // an angle jumps where its numbers begin again
			d = math.Remainder(d, p)
		}
		return d / (b.z.Row(r)[j] - a.z.Row(r)[j])
	}
	low, high := near[1].its(r, j), near[2].its(r, j)
	switch {
	case low && high && near[0].its(r, j) && near[3].its(r, j):
		return (4*between(near[1], near[2]) - between(near[0], near[3])) / 3, true
	case low && high:
		return between(near[1], near[2]), false
	case low:
		return between(near[1], at), false
	case high:
		return between(at, near[2]), false
	}
	return 0, false
}

// decodeContext returns conditions of the flow's units in the data's.
func (u units) decodeContext(c rows64) (rows64, error) {
	if c.Rows == 0 {
		return rows64{}, nil
	}
	x := matrix.New[float64](c.Rows, c.Cols)
	return x, data.Restore(u.context, c, x)
}
