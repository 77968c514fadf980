package data

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/philox"
	"diffeo/matrix"
)

// Preprocessing brings the columns of a table to the units of a flow, and back: every column goes through its steps and then through
// z = (y − mean)/std. All of it is computed in float64 and is a part of the model, the last map from the base to the data, so that
// densities stay in the data's own units:
//
//	log p(x) = log p(z) + Σ log |dz/dx|
type Preprocessing struct {
	Steps [][]Step        // of every column, first the one nearest to the data; nil where no column has any
	Scale Standardization // of what the steps give
}

// Noise is the draw of column col beside row row for dequantization, in (0, 1).
type Noise func(row, col int) float64

// noiseKey keeps these draws apart from others of the same seed.
const noiseKey = 0x64657175 // "dequ"

// SeededNoise is noise that is a function of the seed, the stream, the pass over the rows and the row number alone. rows gives the number of each row
// (nil: its place). Row numbers are below 2⁴⁰; after 2²⁴ passes the noise repeats itself.
func SeededNoise(seed uint64, stream uint32, pass int, rows []int) Noise {
	key := [2]uint32{uint32(seed) ^ noiseKey, uint32(seed >> 32)}
	return func(row, col int) float64 {
		if rows != nil {
			row = rows[row]
		}
		return philox.Uniform(key, stream, uint64(row)|uint64(pass)<<40, col)
	}
}

// Standardized is preprocessing without steps.
func Standardized(s Standardization) Preprocessing { return Preprocessing{Scale: s} }

// of is the steps of a column.
func (p Preprocessing) of(col int) []Step {
	if p.Steps == nil {
		return nil
	}
	return p.Steps[col]
}

// Check reports preprocessing that is none: lengths that differ, a step that is none, dequantization after another step, a step that
// occurs twice. Errors wrap fault.ErrShape, ErrConfig or ErrData.
func (p Preprocessing) Check(columns int) error {
	if err := p.Scale.Check(columns); err != nil {
		return err
	}
	if p.Steps != nil && len(p.Steps) != columns {
		return fmt.Errorf("%w: steps of %d columns for %d columns", fault.ErrShape, len(p.Steps), columns)
	}
	for col, steps := range p.Steps {
		if err := checkSteps(steps); err != nil {
			return fmt.Errorf("column %d: %w", col, err)
		}
	}
	return nil
}

func checkSteps(steps []Step) error {
	for i, s := range steps {
		if err := s.Check(); err != nil {
			return err
		}
		if s.Kind == Dequantize && i > 0 {
			return fmt.Errorf("%w: dequantization is the first step, it comes after %v", fault.ErrConfig, steps[i-1])
		}
		if slices.ContainsFunc(steps[:i], func(o Step) bool { return o.Kind == s.Kind }) {
			return fmt.Errorf("%w: the step %s occurs twice", fault.ErrConfig, s.Kind)
		}
	}
	return nil
}

// Cells returns the columns that are dequantized, and Σ log width over them: what turns the density of the dequantized variables, which
// is constant in a cell if the noise is all there is, into the probability of the cell.
func (p Preprocessing) Cells() (columns []int, logWidth float64) {
	for col, steps := range p.Steps {
		if len(steps) > 0 && steps[0].Kind == Dequantize {
			columns = append(columns, col)
			logWidth += math.Log(steps[0].Width)
		}
	}
	return columns, logWidth
}

// Support describes where a column's numbers lie, in words; "" for all numbers. The cells of a grid have to lie where the steps after it want them.
func (p Preprocessing) Support(col int) string {
	text := ""
	for i, s := range p.of(col) {
		own := stepKinds[s.Kind].support(s)
		switch {
		case i == 0:
			text = own
		case p.of(col)[0].Kind == Dequantize:
			text += fmt.Sprintf(", with %s in all of their cell", own)
		}
	}
	return text
}

// value maps one number: y before the scale.
func (p Preprocessing) value(x float64, row, col int, noise Noise) (y, logDet float64, ok bool) {
	y = x
	for _, s := range p.Steps[col] {
		u := 0.5
		if s.Kind == Dequantize && noise != nil {
			u = noise(row, col)
		}
		var d float64
		if y, d, ok = s.Apply(y, u); !ok {
			return 0, 0, false
		}
		logDet += d
	}
	return y, logDet, true
}

// Transform writes z for every row of x, rounded to T at the end, and to logDet, unless it is nil, the row's Σ log |dz/dx|. Without
// noise a dequantized number goes to the middle of its cell.
//
// Errors: fault.ErrShape for sizes that differ; *TooFar, with the column's number from 0 as its name, for a number that
// is outside the column's support or whose z is not finite in T.
func Transform[T matrix.Float](p Preprocessing, x matrix.Matrix[float64], noise Noise, z matrix.Matrix[T], logDet []float64) error {
	return transform(p, x, noise, z, logDet, false)
}

// TransformSupported is Transform but for rows outside the support, which are no error: their logDet is −Inf, as the log of their
// density is, and z is 0.
func TransformSupported[T matrix.Float](p Preprocessing, x matrix.Matrix[float64], noise Noise, z matrix.Matrix[T], logDet []float64) error {
	return transform(p, x, noise, z, logDet, true)
}

func transform[T matrix.Float](p Preprocessing, x matrix.Matrix[float64], noise Noise, z matrix.Matrix[T], logDet []float64, skip bool) error {
	if err := p.Scale.sizes(x.Rows, x.Cols, z.Rows, z.Cols); err != nil {
		return err
	}
	if logDet != nil && len(logDet) != x.Rows {
		return fmt.Errorf("%w: %d log-determinants for %d rows", fault.ErrShape, len(logDet), x.Rows)
	}
	scale := p.Scale.LogDet()
	for r := range x.Rows {
		to, sum := z.Row(r), 0.0
		for k, v := range x.Row(r) {
			y, ok := v, true
			if p.Steps != nil && len(p.Steps[k]) > 0 {
				var d float64
				y, d, ok = p.value(v, r, k, noise)
				sum += d
			}
			if !ok && skip {
				sum = math.Inf(-1)
				clear(to)
				break
			}
			to[k] = T((y - p.Scale.Mean[k]) / p.Scale.Std[k])
			if !ok || !finite(float64(to[k])) {
				e := &TooFar{Row: r, Column: fmt.Sprint(k), X: v}
				if !ok {
					e.Support = p.Support(k)
				}
				return e
			}
		}
		if logDet != nil {
			logDet[r] = scale + sum
		}
	}
	return nil
}

// Restore writes the x of every row of z; each column stays on its support. Errors: fault.ErrShape for sizes that differ.
func Restore[T matrix.Float](p Preprocessing, z matrix.Matrix[T], x matrix.Matrix[float64]) error {
	if err := Invert(p.Scale, z, x); err != nil {
		return err
	}
	for col, steps := range p.Steps {
		for i := len(steps) - 1; i >= 0; i-- {
			for r := range x.Rows {
				x.Row(r)[col] = steps[i].Invert(x.Row(r)[col])
			}
		}
	}
	return nil
}
