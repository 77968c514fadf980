package importer

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// zuko 1.x calls x→u its forward and lists transforms in that order; affine maps are u = x·s + t with a soft clip of the log-scale; networks
// read [x, c] and give all parameters of column 0, then those of column 1.

// zukoArguments are those of zuko.flows.MAF and the classes that are made of it, and of RealNVP.
type zukoArguments struct {
	Features       int        `json:"features"`
	Context        int        `json:"context"`
	Transforms     int        `json:"transforms"`
	HiddenFeatures []int      `json:"hidden_features"`
	Activation     activation `json:"activation"`
	Bins           int        `json:"bins"`
	Slope          float64    `json:"slope"`
	RandPerm       ignored    `json:"randperm"`
	RandMask       ignored    `json:"randmask"`
	Passes         ignored    `json:"passes"`
	Order          ignored    `json:"order"`
	Residual       refused    `json:"residual"`
	Normalize      refused    `json:"normalize"`
}

// zukoSlope is the least slope of the affine map, and of splines unless the specification says another one.
const zukoSlope = 1e-3

func zuko(b *builder, class string, o object) error {
	a := zukoArguments{Transforms: 3, HiddenFeatures: []int{64, 64}, Activation: "relu", Bins: 8, Slope: zukoSlope}
	_, bins := o["bins"]
	_, slope := o["slope"]
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if !slices.Contains([]string{"MAF", "NSF", "NICE", "RealNVP"}, class) {
		return fmt.Errorf("%w: zuko's %s cannot be imported; MAF, NSF, NICE and RealNVP can", fault.ErrConfig, class)
	}
	if class != "NSF" && (bins || slope) {
		return fmt.Errorf("%w: %s has no splines: leave out \"bins\" and \"slope\"", fault.ErrConfig, class)
	}
	if err := a.check(b, class); err != nil {
		return err
	}
	f := zukoMap{recipe.LayerMap{Kind: recipe.AffineMap, Form: "data", Scale: &recipe.LayerScale{Kind: recipe.SoftClipScale, Slope: zukoSlope}}, []int{1, 1}}
	if class == "NSF" {
		f = zukoMap{recipe.LayerMap{Kind: recipe.SplineMap, Bins: a.Bins, SoftClip: a.Slope}, []int{a.Bins, a.Bins, a.Bins - 1}}
	}
	for i := a.Transforms - 1; i >= 0; i-- {
		theirs := fmt.Sprintf("transform.transforms.%d.", i)
		switch {
		case a.Features == 1:
			b.zukoElementwise(a, f, theirs)
		case class == "NICE" || class == "RealNVP":
			b.zukoCoupling(a, f, theirs)
		default:
			b.zukoMasked(a, f, theirs)
		}
	}
	b.zukoBase()
	return nil
}

func (a zukoArguments) check(b *builder, class string) error {
	if err := b.columns(class, a.Features); err != nil {
		return err
	}
	if err := b.given(class, a.Context); err != nil {
		return err
	}
	if err := counted(class, "transforms", a.Transforms, 0); err != nil {
		return err
	}
	for _, h := range a.HiddenFeatures {
		if err := sized(class, "hidden_features", h, 1); err != nil {
			return err
		}
	}
	if err := counted(class, "bins", a.Bins, 2); err != nil {
		return err
	}
	if !(a.Slope > 0 && a.Slope < 1) {
		return fmt.Errorf("%w: %s: \"slope\" is %g and must be between 0 and 1", fault.ErrConfig, class, a.Slope)
	}
	return nil
}

// zukoMap is a map of one variable, and the sizes of its parameters in zuko's order, which is ours.
type zukoMap struct {
	recipe.LayerMap
	shapes []int
}

func (f zukoMap) total() int {
	n := 0
	for _, s := range f.shapes {
		n += s
	}
	return n
}

// zukoMasked is MaskedAutoregressiveTransform. Columns with the same order, which there are with passes, do not see each other.
func (b *builder) zukoMasked(a zukoArguments, f zukoMap, theirs string) {
	net := &recipe.LayerNet{Kind: recipe.PlainNet, Activation: string(a.Activation)}
	scope := b.add(recipe.Layer{Kind: recipe.AutoregressiveLayer, Map: &f.LayerMap, Net: net}) + "conditioner.layers."
	order := b.integers(theirs+"order", 0, b.dim-1, b.dim)
	if order == nil {
		return
	}
	ranked := transfer.Ascending(b.dim)
	slices.SortStableFunc(ranked, func(d, e int) int { return order[d] - order[e] })
	position, inputs := make([]int, b.dim), make([]int, b.dim)
	for q, d := range ranked {
		position[d], inputs[d] = q, q+1
	}
	b.layers[len(b.layers)-1].Order = position
	if a.Context > 0 {
		net.Context = "first"
	}
	below, column, context := inputs, func(i int) int { return i }, a.Context
	for i, h := range a.HiddenFeatures {
		layer := fmt.Sprintf("%shyper.%d.", theirs, 2*i)
		degrees := b.zukoDegrees(layer+"mask", h, below, context)
		if degrees == nil {
			return
		}
		b.masked(layer+"mask", degrees, below, context)
		sort, sorted := byDegree(degrees)
		net.Hidden, net.Degrees = append(net.Hidden, h), append(net.Degrees, sorted)
		b.linear(transfer.Linear{Ours: fmt.Sprint(scope, i), Weight: layer + "weight", Bias: layer + "bias",
			In: len(below), Context: context, Out: h, Row: at(sort), Column: column})
		below, column, context = degrees, at(sort), 0
	}
	n := len(a.HiddenFeatures)
	layer := fmt.Sprintf("%shyper.%d.", theirs, 2*n)
	b.masked(layer+"mask", outputDegrees(inputs, f.total()), below, context)
	b.linear(transfer.Linear{Ours: fmt.Sprint(scope, n), Weight: layer + "weight", Bias: layer + "bias", In: len(below), Context: context,
		Out: b.dim * f.total(), Column: column})
}

// zukoDegrees are those of the units of a layer: the largest degree of what they see before them, 0 for nothing but the condition.
func (b *builder) zukoDegrees(theirs string, units int, below []int, context int) []int {
	width := len(below) + context
	mask, ok := b.w.Values(theirs, units, width)
	if !ok {
		return nil
	}
	degrees := make([]int, units)
	for i := range degrees {
		for k, m := range below {
			if mask[i*width+k] != 0 {
				degrees[i] = max(degrees[i], m)
			}
		}
	}
	return degrees
}

// zukoCoupling is GeneralCouplingTransform: the columns of the mask pass.
func (b *builder) zukoCoupling(a zukoArguments, f zukoMap, theirs string) {
	mask := b.integers(theirs+"mask", 0, 1, b.dim)
	var passed []int
	for d, m := range mask {
		if m != 0 {
			passed = append(passed, d)
		}
	}
	if mapped := b.dim - len(passed); mask != nil && mapped > 0 {
		b.zukoNet(a, f, theirs, passed, mapped)
	} else if mask != nil {
		b.w.Problem("parameter %q lets every column pass", theirs+"mask")
	}
}

// zukoNet adds a coupling with the network "hyper".
func (b *builder) zukoNet(a zukoArguments, f zukoMap, theirs string, passed []int, mapped int) {
	net := &recipe.LayerNet{Kind: recipe.PlainNet, Hidden: a.HiddenFeatures, Activation: string(a.Activation)}
	if a.Context > 0 {
		net.Context = "first"
	}
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &f.LayerMap, Net: net}) + "conditioner.layers."
	in, context := len(passed), a.Context
	for i, out := range append(slices.Clone(a.HiddenFeatures), mapped*f.total()) {
		layer := fmt.Sprintf("%shyper.%d.", theirs, 2*i)
		l := transfer.Linear{Ours: fmt.Sprint(scope, i), Weight: layer + "weight", Bias: layer + "bias", In: in, Context: context, Out: out}
		if i == len(a.HiddenFeatures) {
			l.Row = transfer.ColumnMajor(mapped, transfer.Ascending(f.total())...)
		}
		b.linear(l)
		in, context = out, 0
	}
}

// zukoElementwise is ElementWiseTransform, which flows of one column are made of: parameters that are learned, or computed from the condition.
func (b *builder) zukoElementwise(a zukoArguments, f zukoMap, theirs string) {
	if a.Context > 0 {
		b.zukoNet(a, f, theirs, nil, b.dim)
		return
	}
	theta := b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &f.LayerMap}) + "theta"
	row := 0
	for i, n := range f.shapes {
		name, shape := fmt.Sprintf("%sphi.%d", theirs, i), []int{b.dim, n}
		if f.Kind == recipe.AffineMap {
			shape = shape[:1]
		}
		if b.w.Want(name, shape...) {
			b.w.Columns(theta, row, name, b.dim, n)
		}
		row += n
	}
}

// zukoBase is the standard normal, unless its buffers were changed.
func (b *builder) zukoBase() {
	loc, ok := b.w.Values("base.loc", b.dim)
	scale, also := b.w.Values("base.scale", b.dim)
	if !ok || !also {
		return
	}
	standard, log := true, make([]float64, b.dim)
	for i, s := range scale {
		if !(s > 0) {
			b.w.Problem("parameter %q holds %g and must be positive", "base.scale", s)
			return
		}
		standard, log[i] = standard && s == 1 && loc[i] == 0, math.Log(s)
	}
	if !standard {
		b.base = recipe.DiagonalBase
		b.w.Set("base.loc", loc)
		b.w.Set("base.log_scale", log)
	}
}
