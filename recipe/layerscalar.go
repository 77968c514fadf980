package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/scalar"
)

// named looks a word of a description up in a table of names.
func named[T any](what, word string, table map[string]T) (T, error) {
	v, ok := table[word]
	if !ok {
		return v, fmt.Errorf("%w: %s: %.40q is none of %q", fault.ErrConfig, what, word, slices.Sorted(maps.Keys(table)))
	}
	return v, nil
}

// The tables of names of options.
var (
	forms = map[string]scalar.Form{"": scalar.ScaleBase, "base": scalar.ScaleBase, "data": scalar.ScaleData, "center": scalar.CenterData}
	laws  = map[string]scalar.Law{"": scalar.Logistic, "logistic": scalar.Logistic, "normal": scalar.Normal}
	rules = map[string]scalar.Rule{"": scalar.ClenshawCurtis, "clenshaw-curtis": scalar.ClenshawCurtis, "gauss-legendre": scalar.GaussLegendre}
)

func affineLayer(m *LayerMap) (scalar.Map, error) {
	form, err := named("form", take(&m.Form), forms)
	if err != nil {
		return nil, err
	}
	scale, err := scaled(&m.Scale)
	return scalar.Affine{Form: form, Scale: scale}, err
}

func tailLayer(m *LayerMap) (scalar.Map, error) {
	scale, err := scaled(&m.Scale)
	return scalar.Tail{Scale: scale}, err
}

func (m *LayerMap) spline() scalar.RationalQuadratic {
	return scalar.RationalQuadratic{Bins: take(&m.Bins), Low: take(&m.Low), High: take(&m.High), MinWidth: take(&m.MinWidth), MinHeight: take(&m.MinHeight),
		MinSlope: take(&m.MinSlope), Boxed: take(&m.Boxed), LearnedEnds: take(&m.LearnedEnds), SharedEnds: take(&m.SharedEnds), Unshifted: take(&m.Unshifted),
		BinScale: take(&m.BinScale), SoftClip: take(&m.SoftClip), OnBase: take(&m.OnBase)}
}

func polynomialSplineLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.PolynomialSpline{Degree: take(&m.Degree), Bins: take(&m.Bins), Low: take(&m.Low), High: take(&m.High), MinWidth: take(&m.MinWidth),
		MinHeight: take(&m.MinHeight), MinSlope: take(&m.MinSlope), Boxed: take(&m.Boxed), Unshifted: take(&m.Unshifted), OnBase: take(&m.OnBase)}, nil
}

func circularLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.Circular{Spline: m.spline(), Offset: take(&m.Offset), Fixed: take(&m.Fixed), UnitSeam: take(&m.UnitSeam)}, nil
}

func turnLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.Rotation{Low: take(&m.Low), High: take(&m.High), By: take(&m.By)}, nil
}

func bernsteinLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.Bernstein{Degree: take(&m.Degree), Bound: take(&m.Bound), Free: take(&m.Free), Unshifted: take(&m.Unshifted), Margin: take(&m.Margin)}, nil
}

func sumOfSquaresLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.SumOfSquares{Polynomials: take(&m.Terms), Degree: take(&m.Degree), Bound: take(&m.Bound), Reach: take(&m.Reach), MinSlope: take(&m.MinSlope),
		NoShift: take(&m.NoShift)}, nil
}

func mixtureLayer(m *LayerMap) (scalar.Map, error) {
	law, err := named("law", take(&m.Law), laws)
	if err != nil {
		return nil, err
	}
	scale, err := scaled(&m.Scale)
	return scalar.MixtureCDF{Components: take(&m.Terms), Law: law, Weights: take(&m.Weights), Scale: scale, Spread: take(&m.Spread), Together: take(&m.Together),
		Squeeze: take(&m.Squeeze)}, err
}

func monotonicLayer(m *LayerMap) (scalar.Map, error) {
	return scalar.MonotonicMLP{Signal: take(&m.Signal), Hidden: take(&m.Hidden), Shared: take(&m.Shared), Reach: take(&m.Reach)}, nil
}

func unconstrainedLayer(m *LayerMap) (scalar.Map, error) {
	rule, err := named("rule", take(&m.Rule), rules)
	return scalar.UnconstrainedMonotonic{Signal: take(&m.Signal), Hidden: take(&m.Hidden), Shared: take(&m.Shared), ELU: take(&m.ELU), Nodes: take(&m.Nodes),
		Rule: rule, Reach: take(&m.Reach)}, err
}
