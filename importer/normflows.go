package importer

import (
	"encoding/json"
	"fmt"

	"diffeo/fault"
	"diffeo/recipe"
)

// normflows 1.7 calls u→x its forward and lists flows in that order; a model is put together of them by hand, and the specification says of
// which.

func normflows(b *builder, class string, o object) error {
	if class != "NormalizingFlow" && class != "ConditionalNormalizingFlow" {
		return fmt.Errorf("%w: normflows' %s cannot be imported; NormalizingFlow and ConditionalNormalizingFlow can", fault.ErrConfig, class)
	}
	var a struct {
		Base   object            `json:"q0"`
		Flows  []json.RawMessage `json:"flows"`
		Target ignored           `json:"p"`
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if a.Base == nil {
		return fmt.Errorf("%w: %s: \"q0\" is missing: the base distribution", fault.ErrConfig, class)
	}
	if err := b.normflowsBase(a.Base); err != nil {
		return fmt.Errorf("q0: %w", err)
	}
	flows, err := repeated(a.Flows)
	if err != nil {
		return fmt.Errorf("flows: %w", err)
	}
	for i, f := range flows {
		if err := b.normflowsFlow(fmt.Sprintf("flows.%d.", i), f); err != nil {
			return fmt.Errorf("flow %d: %w", i, err)
		}
	}
	return nil
}

// normflowsBase takes the base.
func (b *builder) normflowsBase(o object) error {
	class, err := o.named("type")
	if err != nil {
		return err
	}
	switch class {
	case "DiagGaussian":
		var a struct {
			Shape     shape   `json:"shape"`
			Trainable ignored `json:"trainable"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, int(a.Shape)); err != nil {
			return err
		}
		b.base = recipe.DiagonalBase
		b.whole("base.loc", "q0.loc", b.dim, 1, b.dim)
		b.whole("base.log_scale", "q0.log_scale", b.dim, 1, b.dim)
		return nil
	case "GaussianMixture":
		var a struct {
			Modes     int     `json:"n_modes"`
			Dim       int     `json:"dim"`
			Loc       ignored `json:"loc"`
			Scale     ignored `json:"scale"`
			Weights   ignored `json:"weights"`
			Trainable ignored `json:"trainable"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, a.Dim); err != nil {
			return err
		}
		if err := counted(class, "n_modes", a.Modes, 1); err != nil {
			return err
		}
		b.base, b.components = recipe.MixtureBase, a.Modes
		b.whole("base.loc", "q0.loc", a.Modes*b.dim, 1, a.Modes, b.dim)
		b.whole("base.log_scale", "q0.log_scale", a.Modes*b.dim, 1, a.Modes, b.dim)
		b.whole("base.logits", "q0.weight_scores", a.Modes, 1, a.Modes)
		return nil
	case "Uniform":
		return b.uniformBase(class, o)
	case "UniformGaussian":
		return b.uniformGaussian(class, o)
	case "ConditionalDiagGaussian":
		var a struct {
			Shape   shape  `json:"shape"`
			Encoder object `json:"context_encoder"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, int(a.Shape)); err != nil {
			return err
		}
		if a.Encoder == nil {
			return fmt.Errorf("%w: %s: \"context_encoder\" is missing: a Linear", fault.ErrConfig, class)
		}
		return b.conditionalNormal(a.Encoder, "q0.context_encoder.")
	}
	return fmt.Errorf("%w: the base %s cannot be imported; DiagGaussian, ConditionalDiagGaussian, GaussianMixture, Uniform and UniformGaussian can", fault.ErrConfig, class)
}

// normflowsFlow adds a flow of normflows.flows.
func (b *builder) normflowsFlow(theirs string, o object) error {
	class, err := o.named("type")
	if err != nil {
		return err
	}
	switch class {
	case "Permute":
		return b.normflowsPermute(theirs, class, o)
	case "ActNorm", "AffineConstFlow":
		var a struct {
			Shape shape   `json:"shape"`
			Scale ignored `json:"scale"`
			Shift ignored `json:"shift"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, int(a.Shape)); err != nil {
			return err
		}
		if class == "ActNorm" {
			if v, ok := b.w.Values(theirs + "data_dep_init_done"); ok && v[0] == 0 { // the next batch would give it its values
				b.w.Problem("parameter %q is 0: the activation norm has seen no data yet", theirs+"data_dep_init_done")
			}
		}
		b.actNorm("base", theirs+"t", theirs+"s", 1, b.dim)
		return nil
	case "LULinearPermute":
		var a struct {
			Channels int     `json:"num_channels"`
			Identity ignored `json:"identity_init"`
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, a.Channels); err != nil {
			return err
		}
		if err := b.lu(class, theirs+"linear.", 1e-3); err != nil {
			return err
		}
		b.permute(theirs + "permutation._permutation")
		return nil
	case "MaskedAffineFlow":
		return b.maskedAffine(theirs, class, o)
	case "AffineCouplingBlock":
		return b.affineBlock(theirs, class, o)
	case "Planar", "Radial":
		return b.normflowsWhole(theirs, class, o)
	case "InvertibleAffine":
		return b.invertibleAffine(theirs, class, o)
	case "CircularCoupledRationalQuadraticSpline":
		return b.circularCoupling(theirs, class, o)
	case "PeriodicShift", "PeriodicWrap":
		return b.periodicShift(theirs, class, o)
	}
	return b.normflowsNetworked(class, theirs, o)
}

// normflowsPermute adds x_i = u_{perm_i}, or the halves exchanged.
func (b *builder) normflowsPermute(theirs, class string, o object) error {
	a := struct {
		Channels int    `json:"num_channels"`
		Mode     string `json:"mode"`
	}{Mode: "shuffle"}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, a.Channels); err != nil {
		return err
	}
	var order []int
	switch a.Mode {
	case "shuffle":
		order = b.permutation(theirs + "perm")
		b.w.Want(theirs+"inv_perm", b.dim)
	case "swap":
		for i := range b.dim {
			order = append(order, (i+b.dim/2)%b.dim)
		}
	default:
		return fmt.Errorf("%w: %s: the mode %q is neither \"shuffle\" nor \"swap\"", fault.ErrConfig, class, a.Mode)
	}
	if order != nil {
		b.add(recipe.Layer{Kind: recipe.PermutationLayer, Order: order})
	}
	return nil
}

// normflowsContraction is x = s·u + t, s = σ(raw + 2) + 10⁻³, of masked affine flows, whose network reads u: the inverse of a map of x.
var normflowsContraction = recipe.LayerMap{Kind: recipe.AffineMap, Form: "data", Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Floor: 1e-3, Shift: 2}}

// normflowsSpline is the arguments of the wrappers of neural spline flows.
type normflowsSpline struct {
	Channels     int        `json:"num_input_channels"`
	Blocks       int        `json:"num_blocks"`
	Hidden       int        `json:"num_hidden_channels"`
	Context      *int       `json:"num_context_channels"`
	Bins         int        `json:"num_bins"`
	Tails        *string    `json:"tails"` // of the coupling
	TailBound    float64    `json:"tail_bound"`
	Activation   activation `json:"activation"`
	Dropout      ignored    `json:"dropout_probability"`
	ReverseMask  ignored    `json:"reverse_mask"`  // of the coupling
	PermuteMask  ignored    `json:"permute_mask"`  // of the autoregressive one
	InitIdentity ignored    `json:"init_identity"` // likewise
}

// normflowsNetworked adds a flow whose parameters a masked or a residual network computes.
func (b *builder) normflowsNetworked(class, theirs string, o object) error {
	switch class {
	case "MaskedAffineAutoregressive":
		a := nflowsMade{Blocks: 2, Residual: true}
		if err := b.featured(class, o, &a); err != nil {
			return err
		}
		m := a.made(class, theirs+"autoregressive_net.")
		m.gated, m.outs = true, []int{1, 0}
		return b.autoregressive(m, normflowsContraction, true)
	case "CoupledRationalQuadraticSpline", "AutoregressiveRationalQuadraticSpline":
		linear := "linear"
		a := normflowsSpline{Bins: 8, Tails: &linear, TailBound: 3}
		if err := o.foreign(class, map[string]string{"tails": "CoupledRationalQuadraticSpline", "reverse_mask": "CoupledRationalQuadraticSpline",
			"permute_mask": "AutoregressiveRationalQuadraticSpline", "init_identity": "AutoregressiveRationalQuadraticSpline"}); err != nil {
			return err
		}
		if err := o.arguments(class, &a); err != nil {
			return err
		}
		if err := b.columns(class, a.Channels); err != nil {
			return err
		}
		s := spline{bins: a.Bins, bound: a.TailBound, minWidth: 1e-3, minHeight: 1e-3, min: 1e-3}
		if a.Tails != nil {
			s.tails = *a.Tails
		}
		if class == "CoupledRationalQuadraticSpline" {
			net := resnet{class: class, hidden: a.Hidden, blocks: a.Blocks, context: number(a.Context), activation: a.Activation}
			return b.splineCoupling(theirs+"prqct.", net, s, true)
		}
		return b.splineAutoregressive(made{class: class, theirs: theirs + "mprqat.autoregressive_net.", hidden: a.Hidden, blocks: a.Blocks,
			context: number(a.Context), activation: a.Activation, gated: true}, s)
	}
	return fmt.Errorf("%w: normflows' %s cannot be imported; docs/import.md lists the flows that can", fault.ErrConfig, class)
}
