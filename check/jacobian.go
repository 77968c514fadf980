package check

import (
	"math"

	"diffeo/matrix"
)

// rowMap maps every row of in to the row of out beside it, in float64.
type rowMap func(in, out rows64) error

// steps are those of the differences, relative to the scale of each column. The largest is best for maps that are smooth; kinks of
// ReLUs and knots of splines lie close by in some columns, and there a smaller one is.
var steps = []float64{1e-4, 1e-5, 1e-6, 1e-7}

// moves are the points around x that one step needs, in units of it.
var moves = []float64{-1, -0.5, 0.5, 1}

// logDet is log |det ∂y/∂x| of a map at one point with its uncertainty, both in nats. It is NaN where the map is not finite nearby
// or has a kink that no step avoids.
type logDet struct{ value, uncertain float64 }

// logDetByDifferences is the log-determinant of f at x by central differences, extrapolated to step 0 (Richardson). Column by column that
// step is taken at which extrapolation changed least; the uncertainty is what the extrapolation of all columns changed.
func logDetByDifferences(f rowMap, x, scale []float64) (logDet, error) {
	n := len(x)
	best, second := make([]float64, n*n), make([]float64, n*n)
	perColumn := len(steps)*len(moves) + 1 // the point itself is beside every column
	group := min(n, max(1, piece/perColumn))
	in, out := matrix.New[float64](group*perColumn, n), matrix.New[float64](group*perColumn, n)
	smooth := true
	for from := 0; from < n; from += group {
		to := min(from+group, n)
		rows := (to - from) * perColumn
		for r := range rows {
			copy(in.Row(r), x)
			if k := r % perColumn; k > 0 {
				j := from + r/perColumn
				in.Row(r)[j] += steps[(k-1)/len(moves)] * moves[(k-1)%len(moves)] * scale[j]
			}
		}
		if err := f(in.Slice(0, rows), out.Slice(0, rows)); err != nil {
			return logDet{}, err
		}
		for j := from; j < to; j++ {
			at := (j - from) * perColumn
			smooth = column(in.Slice(at, at+perColumn), out.Slice(at, at+perColumn), j, best, second) && smooth
		}
	}
	if !smooth {
		return logDet{nan, nan}, nil
	}
	a, b := logAbsDet(best, n), logAbsDet(second, n)
	return logDet{a, math.Abs(a - b)}, nil
}

// column fills column j of the two Jacobians from the values around a point: the extrapolated difference of the best step, and what it was
// extrapolated from. It tells whether the map is finite and smooth there.
func column(in, out rows64, j int, best, second []float64) bool {
	n := out.Cols
	middle := out.Row(0)
	least := math.Inf(1)
	c := make([]float64, 2*n)
	for k := range steps {
		row := 1 + k*len(moves)
		wide, narrow := in.Row(row + 3)[j]-in.Row(row)[j], in.Row(row + 2)[j]-in.Row(row + 1)[j] // as they were rounded
		change := 0.0
		for i := range n {
			coarse, fine := (out.Row(row + 3)[i]-out.Row(row)[i])/wide, (out.Row(row + 2)[i]-out.Row(row + 1)[i])/narrow
			c[i], c[n+i] = (4*fine-coarse)/3, fine
			rounding := 4e-16 * math.Abs(middle[i]) / narrow
			change = math.Max(change, math.Abs(c[i]-fine)+rounding) // NaN stays
		}
		if change < least {
			least = change
			for i := range n {
				best[i*n+j], second[i*n+j] = c[i], c[n+i]
			}
		}
	}
	return !math.IsInf(least, 1) && !kink(in, out, j, best)
}

// kink tells whether the slopes on either side of the point differ at the smallest step.
func kink(in, out rows64, j int, jac []float64) bool {
	n := out.Cols
	low, high := in.Rows-3, in.Rows-2
	size, differ := 0.0, 0.0
	for i := range n {
		left := (out.Row(0)[i] - out.Row(low)[i]) / (in.Row(0)[j] - in.Row(low)[j])
		right := (out.Row(high)[i] - out.Row(0)[i]) / (in.Row(high)[j] - in.Row(0)[j])
		differ = math.Max(differ, math.Abs(left-right))
		size = math.Max(size, math.Abs(jac[i*n+j]))
	}
	const visible = 1e-3 // slopes of a smooth map differ by the step, 1e-7, times its relative curvature
	return !(differ <= visible*size)
}
