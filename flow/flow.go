// Package flow joins a base density and a bijection to a flow: x = T(u), u ~ p_u. The root package re-exports it.
package flow

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Flow describes a density: log p(x) = log p_u(T⁻¹(x)) + log |det J_{T⁻¹}(x)|.
type Flow struct {
	Base      dist.Distribution
	Transform bijection.Bijection
	Context   int // columns of the condition; 0: none
}

// Bound is a flow ready to be written into graphs.
type Bound struct {
	Base      dist.Bound
	Transform bijection.Bound
	Cond      graph.Shape // nil: no condition
	Specs     []param.Spec
}

// Bind declares the parameters: those of the base under "base", those of the transform under "transform".
func (f Flow) Bind() (*Bound, error) {
	r := param.NewRegistry()
	b, err := f.BindIn(r.Scope())
	if err != nil {
		return nil, err
	}
	b.Specs, err = r.Specs()
	if err != nil {
		return nil, err
	}
	return b, nil
}

// BindIn is Bind as a part of a larger model, whose registry has the parameters: Specs stays nil.
func (f Flow) BindIn(s *param.Scope) (*Bound, error) {
	if f.Base == nil || f.Transform == nil || f.Context < 0 {
		return nil, fmt.Errorf("%w: a flow needs a base, a transform and a number of context columns that is not negative", fault.ErrConfig)
	}
	var cond graph.Shape
	if f.Context > 0 {
		cond = graph.Shape{f.Context}
	}
	base, err := f.Base.Bind(s.Sub("base"), cond)
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	transform, err := f.Transform.Bind(s.Sub("transform"), base.Event(), cond)
	if err != nil {
		return nil, fmt.Errorf("transform: %w", err)
	}
	return &Bound{Base: base, Transform: transform, Cond: cond}, nil
}

// LogProb is the log-density of x per row, of shape [].
func (f *Bound) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	u, logDet := f.Transform.Inverse(b, x, cond)
	return graph.Add(f.Base.LogProb(b, u, cond), logDet)
}

// Sample draws lanes points for each row of the program, with their log-densities.
func (f *Bound) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) (x, logProb graph.Value) {
	if cond.Valid() {
		cond = graph.SpreadRows(cond, lanes)
	}
	u := f.Base.Sample(b, key, lanes, cond)
	x, logDet := f.Transform.Forward(b, u, cond)
	return x, graph.Sub(f.Base.LogProb(b, u, cond), logDet)
}
