package dequant

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/recipe"
	"diffeo/scalar"
)

// ColumnNoise says how large noise q(u|x) of columns of a table is: logistic noise goes through inverse autoregressive maps (recipe.IAF) whose networks see the row, and
// through a sigmoid. It begins near uniform noise. Rows should be about 0 and of the order of 1, as networks want them: standardize them, and give Model.Widths
// in their units.
type ColumnNoise struct {
	Columns    int   // n, those of whole numbers
	Context    int   // D, the columns of a row, or those and the columns of the density's condition
	Transforms int   // 0: 2
	Hidden     []int // units of each hidden layer of the networks; nil: 64, 64
}

// Flow is the noise as a flow. Errors wrap fault.ErrConfig.
func (c ColumnNoise) Flow() (flow.Flow, error) {
	if c.Transforms == 0 {
		c.Transforms = 2
	}
	if c.Hidden == nil {
		c.Hidden = []int{64, 64}
	}
	f, err := recipe.IAF(recipe.Config{Dim: c.Columns, Context: c.Context, Transforms: c.Transforms, Hidden: c.Hidden})
	if err != nil {
		return f, fmt.Errorf("noise: %w", err)
	}
	f.Base = dist.Logistic{Dim: c.Columns}
	f.Transform = bijection.Chain{Transforms: []bijection.Bijection{f.Transform, bijection.Static{Map: scalar.SigmoidMap{}}}}
	return f, nil
}
