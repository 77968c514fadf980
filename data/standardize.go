package data

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/matrix"
)

// Standardization is the diagonal affine map z = (x − mean)/std of every column, computed in float64. As a part of a model it is the
// last map from the base to the data, so that densities stay in the data's own units:
//
//	log p(x) = log p(z) − Σ log std
type Standardization struct {
	Mean []float64
	Std  []float64 // above 0
}

// Standardize measures a table's columns: the mean and the standard deviation with divisor n (ddof 0). A column that is constant,
// or whose numbers are too large or too close together for float64 to tell their spread, is an error wrapping
// fault.ErrData that names it: a density has no such column.
func Standardize(t Table) (Standardization, error) {
	m := t.Values
	s := Standardization{Mean: make([]float64, m.Cols), Std: make([]float64, m.Cols)}
	if m.Rows == 0 {
		return s, problemf(t.source(), "there are no rows to take a mean of")
	}
	n := float64(m.Rows)
	low, high := append([]float64(nil), m.Row(0)...), append([]float64(nil), m.Row(0)...)
	for r := range m.Rows {
		for k, x := range m.Row(r) {
			s.Mean[k] += x / n
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	// A second pass corrects the rounding of the first: Σ(x − mean) is 0 in exact arithmetic (Chan, Golub and LeVeque, 1983).
	rest := make([]float64, m.Cols)
	for r := range m.Rows {
		for k, x := range m.Row(r) {
			d := x - s.Mean[k]
			rest[k] += d
			s.Std[k] += d * d
		}
	}
	for k := range s.Mean {
		variance := s.Std[k]/n - (rest[k]/n)*(rest[k]/n)
		s.Mean[k] += rest[k] / n
		s.Std[k] = math.Sqrt(variance)
		switch {
		case low[k] == high[k]:
			return s, constantError(t, k, low[k])
		case !(s.Std[k] > 0) || math.IsInf(s.Std[k], 0) || math.IsInf(s.Mean[k], 0):
			return s, problemf(t.source(), "column %q: the spread of its numbers, %v to %v, cannot be told in float64; rescale it", t.name(k), low[k], high[k])
		}
	}
	return s, nil
}

func constantError(t Table, col int, x float64) error {
	return problemf(t.source(), "column %q is constant (%v in all %d rows): it has no density, and says nothing as a context; leave it out (--columns names those to keep)",
		t.name(col), x, t.Values.Rows)
}

// name of a column, for messages.
func (t Table) name(col int) string {
	if col < len(t.Columns) {
		return t.Columns[col]
	}
	return fmt.Sprint("c", col)
}

// Check reports a map that is not one: lengths that differ, a mean that is not finite, a deviation that is not above 0 and finite.
func (s Standardization) Check(columns int) error {
	if len(s.Mean) != columns || len(s.Std) != columns {
		return fmt.Errorf("%w: %d means and %d deviations for %d columns", fault.ErrShape, len(s.Mean), len(s.Std), columns)
	}
	for k := range s.Mean {
		if !finite(s.Mean[k]) || !finite(s.Std[k]) || s.Std[k] <= 0 {
			return fmt.Errorf("%w: column %d has mean %v and deviation %v", fault.ErrData, k, s.Mean[k], s.Std[k])
		}
	}
	return nil
}

// LogDet is log |det ∂z/∂x| = −Σ log std.
func (s Standardization) LogDet() float64 {
	sum := 0.0
	for _, x := range s.Std {
		sum -= math.Log(x)
	}
	return sum
}

// TooFar is the error of a number whose standardized value is not finite, or that is outside its column's support. It wraps fault.ErrData.
type TooFar struct {
	Row     int // from 0
	Column  string
	X       float64
	Support string // where the number is outside of: "" if it is only far from the others
}

func (e *TooFar) Error() string {
	return fmt.Sprintf("%v: row %d, column %s: %s", fault.ErrData, e.Row, e.Column, e.Problem("the column's mean to compute with"))
}

// Problem says what is wrong with the number; from what it is too far is the caller's to say.
func (e *TooFar) Problem(from string) string {
	if e.Support != "" {
		return fmt.Sprintf("%v is not in the column's support (%s)", e.X, e.Support)
	}
	return fmt.Sprintf("%v is too far from %s", e.X, from)
}

// Unwrap returns fault.ErrData.
func (e *TooFar) Unwrap() error { return fault.ErrData }

// Apply writes z = (x − mean)/std, rounded to T at the end. Errors: fault.ErrShape for sizes that differ; *TooFar, with the
// column's number from 0 as its name, where z is not finite in T.
func Apply[T matrix.Float](s Standardization, x matrix.Matrix[float64], z matrix.Matrix[T]) error {
	if err := s.sizes(x.Rows, x.Cols, z.Rows, z.Cols); err != nil {
		return err
	}
	for r := range x.Rows {
		to := z.Row(r)
		for k, v := range x.Row(r) {
			to[k] = T((v - s.Mean[k]) / s.Std[k])
			if !finite(float64(to[k])) {
				return &TooFar{Row: r, Column: fmt.Sprint(k), X: v}
			}
		}
	}
	return nil
}

// Invert writes x = mean + std·z. Errors: fault.ErrShape for sizes that differ.
func Invert[T matrix.Float](s Standardization, z matrix.Matrix[T], x matrix.Matrix[float64]) error {
	if err := s.sizes(z.Rows, z.Cols, x.Rows, x.Cols); err != nil {
		return err
	}
	for r := range z.Rows {
		to := x.Row(r)
		for k, v := range z.Row(r) {
			to[k] = s.Mean[k] + s.Std[k]*float64(v)
		}
	}
	return nil
}

func (s Standardization) sizes(rows, cols, toRows, toCols int) error {
	if cols != len(s.Mean) || toCols != cols || rows != toRows {
		return fmt.Errorf("%w: from %d×%d to %d×%d with %d standardized columns", fault.ErrShape, rows, cols, toRows, toCols, len(s.Mean))
	}
	return nil
}

func finite(x float64) bool { return x-x == 0 }
