package infer

import (
	"fmt"
	"math"

	"diffeo/data"
	"diffeo/fault"
)

// Interval is where a parameter lies, Low < θ < High. The zero Interval is the whole line; so is one from −Inf to +Inf.
type Interval struct{ Low, High float64 }

// Above is the interval from low to +Inf.
func Above(low float64) Interval { return Interval{low, math.Inf(1)} }

func (i Interval) line() bool {
	return i == Interval{} || math.IsInf(i.Low, -1) && math.IsInf(i.High, 1)
}

func (i Interval) holds(x float64) bool { return i.line() || x > i.Low && x < i.High }

func (i Interval) String() string {
	if i.line() {
		return "(-Inf, +Inf)"
	}
	return fmt.Sprintf("(%v, %v)", i.Low, i.High)
}

// spec is the bijection between the interval and the line, as a column's preprocessing: nearly the identity inside a bounded one, the log of one with a lower end, nothing for the
// line. Standardization follows.
func (i Interval) spec() (data.Spec, error) {
	switch {
	case i.line():
		return data.Spec{}, nil
	case math.IsNaN(i.Low) || math.IsNaN(i.High) || !(i.Low < i.High):
		return data.Spec{}, fmt.Errorf("%w: %v is no interval", fault.ErrConfig, i)
	case math.IsInf(i.Low, -1):
		return data.Spec{}, fmt.Errorf("%w: %v has an upper end alone: change the parameter's sign", fault.ErrConfig, i)
	case math.IsInf(i.High, 1):
		return data.Spec{Steps: []data.Step{{Kind: data.Log, Offset: 0 - i.Low}}}, nil
	}
	return data.Spec{Steps: []data.Step{{Kind: data.Bounded, Low: i.Low, High: i.High}}}, nil
}
