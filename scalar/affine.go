package scalar

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Form says which side of an affine map is scaled. All forms give the same family of maps; trained parameters mean different
// things in each, and the libraries differ.
type Form uint8

// The forms of an affine map with factor s > 0 and shift t.
const (
	ScaleBase  Form = iota // x = s·u + t   (RealNVP, IAF, flowjax)
	ScaleData              // u = s·x + t   (zuko, nflows)
	CenterData             // u = s·(x − t) (MAF, normflows' sigmoid couplings)
)

// Affine is x = s·u + t (or another Form), log |dx/du| = ±log s, with theta = [t, raw] and s = Scale(raw).
// The zero value scales the base side by a BoundedExp. Domain and codomain are ℝ; s is positive for every finite theta.
type Affine struct {
	Scale Scale // nil: BoundedExp{}
	Form  Form
}

// Bind implements Map. Errors: an unknown form, a scale with a field out of its domain.
func (a Affine) Bind(*param.Scope, int) (Bound, error) {
	if a.Scale == nil {
		a.Scale = BoundedExp{}
	}
	if a.Form > CenterData {
		return nil, fmt.Errorf("%w: affine form %d is none of ScaleBase, ScaleData, CenterData", fault.ErrConfig, a.Form)
	}
	if err := a.Scale.Check(); err != nil {
		return nil, fmt.Errorf("affine map: %w", err)
	}
	return affine{a}, nil
}

type affine struct{ Affine }

func (affine) Params() int        { return 2 }
func (affine) Domain() Interval   { return Line }
func (affine) Codomain() Interval { return Line }

func (a affine) Forward(_ *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	switch a.Form {
	case ScaleData:
		return a.apply(u, theta, true, true)
	case CenterData:
		return a.apply(u, theta, true, false)
	}
	return a.apply(u, theta, false, false)
}

func (a affine) Inverse(_ *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	switch a.Form {
	case ScaleData:
		return a.apply(x, theta, false, false)
	case CenterData:
		return a.apply(x, theta, false, true)
	}
	return a.apply(x, theta, true, true)
}

// apply is v·s + t or, where the shift comes first, (v − t)·s, with 1/s in place of s where the map divides. Scales that are e to a bounded
// power make one op, which engines compute in one pass.
func (a affine) apply(v, theta graph.Value, divide, centered bool) (w, logDet graph.Value) {
	if e, ok := a.Scale.(bounded); ok {
		scale, bound := e.logScale()
		return graph.Affine(graph.AffineConfig{Scale: scale, Bound: bound, Divide: divide, Centered: centered}, v, theta)
	}
	t := row(theta, 0)
	s, log := a.Scale.Factor(row(theta, 1))
	times := graph.Mul
	if divide {
		times, log = graph.Div, graph.Neg(log)
	}
	if centered {
		return times(graph.Sub(v, t), s), log
	}
	return graph.Add(times(v, s), t), log
}
