// Package fault holds the sentinel errors of Diffeo. It is a leaf: every layer wraps these with what, where
// and what to do, and the root package re-exports them. Test with errors.Is.
package fault

import "errors"

var (
	// ErrShape says that a matrix, column count or parameter does not have the size that is needed.
	ErrShape = errors.New("wrong shape")
	// ErrConfig says that a configuration field or option is out of its domain.
	ErrConfig = errors.New("bad configuration")
	// ErrData says that a table is missing, malformed, or holds a cell that is not a finite number.
	ErrData = errors.New("bad data")
	// ErrContext says that a condition is missing, superfluous, or has the wrong columns.
	ErrContext = errors.New("bad context")
	// ErrModel says that a model file is corrupt, truncated, or of an unknown version.
	ErrModel = errors.New("bad model file")
	// ErrNonFinite says that a computation gave NaN or an infinity where a number is needed.
	ErrNonFinite = errors.New("non-finite value")
)
