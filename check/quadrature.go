package check

import (
	"context"
	"math"

	"diffeo/matrix"
)

// The points of each column at the refinements of a quadrature, by the number of columns.
var refinements = map[int][]int{1: {2000, 8000, 32000}, 2: {160, 320, 640}}

// quadrature integrates over all of ℝ or ℝ² by the midpoint rule in t, where every column is z = c + s·t/(1 − t²), −1 < t < 1, and c and s are
// the middle and the spread of the draws. For smooth densities that decay the error falls faster than any power of the step. It refines until
// that changes little. A circle is gone round in equal steps, which for periodic densities is as good.
func quadrature(ctx context.Context, f integrand, pool rows64, circle []bool) (total, error) {
	d := pool.Cols
	center, spread := make([]float64, d), make([]float64, d)
	column := make([]float64, pool.Rows)
	for j := range d {
		for r := range pool.Rows {
			column[r] = pool.Row(r)[j]
		}
		center[j] = quantile(column, 0.5)
		spread[j] = quantile(column, 0.9) - quantile(column, 0.1)
		if !(spread[j] > 0) {
			spread[j] = 1
		}
	}
	t := total{value: nan, uncertain: nan}
	for _, n := range refinements[d] {
		sum, err := midpoints(ctx, f, center, spread, circle, n)
		if err != nil {
			return t, err
		}
		t.uncertain = math.Abs(sum - t.value)
		t.value, t.points = sum, int(math.Pow(float64(n), float64(d)))
		if t.told() {
			break
		}
	}
	return t, nil
}

// midpoints is the integral with n points in each column.
func midpoints(ctx context.Context, f integrand, center, spread []float64, circle []bool, n int) (float64, error) {
	d := len(center)
	all := 1
	for range d {
		all *= n
	}
	z, weight := matrix.New[float64](min(all, piece), d), make([]float64, min(all, piece))
	sum := 0.0
	for from := 0; from < all; from += piece {
		k := min(piece, all-from)
		for r := range k {
			at, w := from+r, 1.0
			for j := range d {
				t := (2*float64(at%n)+1)/float64(n) - 1
				at /= n
				if circle[j] {
					z.Row(r)[j] = math.Pi * t
					w *= 2 * math.Pi / float64(n)
					continue
				}
				q := 1 - t*t
				z.Row(r)[j] = center[j] + spread[j]*t/q
				w *= spread[j] * (1 + t*t) / (q * q) * 2 / float64(n)
			}
			weight[r] = w
		}
		l, err := f(z.Slice(0, k))
		if err != nil {
			return 0, err
		}
		for r, v := range l {
			if v > negInf { // else, or NaN where a point is too far out, there is no density
				sum += weight[r] * math.Exp(v)
			}
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
	return sum, nil
}
