package importer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// nflows 0.14 calls x→u its forward and lists transforms in that order. Its own flows are MaskedAutoregressiveFlow and SimpleRealNVP; others,
// neural spline flows among them, are put together of transforms by hand, and the specification says of which.

// nflowsFlow is the arguments of both classes.
type nflowsFlow struct {
	Features        int        `json:"features"`
	Hidden          int        `json:"hidden_features"`
	Layers          int        `json:"num_layers"`
	Blocks          int        `json:"num_blocks_per_layer"`
	Activation      activation `json:"activation"`
	Dropout         ignored    `json:"dropout_probability"`
	NormWithin      bool       `json:"batch_norm_within_layers"`
	NormBetween     bool       `json:"batch_norm_between_layers"`
	Residual        bool       `json:"use_residual_blocks"`     // of MaskedAutoregressiveFlow
	RandomMasks     ignored    `json:"use_random_masks"`        // likewise
	RandomOrder     ignored    `json:"use_random_permutations"` // likewise
	VolumePreserved bool       `json:"use_volume_preserving"`   // of SimpleRealNVP
}

func nflows(b *builder, class string, o object) error {
	switch class {
	case "MaskedAutoregressiveFlow", "SimpleRealNVP":
		return b.nflowsReady(class, o)
	case "Flow":
		return b.nflowsComposed(o)
	}
	return fmt.Errorf("%w: nflows' %s cannot be imported; MaskedAutoregressiveFlow, SimpleRealNVP and Flow can", fault.ErrConfig, class)
}

// nflowsReady is the two flows that nflows puts together itself.
func (b *builder) nflowsReady(class string, o object) error {
	a := nflowsFlow{Residual: true}
	if err := o.foreign(class, map[string]string{"use_residual_blocks": "MaskedAutoregressiveFlow", "use_random_masks": "MaskedAutoregressiveFlow",
		"use_random_permutations": "MaskedAutoregressiveFlow", "use_volume_preserving": "SimpleRealNVP"}); err != nil {
		return err
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, a.Features); err != nil {
		return err
	}
	if err := counted(class, "num_layers", a.Layers, 0); err != nil {
		return err
	}
	per := 1 // transforms of a layer
	if class == "MaskedAutoregressiveFlow" {
		per++
	}
	if a.NormBetween {
		per++
	}
	name := func(i int) string { return fmt.Sprintf("_transform._transforms.%d.", i) }
	for i := a.Layers - 1; i >= 0; i-- {
		first := per * i
		if a.NormBetween {
			b.nflowsNorm(name(first+per-1), 1e-5)
		}
		var err error
		if class == "SimpleRealNVP" {
			net := resnet{class: class, hidden: a.Hidden, blocks: a.Blocks, activation: a.Activation, batchNorm: a.NormWithin}
			err = b.nflowsAffineCoupling(name(first), net, a.VolumePreserved)
		} else {
			err = b.autoregressive(made{class: class, theirs: name(first+1) + "autoregressive_net.", hidden: a.Hidden, blocks: a.Blocks,
				outs: []int{1, 0}, plain: !a.Residual, batchNorm: a.NormWithin, activation: a.Activation}, nflowsAffine, false)
			b.permute(name(first) + "_permutation")
		}
		if err != nil {
			return err
		}
	}
	b.w.Skip("_distribution._log_z") // a constant that versions before 0.14 store
	return nil
}

// nflowsAffine is u = s·x + t, s = softplus(raw) + 10⁻³, of masked affine transforms; their parameters of a column are (s, t).
var nflowsAffine = recipe.LayerMap{Kind: recipe.AffineMap, Form: "data", Scale: &recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: 1e-3}}

// nflowsContraction is u = s·x + t, s = σ(raw + 2) + 10⁻³, of affine couplings.
var nflowsContraction = recipe.LayerMap{Kind: recipe.AffineMap, Form: "data", Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Floor: 1e-3, Shift: 2}}

// permute adds u_i = x_{p_i}.
func (b *builder) permute(theirs string) {
	if order := b.permutation(theirs); order != nil {
		b.add(recipe.Layer{Kind: recipe.PermutationLayer, Order: order, Inverted: true})
	}
}

// nflowsNorm adds batch norm as it is after training: u = w·(x − mean)/√(var + eps) + bias, w = softplus(raw) + eps.
func (b *builder) nflowsNorm(theirs string, eps float64) {
	var v [4][]float64
	for i, name := range []string{"unconstrained_weight", "bias", "running_mean", "running_var"} {
		var ok bool
		if v[i], ok = b.w.Values(theirs+name, b.dim); !ok {
			return
		}
	}
	theta := make([]float64, 2*b.dim) // shifts, then logarithms of factors
	for d := range b.dim {
		s := (math.Log1p(math.Exp(-math.Abs(v[0][d]))) + math.Max(v[0][d], 0) + eps) / math.Sqrt(v[3][d]+eps)
		theta[d], theta[b.dim+d] = v[1][d]-v[2][d]*s, math.Log(s)
	}
	b.constantAffine("data", theta)
}

// constantAffine adds an affine map with parameters that were computed: shifts, then logarithms of factors.
func (b *builder) constantAffine(form string, theta []float64) {
	f := recipe.LayerMap{Kind: recipe.AffineMap, Form: form, Scale: &recipe.LayerScale{Kind: recipe.ExpScale}}
	b.w.Set(b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &f})+"theta", theta)
}

// nflowsAffineCoupling adds an affine or additive coupling.
func (b *builder) nflowsAffineCoupling(theirs string, net resnet, additive bool) error {
	f := nflowsContraction
	net.theirs, net.outs = theirs+"transform_net.", 2
	if additive {
		f, net.outs, net.negative = recipe.LayerMap{Kind: recipe.AdditiveMap}, 1, true // u = x + t there, x = u + t here
	}
	return b.coupling(theirs, net, f)
}

// nflowsComposed is a Flow of a list of transforms and a distribution.
func (b *builder) nflowsComposed(o object) error {
	var transform object
	var list []json.RawMessage
	if err := o.take("transform", &transform); err != nil {
		return err
	}
	if err := o.take("transforms", &list); err != nil {
		return err
	}
	var distribution object
	if err := o.take("distribution", &distribution); err != nil {
		return err
	}
	if err := o.arguments("Flow", &struct {
		Embedding refused `json:"embedding_net"`
	}{}); err != nil {
		return err
	}
	switch {
	case (transform == nil) == (list == nil):
		return fmt.Errorf("%w: Flow: give either \"transform\" or \"transforms\", the list of a CompositeTransform", fault.ErrConfig)
	case distribution == nil:
		return fmt.Errorf("%w: Flow: \"distribution\" is missing", fault.ErrConfig)
	}
	// The distribution lies next to the base, and says how many columns there are.
	if err := b.nflowsDistribution(distribution); err != nil {
		return err
	}
	if list != nil {
		return b.nflowsList("_transform.", list)
	}
	return b.nflowsTransform("_transform.", transform)
}

// nflowsList adds a list of transforms, the last one first, because it is next to the base.
func (b *builder) nflowsList(theirs string, list []json.RawMessage) error {
	objects, err := repeated(list)
	if err != nil {
		return err
	}
	for i, o := range slices.Backward(objects) {
		if err := b.nflowsTransform(fmt.Sprintf("%s_transforms.%d.", theirs, i), o); err != nil {
			return fmt.Errorf("transform %d: %w", i, err)
		}
	}
	return nil
}

// repeated is a list of objects in which {"repeat": n, "of": […]} stands for n times the inner list.
func repeated(list []json.RawMessage) ([]object, error) {
	var out []object
	for i, text := range list {
		o, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		if o["repeat"] == nil {
			out = append(out, o)
			continue
		}
		var r struct {
			Repeat int               `json:"repeat"`
			Of     []json.RawMessage `json:"of"`
		}
		if err := o.arguments("repeat", &r); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		if r.Repeat < 0 || r.Repeat > 1000 {
			return nil, fmt.Errorf("%w: element %d: %d times", fault.ErrConfig, i, r.Repeat)
		}
		for range r.Repeat {
			for _, inner := range r.Of {
				p, err := parse(inner)
				if err == nil && p["repeat"] != nil {
					err = fmt.Errorf("%w: a repetition inside another", fault.ErrConfig)
				}
				if err != nil {
					return nil, fmt.Errorf("element %d: %w", i, err)
				}
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// nflowsDistribution takes the base.
func (b *builder) nflowsDistribution(o object) error {
	class, err := o.named("type")
	if err != nil {
		return fmt.Errorf("distribution: %w", err)
	}
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
	if (a.Encoder != nil) != (class == "ConditionalDiagonalNormal") {
		return fmt.Errorf("%w: %s: \"context_encoder\" is for ConditionalDiagonalNormal, which needs one that is a Linear", fault.ErrConfig, class)
	}
	b.w.Skip("_distribution._log_z")
	switch class {
	case "StandardNormal":
	case "DiagonalNormal":
		b.base = recipe.DiagonalBase
		b.whole("base.loc", "_distribution.mean_", b.dim, 1, b.dim)
		b.whole("base.log_scale", "_distribution.log_std_", b.dim, 1, b.dim)
	case "ConditionalDiagonalNormal":
		return b.conditionalNormal(a.Encoder, "_distribution._context_encoder.")
	default:
		return fmt.Errorf("%w: the distribution %s cannot be imported; StandardNormal, DiagonalNormal and ConditionalDiagonalNormal can", fault.ErrConfig, class)
	}
	return nil
}

// conditionalNormal is a standard normal and a layer that scales and shifts it, with parameters from the condition alone: means, then logarithms of deviations.
func (b *builder) conditionalNormal(o object, theirs string) error {
	class, err := o.named("type")
	if err != nil {
		return fmt.Errorf("context_encoder: %w", err)
	}
	var a struct {
		In  int `json:"in_features"`
		Out int `json:"out_features"`
	}
	if class != "Linear" {
		return fmt.Errorf("%w: the context encoder %s cannot be imported; Linear can", fault.ErrConfig, class)
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if a.In < 1 || a.Out != 2*b.dim {
		return fmt.Errorf("%w: the context encoder goes from %d to %d and should give %d", fault.ErrConfig, a.In, a.Out, 2*b.dim)
	}
	if err := b.given(class, a.In); err != nil {
		return err
	}
	f := recipe.LayerMap{Kind: recipe.AffineMap, Form: "base", Scale: &recipe.LayerScale{Kind: recipe.ExpScale}}
	net := recipe.LayerNet{Kind: recipe.PlainNet}
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Map: &f, Net: &net}) + "conditioner.layers.0"
	b.linear(transfer.Linear{Ours: scope, Weight: theirs + "weight", Bias: theirs + "bias", Context: a.In, Out: a.Out})
	return nil
}

// shape is a number of columns, written as a number or as a list of one.
type shape int

// UnmarshalJSON implements json.Unmarshaler.
func (s *shape) UnmarshalJSON(b []byte) error {
	var list []int
	if json.Unmarshal(b, (*int)(s)) == nil {
		return nil
	}
	if err := json.Unmarshal(b, &list); err != nil || len(list) != 1 {
		return fmt.Errorf("the shape %s is not that of a vector, [n]", b)
	}
	*s = shape(list[0])
	return nil
}
