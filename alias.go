package diffeo

import (
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// Flow describes a density: a base and a bijection, without weights and number type.
type Flow = flow.Flow

// Float is a number type that flows are computed in.
type Float = matrix.Float

// Matrix is a row-major batch: one row is one data point.
type Matrix[T Float] = matrix.Matrix[T]

// Params holds the weights of a flow by name.
type Params = param.Set

// Errors that everything here wraps.
var (
	ErrShape     = fault.ErrShape     // a matrix, column count or parameter does not have the size that is needed
	ErrConfig    = fault.ErrConfig    // a configuration field or option is out of its domain
	ErrData      = fault.ErrData      // a table is missing, malformed, or holds a cell that is not a finite number
	ErrContext   = fault.ErrContext   // a condition is missing, superfluous, or has the wrong columns
	ErrModel     = fault.ErrModel     // a model file is corrupt, truncated, or of an unknown version
	ErrNonFinite = fault.ErrNonFinite // a computation gave NaN or an infinity where a number is needed
)

// Init returns first weights for a flow: each parameter's initialiser with a random stream that is a function of the seed and the
// parameter's name. Errors are those of binding the flow.
func Init(f Flow, seed uint64) (*Params, error) {
	bound, err := f.Bind()
	if err != nil {
		return nil, err
	}
	return param.New(bound.Specs, seed), nil
}
