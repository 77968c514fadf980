package importer

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// zuko 1.x calls x→u its forward and lists transforms in that order; affine maps are u = x·s + t with a soft clip of the log-scale; networks
// read [x, c] and give all parameters of column 0, then those of column 1.

// zukoArguments are those of the classes of zuko.flows.
type zukoArguments struct {
	Features       int         `json:"features"`
	Context        int         `json:"context"`
	Transforms     int         `json:"transforms"`
	HiddenFeatures []int       `json:"hidden_features"`
	Activation     activation  `json:"activation"`
	Bins           int         `json:"bins"`
	Slope          float64     `json:"slope"`
	Degree         *int        `json:"degree"`
	Polynomials    int         `json:"polynomials"`
	Components     int         `json:"components"`
	Signal         int         `json:"signal"`
	Network        zukoNetwork `json:"network"`
	RandPerm       ignored     `json:"randperm"`
	RandMask       ignored     `json:"randmask"`
	Passes         ignored     `json:"passes"`
	Order          ignored     `json:"order"`
	Residual       refused     `json:"residual"`
	Normalize      refused     `json:"normalize"`
}

// zukoNetwork is the arguments of the network of a monotonic map.
type zukoNetwork struct {
	Hidden     []int      `json:"hidden_features"`
	Activation activation `json:"activation"`
	Normalize  refused    `json:"normalize"`
}

func (a zukoArguments) degree(without int) int {
	if a.Degree == nil {
		return without
	}
	return *a.Degree
}

func zuko(b *builder, class string, o object) error {
	c, ok := zukoClasses[class]
	if !ok {
		return fmt.Errorf("%w: zuko's %s cannot be imported; %s can", fault.ErrConfig, class, strings.Join(slices.Sorted(maps.Keys(zukoClasses)), ", "))
	}
	if err := c.foreign(class, o); err != nil {
		return err
	}
	a := zukoArguments{Transforms: 3, HiddenFeatures: []int{64, 64}, Activation: "relu", Bins: 8, Slope: 1e-3, Polynomials: 3, Components: 8, Signal: 16,
		Network: zukoNetwork{Hidden: []int{64, 64}}}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := a.check(b, class); err != nil {
		return err
	}
	f := c.univar(a)
	for i := a.Transforms - 1; i >= 0; i-- {
		theirs := b.zukoAt(c, i)
		switch {
		case a.Features == 1 || c.static:
			b.zukoElementwise(a, f, theirs)
		case c.coupling:
			b.zukoCoupling(a, f, theirs)
		default:
			b.zukoMasked(a, f, theirs)
		}
		if i > 0 {
			b.zukoBetween(c, i)
		}
	}
	if c.circular {
		b.zukoBox()
		return nil
	}
	b.zukoBase()
	return nil
}

// zukoAt is where transform i is, when those between two others count.
func (b *builder) zukoAt(c zukoClass, i int) string {
	if c.clipped || c.rotated {
		i *= 2
	}
	return fmt.Sprintf("transform.transforms.%d.", i)
}

// zukoBetween adds what lies between the transforms i and i − 1.
func (b *builder) zukoBetween(c zukoClass, i int) {
	switch {
	case c.clipped:
		b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.SoftClipMap, Bound: 11}})
	case c.rotated:
		layer := b.add(recipe.Layer{Kind: recipe.RotationLayer})
		b.whole(layer+"generator", fmt.Sprintf("transform.transforms.%d.A", 2*i-1), b.dim*b.dim, b.dim, b.dim)
	}
}

// check checks the sizes.
func (a zukoArguments) check(b *builder, class string) error {
	if err := b.columns(class, a.Features); err != nil {
		return err
	}
	if err := b.given(class, a.Context); err != nil {
		return err
	}
	for _, h := range slices.Concat(a.HiddenFeatures, a.Network.Hidden) {
		if err := sized(class, "hidden_features", h, 1); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		name     string
		n, least int
	}{{"transforms", a.Transforms, 0}, {"bins", a.Bins, 2}, {"degree", a.degree(1), 1}, {"polynomials", a.Polynomials, 1}, {"components", a.Components, 1}, {"signal", a.Signal, 1}} {
		if err := counted(class, n.name, n.n, n.least); err != nil {
			return err
		}
	}
	if !(a.Slope > 0 && a.Slope < 1) {
		return fmt.Errorf("%w: %s: \"slope\" is %g and must be between 0 and 1", fault.ErrConfig, class, a.Slope)
	}
	if act := a.Network.Activation; class == "UNAF" && act != "" && act != "elu" {
		return fmt.Errorf("%w: %s: the activation %q of the network of a column cannot be imported; ELU can", fault.ErrConfig, class, act)
	}
	return nil
}

// zukoMasked is MaskedAutoregressiveTransform. Columns with the same order, which there are with passes, do not see each other.
func (b *builder) zukoMasked(a zukoArguments, f zukoMap, theirs string) {
	net := &recipe.LayerNet{Kind: recipe.PlainNet, Activation: string(a.Activation)}
	ours := b.add(recipe.Layer{Kind: recipe.AutoregressiveLayer, Map: &f.LayerMap, Net: net})
	b.zukoOwn(f, ours, theirs)
	scope := ours + "conditioner.layers."
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
	ours := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &f.LayerMap, Net: net})
	b.zukoOwn(f, ours, theirs)
	scope := ours + "conditioner.layers."
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

// zukoElementwise is ElementWiseTransform, which flows of one column are made of, and Gaussianization: parameters that are learned, or computed from
// the condition.
func (b *builder) zukoElementwise(a zukoArguments, f zukoMap, theirs string) {
	if a.Context > 0 {
		b.zukoNet(a, f, theirs, nil, b.dim)
		return
	}
	layer := b.add(recipe.Layer{Kind: recipe.StaticLayer, Map: &f.LayerMap})
	b.zukoOwn(f, layer, theirs)
	row := 0
	for i, shape := range f.shapes {
		name, n := fmt.Sprintf("%sphi.%d", theirs, i), transfer.Size(shape)
		if b.w.Want(name, append([]int{b.dim}, shape...)...) {
			b.w.Columns(layer+"theta", row, name, b.dim, n)
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

// zukoBox is the uniform base of angles.
func (b *builder) zukoBox() {
	low, ok := b.w.Values("base.lower", b.dim)
	high, also := b.w.Values("base.upper", b.dim)
	if !ok || !also {
		return
	}
	b.base = recipe.ProductBase
	for i := range low {
		b.parts = append(b.parts, recipe.LayerBase{Kind: recipe.UniformBase, Low: low[i], High: high[i]})
	}
}
