package importer

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// nflowsLinear adds a linear map of nflows.transforms.
func (b *builder) nflowsLinear(class, theirs string, o object) error {
	a := struct {
		Features    int     `json:"features"`
		Cache       ignored `json:"using_cache"`
		Identity    ignored `json:"identity_init"`
		Orthogonal  ignored `json:"orthogonal_initialization"`
		Eps         float64 `json:"eps"`
		Householder int     `json:"num_householder"`
		Transforms  int     `json:"num_transforms"`
	}{Eps: 1e-3}
	if err := b.featured(class, o, &a); err != nil {
		return err
	}
	switch class {
	case "LULinear":
		return b.lu(class, theirs, a.Eps)
	case "NaiveLinear":
		d := b.dim
		w, ok := b.w.Values(theirs+"_weight", d, d)
		bias, also := b.w.Values(theirs+"bias", d)
		if ok && also {
			b.matrix(theirs+"_weight", w, bias)
		}
		return nil
	}
	return b.nflowsReflected(class, theirs, a.Householder+a.Transforms, a.Eps)
}

// nflowsInverse adds the inverse of a transform.
func (b *builder) nflowsInverse(class, theirs string, o object) error {
	var a struct {
		Transform object `json:"transform"`
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	first := len(b.layers)
	if err := b.nflowsTransform(theirs+"_transform.", a.Transform); err != nil {
		return err
	}
	switch n := len(b.layers) - first; n {
	case 0:
	case 1:
		b.layers[first].Inverted = !b.layers[first].Inverted
	default:
		return fmt.Errorf("%w: %s of %d transforms cannot be imported; write one around each, in the opposite order", fault.ErrConfig, class, n)
	}
	return nil
}

// nflowsPointwise adds a map of each column without a network: u = x·scale + shift, u = σ(x), or x = σ(u).
func (b *builder) nflowsPointwise(class, theirs string, o object) error {
	if class == "PointwiseAffineTransform" {
		if err := o.arguments(class, &struct {
			Shift ignored `json:"shift"`
			Scale ignored `json:"scale"`
		}{}); err != nil {
			return err
		}
		var theta []float64 // shifts, then factors
		for _, name := range []string{"_shift", "_scale"} {
			v, ok := b.columnwise(theirs + name)
			if !ok {
				return nil
			}
			theta = append(theta, v...)
		}
		for d := range b.dim {
			if s := theta[b.dim+d]; !(s > 0) {
				b.w.Problem("parameter %q holds %g and must be positive", theirs+"_scale", s)
				return nil
			}
			theta[b.dim+d] = math.Log(theta[b.dim+d])
		}
		b.constantAffine("data", theta)
		return nil
	}
	a := struct {
		Temperature float64 `json:"temperature"`
		Eps         ignored `json:"eps"`
		Learn       refused `json:"learn_temperature"`
	}{Temperature: 1}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if a.Temperature != 1 {
		return fmt.Errorf("%w: %s: the temperature %g cannot be imported; 1 can", fault.ErrConfig, class, a.Temperature)
	}
	kind := recipe.LogitMap
	if class == "Logit" {
		kind = recipe.SigmoidMap
	}
	b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: kind}})
	return nil
}

// columnwise is a parameter that holds a number for each column, or one for all.
func (b *builder) columnwise(theirs string) ([]float64, bool) {
	if shape, ok := b.w.Shape(theirs); ok && transfer.Size(shape) == 1 && b.dim <= many {
		v, ok := b.w.Values(theirs, shape...)
		return slices.Repeat(v, b.dim), ok
	}
	return b.w.Values(theirs, b.dim)
}

// nflowsCDF adds splines of all columns that are learned directly.
func (b *builder) nflowsCDF(class, theirs string, o object) error {
	a := struct {
		Shape         shape   `json:"shape"`
		Bins          int     `json:"num_bins"`
		Tails         string  `json:"tails"`
		TailBound     float64 `json:"tail_bound"`
		IdentityInit  ignored `json:"identity_init"`
		MinBinWidth   float64 `json:"min_bin_width"`
		MinBinHeight  float64 `json:"min_bin_height"`
		MinDerivative float64 `json:"min_derivative"`
	}{Bins: 10, TailBound: 1, MinBinWidth: 1e-3, MinBinHeight: 1e-3, MinDerivative: 1e-3}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, int(a.Shape)); err != nil {
		return err
	}
	s := spline{splineDegrees[piecewise(class)], a.Bins, a.Tails, a.TailBound, a.MinBinWidth, a.MinBinHeight, a.MinDerivative}
	f, err := s.layer(class)
	if err != nil {
		return err
	}
	b.splineCDF(theirs, f, s, transfer.Ascending(b.dim))
	return nil
}
