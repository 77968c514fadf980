package infer

import (
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
)

// Target is a density on ℝ^Dim known up to its constant Z, log p̃*(x) = log p*(x) + log Z. One of Graph and Func is set.
type Target struct {
	Dim int

	// Graph writes log p̃*(x), of shape [] per row, for x [Dim].
	Graph func(b *graph.Builder, x graph.Value) graph.Value

	// Func gives log p̃*(x) for one point and writes its gradient. It is called from one goroutine at a time, and slower than graph code. An error ends the
	// run; so does a number that is not finite.
	Func func(x, gradient []float64) (float64, error)
}

// checkSelf reports a target that is not one.
func (t Target) checkSelf() error {
	switch {
	case t.Dim < 1:
		return fmt.Errorf("%w: a target of %d columns", fault.ErrConfig, t.Dim)
	case (t.Graph == nil) == (t.Func == nil):
		return fmt.Errorf("%w: a target has either Graph or Func", fault.ErrConfig)
	}
	return nil
}

// check reports a target that is not one, or does not fit the flow.
func (t Target) check(f *flow.Bound) error {
	if err := t.checkSelf(); err != nil {
		return err
	}
	switch d := f.Transform.DataShape(); {
	case !d.Equal(graph.Shape{t.Dim}):
		return fmt.Errorf("%w: the flow has data of shape %v, the target of [%d]", fault.ErrShape, d, t.Dim)
	case f.Cond != nil:
		return fmt.Errorf("%w: the flow has a condition of %v columns, and the target none", fault.ErrContext, f.Cond)
	}
	return nil
}

// logDensity is log p̃*(x).
func (t Target) logDensity(b *graph.Builder, x graph.Value) graph.Value {
	if t.Func != nil {
		return graph.HostLogDensity("target", x, t.Func)
	}
	return t.Graph(b, x)
}
