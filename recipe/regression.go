package recipe

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// regression is v = s(c)·u + t(c), where t and log s are linear functions of the condition: by itself a linear regression of every column, with a variance that may change.
func (c Config) regression() bijection.Bijection {
	return bijection.Coupling{Mask: make([]bool, c.Dim), Map: scalar.Affine{Scale: regressionScale}, Net: nn.MLP{Hidden: []int{}}}
}

// regressionScale is that of the regression's factors.
var regressionScale = scalar.BoundedExp{Bound: 7}

// regressionWeights is where the numbers of a regression are: the first map of a chain.
const regressionWeights = "transform.transforms.0.conditioner.layers.0."

// What Regress asks for: rows for each number of the condition, and the least deviation that is left of a column, as a share of its own.
const (
	regressionRows  = 10
	regressionShare = 0.25
)

// Regress gives the regression of a flow that was made with Config.Regression its first values: those of least squares on rows x [N, Dim] of columns that are standardized, under
// conditions cond [N, Context]. Where posteriors are normal a fit is then good before it has learned anything, and a few rows do not have to teach its networks what a line is.
//
// A column of which the regression leaves less than a quarter of the deviation keeps the identity: its densities are so narrow beside the column that what they look like, apart from their
// place, is better learned by maps that follow the place. So do all of them where there are fewer than ten rows for each number of the condition.
//
// A flow without a regression is left as it is. Errors: fault.ErrShape for sizes that differ; fault.ErrNonFinite for rows that are not finite.
func Regress(c Config, params *param.Set, x, cond matrix.Matrix[float32]) error {
	switch {
	case !c.Regression || x.Rows < regressionRows*(cond.Cols+len(c.ContextAngles)+1):
		return nil
	case x.Rows != cond.Rows:
		return fmt.Errorf("%w: a regression of %d rows on conditions of %d", fault.ErrShape, x.Rows, cond.Rows)
	}
	cond = c.seen(cond)
	given, columns := withOnes(cond), wide(x)
	var square, product, line, fitted mat.Dense
	square.Mul(given.T(), given)
	product.Mul(given.T(), columns)
	for i := range cond.Cols { // a ridge of one row: conditions that are functions of each other have a solution
		square.Set(i, i, square.At(i, i)+1)
	}
	if err := line.Solve(&square, &product); err != nil {
		return fmt.Errorf("%w: a regression of %d rows on %d numbers: %w", fault.ErrNonFinite, x.Rows, cond.Cols, err)
	}
	fitted.Mul(given, &line)
	weights, bias := make([]float64, 2*x.Cols*cond.Cols), make([]float64, 2*x.Cols)
	for k := range x.Cols {
		left := 0.0
		for r := range x.Rows {
			e := columns.At(r, k) - fitted.At(r, k)
			left += e * e
		}
		deviation := math.Sqrt(left / float64(x.Rows))
		if !(deviation > regressionShare) {
			continue
		}
		for i := range cond.Cols {
			weights[k*cond.Cols+i] = line.At(i, k)
		}
		bound := regressionScale.Bound
		bias[k], bias[x.Cols+k] = line.At(cond.Cols, k), bound*math.Atanh(math.Log(deviation)/bound)
	}
	if err := params.Assign(regressionWeights+"context", weights); err != nil {
		return err
	}
	return params.Assign(regressionWeights+"bias", bias)
}

// seen is a condition as networks see it: what nn.Angles computes.
func (c Config) seen(cond matrix.Matrix[float32]) matrix.Matrix[float32] {
	if len(c.ContextAngles) == 0 {
		return cond
	}
	m := matrix.New[float32](cond.Rows, cond.Cols+len(c.ContextAngles))
	for r := range cond.Rows {
		row := m.Row(r)[:0]
		for k, v := range cond.Row(r) {
			if !slices.Contains(c.ContextAngles, k) {
				row = append(row, v)
			}
		}
		for _, of := range []func(float64) float64{math.Cos, math.Sin} {
			for _, k := range c.ContextAngles {
				row = append(row, float32(of(float64(cond.Row(r)[k]))))
			}
		}
	}
	return m
}

// withOnes is a matrix with a last column of ones.
func withOnes(m matrix.Matrix[float32]) *mat.Dense {
	d := mat.NewDense(m.Rows, m.Cols+1, nil)
	for r := range m.Rows {
		for k, v := range m.Row(r) {
			d.Set(r, k, float64(v))
		}
		d.Set(r, m.Cols, 1)
	}
	return d
}

func wide(m matrix.Matrix[float32]) *mat.Dense {
	d := mat.NewDense(m.Rows, m.Cols, nil)
	for r := range m.Rows {
		for k, v := range m.Row(r) {
			d.Set(r, k, float64(v))
		}
	}
	return d
}
