package importer

import (
	"encoding/json"
	"fmt"
	"strings"

	"diffeo/fault"
	"diffeo/recipe"
)

// nflowsTransform adds a transform of nflows.transforms.
func (b *builder) nflowsTransform(theirs string, o object) error {
	class, err := o.named("type")
	if err != nil {
		return err
	}
	switch class {
	case "CompositeTransform":
		var a struct {
			Transforms []json.RawMessage `json:"transforms"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		return b.nflowsList(theirs, a.Transforms)
	case "RandomPermutation", "ReversePermutation", "Permutation":
		if err := b.featured(class, o, &struct {
			Features    int     `json:"features"`
			Permutation ignored `json:"permutation"`
			Dim         ignored `json:"dim"`
		}{}); err != nil {
			return err
		}
		b.permute(theirs + "_permutation")
		return nil
	case "LULinear", "QRLinear", "SVDLinear", "HouseholderSequence", "NaiveLinear":
		return b.nflowsLinear(class, theirs, o)
	case "IdentityTransform":
		return o.arguments(class, &struct{}{})
	case "InverseTransform":
		return b.nflowsInverse(class, theirs, o)
	case "PointwiseAffineTransform", "Sigmoid", "Logit":
		return b.nflowsPointwise(class, theirs, o)
	case "BatchNorm":
		a := struct {
			Features int     `json:"features"`
			Eps      float64 `json:"eps"`
			Momentum ignored `json:"momentum"`
			Affine   ignored `json:"affine"`
		}{Eps: 1e-5}
		if err := b.featured(class, o, &a); err != nil {
			return err
		}
		b.nflowsNorm(theirs, a.Eps)
		return nil
	case "ActNorm":
		if err := b.featured(class, o, &struct {
			Features int `json:"features"`
		}{}); err != nil {
			return err
		}
		b.w.Want(theirs + "initialized") // in evaluation nflows uses the values either way
		b.actNorm("data", theirs+"shift", theirs+"log_scale", b.dim)
		return nil
	}
	return b.nflowsNetworked(class, theirs, o)
}

// nflowsMade is the arguments of masked transforms.
type nflowsMade struct {
	Features      int        `json:"features"`
	Hidden        int        `json:"hidden_features"`
	Context       *int       `json:"context_features"`
	Blocks        int        `json:"num_blocks"`
	Residual      bool       `json:"use_residual_blocks"`
	RandomMask    ignored    `json:"random_mask"`
	Activation    activation `json:"activation"`
	Dropout       ignored    `json:"dropout_probability"`
	BatchNorm     bool       `json:"use_batch_norm"`
	InitIdentity  ignored    `json:"init_identity"`
	PermuteMask   ignored    `json:"permute_mask"`
	Bins          int        `json:"num_bins"`
	Tails         string     `json:"tails"`
	TailBound     float64    `json:"tail_bound"`
	MinBinWidth   float64    `json:"min_bin_width"`
	MinBinHeight  float64    `json:"min_bin_height"`
	MinDerivative float64    `json:"min_derivative"`
}

func (a nflowsMade) made(class, theirs string) made {
	return made{class: class, theirs: theirs, hidden: a.Hidden, blocks: a.Blocks, context: number(a.Context), plain: !a.Residual,
		batchNorm: a.BatchNorm, activation: a.Activation}
}

func (a nflowsMade) spline(class string) spline {
	return spline{splineDegrees[piecewise(class)], a.Bins, a.Tails, a.TailBound, a.MinBinWidth, a.MinBinHeight, a.MinDerivative}
}

// splineDegrees is the table of names of splines: the degree of polynomials, 0 for the rational-quadratic ones.
var splineDegrees = map[string]int{"RationalQuadratic": 0, "Linear": 1, "Quadratic": 2, "Cubic": 3}

// piecewise is the name of the spline in that of a class.
func piecewise(class string) string {
	_, name, _ := strings.Cut(class, "Piecewise")
	for _, end := range []string{"AutoregressiveTransform", "CouplingTransform", "CDF"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// nflowsNetworked adds a transform whose parameters a network computes.
func (b *builder) nflowsNetworked(class, theirs string, o object) error {
	switch class {
	case "MaskedAffineAutoregressiveTransform", "MaskedPiecewiseRationalQuadraticAutoregressiveTransform", "MaskedPiecewiseLinearAutoregressiveTransform",
		"MaskedPiecewiseQuadraticAutoregressiveTransform", "MaskedPiecewiseCubicAutoregressiveTransform":
		a := nflowsMade{Blocks: 2, Residual: true, Bins: 10, TailBound: 1, MinBinWidth: 1e-3, MinBinHeight: 1e-3, MinDerivative: 1e-3}
		boxed := splineDegrees[piecewise(class)]%2 == 1 // of degree 1 and 3: there are no tails
		if boxed && (o["tails"] != nil || o["tail_bound"] != nil) {
			return fmt.Errorf("%w: %s has no tails: leave out \"tails\" and \"tail_bound\"", fault.ErrConfig, class)
		}
		if err := b.featured(class, o, &a); err != nil {
			return err
		}
		m := a.made(class, theirs+"autoregressive_net.")
		if class == "MaskedAffineAutoregressiveTransform" {
			m.outs = []int{1, 0}
			return b.autoregressive(m, nflowsAffine, false)
		}
		return b.splineAutoregressive(m, a.spline(class))
	case "AffineCouplingTransform", "AdditiveCouplingTransform":
		var a nflowsCoupling
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		net, err := a.net(b, class)
		if err != nil {
			return err
		}
		return b.nflowsAffineCoupling(theirs, net, class == "AdditiveCouplingTransform")
	case "PiecewiseRationalQuadraticCouplingTransform", "PiecewiseLinearCouplingTransform", "PiecewiseQuadraticCouplingTransform",
		"PiecewiseCubicCouplingTransform":
		a := nflowsCoupling{Bins: 10, TailBound: 1, MinBinWidth: 1e-3, MinBinHeight: 1e-3, MinDerivative: 1e-3}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		net, err := a.net(b, class)
		if err != nil {
			return err
		}
		s := spline{splineDegrees[piecewise(class)], a.Bins, a.Tails, a.TailBound, a.MinBinWidth, a.MinBinHeight, a.MinDerivative}
		return b.splineCoupling(theirs, net, s, a.Unconditional)
	case "PiecewiseRationalQuadraticCDF", "PiecewiseLinearCDF", "PiecewiseQuadraticCDF", "PiecewiseCubicCDF":
		return b.nflowsCDF(class, theirs, o)
	}
	return fmt.Errorf("%w: nflows' %s cannot be imported; docs/import.md lists the transforms that can", fault.ErrConfig, class)
}

// nflowsCoupling is the arguments of couplings. The mask is in the file.
type nflowsCoupling struct {
	Mask          []float64 `json:"mask"`
	Net           object    `json:"transform_net"` // what transform_net_create_fn makes: a ResidualNet
	Bins          int       `json:"num_bins"`
	Tails         string    `json:"tails"`
	TailBound     float64   `json:"tail_bound"`
	Unconditional bool      `json:"apply_unconditional_transform"`
	MinBinWidth   float64   `json:"min_bin_width"`
	MinBinHeight  float64   `json:"min_bin_height"`
	MinDerivative float64   `json:"min_derivative"`
}

func (a nflowsCoupling) net(b *builder, class string) (resnet, error) {
	if a.Mask != nil {
		if err := b.columns(class, len(a.Mask)); err != nil {
			return resnet{}, err
		}
	}
	if a.Net == nil {
		return resnet{}, fmt.Errorf("%w: %s: \"transform_net\" is missing: the ResidualNet that transform_net_create_fn makes", fault.ErrConfig, class)
	}
	return b.residualNet(a.Net)
}

// residualNet reads the arguments of a ResidualNet; those of its ends follow from the coupling.
func (b *builder) residualNet(o object) (resnet, error) {
	class, err := o.named("type")
	if err != nil {
		return resnet{}, err
	}
	if class != "ResidualNet" {
		return resnet{}, fmt.Errorf("%w: the network %s of a coupling cannot be imported; ResidualNet can", fault.ErrConfig, class)
	}
	a := struct {
		In         ignored    `json:"in_features"`
		Out        ignored    `json:"out_features"`
		Hidden     int        `json:"hidden_features"`
		Context    *int       `json:"context_features"`
		Blocks     int        `json:"num_blocks"`
		Activation activation `json:"activation"`
		Dropout    ignored    `json:"dropout_probability"`
		BatchNorm  bool       `json:"use_batch_norm"`
	}{Blocks: 2}
	if err := o.arguments(class, &a); err != nil {
		return resnet{}, err
	}
	return resnet{class: class, hidden: a.Hidden, blocks: a.Blocks, context: number(a.Context), activation: a.Activation, batchNorm: a.BatchNorm}, nil
}

// featured reads the arguments of a transform whose number of columns is "features", if it says so.
func (b *builder) featured(class string, o object, to any) error {
	features := o["features"]
	if err := o.arguments(class, to); err != nil {
		return err
	}
	if features == nil {
		return nil
	}
	var n int
	if err := json.Unmarshal(features, &n); err != nil {
		return fmt.Errorf("%w: %s: features: %w", fault.ErrConfig, class, err)
	}
	return b.columns(class, n)
}

// number is 0 for null.
func number(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// actNorm adds an activation norm: shift and logarithm of the factor of every column.
func (b *builder) actNorm(form, shift, log string, size ...int) {
	f := recipe.LayerMap{Kind: recipe.AffineMap, Form: form, Scale: &recipe.LayerScale{Kind: recipe.ExpScale}}
	theta := b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &f}) + "theta"
	ok := b.w.Want(shift, size...)
	if ok = b.w.Want(log, size...) && ok; ok {
		for row, name := range []string{shift, log} {
			b.w.Take(theta, row*b.dim, name, 1, b.dim, func(i int) int { return i })
		}
	}
}
