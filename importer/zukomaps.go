package importer

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// zukoClass is a class of zuko.flows.
type zukoClass struct {
	arguments []string // those that it has beside the arguments of all
	univar    func(a zukoArguments) zukoMap
	coupling  bool // of halves, not autoregressive
	static    bool // no networks but under a condition
	clipped   bool // a soft clip lies between two transforms
	rotated   bool // a rotation does
	circular  bool // the base is uniform
}

// zukoClasses is the table of names of flows.
var zukoClasses = map[string]zukoClass{
	"MAF":     {arguments: []string{"randperm", "passes", "order"}, univar: zukoAffine},
	"NICE":    {arguments: []string{"randmask"}, univar: zukoAffine, coupling: true},
	"RealNVP": {arguments: []string{"randmask"}, univar: zukoAffine, coupling: true},
	"NSF":     {arguments: []string{"randperm", "passes", "order", "bins", "slope"}, univar: zukoSpline},
	"NCSF":    {arguments: []string{"randperm", "passes", "order", "bins", "slope"}, univar: zukoCircular, circular: true},
	"BPF":     {arguments: []string{"randperm", "passes", "order", "degree"}, univar: zukoBernstein},
	"SOSPF":   {arguments: []string{"randperm", "passes", "order", "degree", "polynomials", "slope"}, univar: zukoSquares, clipped: true},
	"NAF":     {arguments: []string{"randperm", "passes", "order", "signal", "network"}, univar: zukoMonotonic, clipped: true},
	"UNAF":    {arguments: []string{"randperm", "passes", "order", "signal", "network"}, univar: zukoUnconstrained, clipped: true},
	"GF":      {arguments: []string{"components"}, univar: zukoGaussian, static: true, rotated: true},
}

// zukoMap is a map of one variable, and the shapes of its parameters in zuko's order, which is ours.
type zukoMap struct {
	recipe.LayerMap
	shapes [][]int
	own    string // where its own network is, below the transform
}

func (f zukoMap) total() int {
	n := 0
	for _, s := range f.shapes {
		n += transfer.Size(s)
	}
	return n
}

// single is the shape of a single number a column.
var single = []int{}

// zukoSlope is the least slope of the affine map.
const zukoSlope = 1e-3

func zukoAffine(zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.AffineMap, Form: "data", Scale: &recipe.LayerScale{Kind: recipe.SoftClipScale, Slope: zukoSlope}}
	return zukoMap{LayerMap: m, shapes: [][]int{single, single}}
}

func zukoSpline(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.SplineMap, Bins: a.Bins, SoftClip: a.Slope}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Bins}, {a.Bins}, {a.Bins - 1}}}
}

func zukoCircular(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.CircularMap, Bins: a.Bins, SoftClip: a.Slope, Offset: math.Pi, Fixed: true, UnitSeam: true}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Bins}, {a.Bins}, {a.Bins - 1}}}
}

// zukoBernstein: the parameters are all coefficients but the two first and the two last ones, which join the tails.
func zukoBernstein(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.BernsteinMap, Degree: a.degree(16) + 5, Margin: 1e-6}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.degree(16) + 1}}}
}

func zukoSquares(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.SumOfSquaresMap, Terms: a.Polynomials, Degree: a.degree(4), MinSlope: a.Slope}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Polynomials, a.degree(4) + 1}, single}}
}

func zukoMonotonic(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.MonotonicMap, Signal: a.Signal, Hidden: a.Network.Hidden}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Signal}}, own: "univariate.network."}
}

func zukoUnconstrained(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.UnconstrainedMap, Signal: a.Signal, Hidden: a.Network.Hidden, ELU: true, Rule: "gauss-legendre", Nodes: 32}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Signal}, single}, own: "univariate.integrand."}
}

func zukoGaussian(a zukoArguments) zukoMap {
	m := recipe.LayerMap{Kind: recipe.MixtureMap, Terms: a.Components, Law: "normal", Scale: &recipe.LayerScale{Kind: recipe.ExpScale}, Together: true, Squeeze: 1e-6}
	return zukoMap{LayerMap: m, shapes: [][]int{{a.Components}, {a.Components}}}
}

// zukoOwn takes the networks that belong to the map of a layer, one for each column.
func (b *builder) zukoOwn(f zukoMap, layer, theirs string) {
	if f.own == "" {
		return
	}
	in := 1 + f.Signal
	for i, out := range append(slices.Clone(f.Hidden), 1) {
		ours, from := fmt.Sprintf("%smap.layers.%d.", layer, i), fmt.Sprintf("%s%s%d.", theirs, f.own, 2*i)
		b.whole(ours+"weight", from+"weight", b.dim*out*in, b.dim, out, in)
		b.whole(ours+"bias", from+"bias", b.dim*out, b.dim, out)
		in = out
	}
}

// foreign refuses arguments that only other classes have.
func (c zukoClass) foreign(class string, o object) error {
	for _, other := range slices.Sorted(maps.Keys(zukoClasses)) {
		for _, name := range zukoClasses[other].arguments {
			if o[name] != nil && !slices.Contains(c.arguments, name) {
				return fmt.Errorf("%w: %s has no argument %q; %s has it", fault.ErrConfig, class, name, other)
			}
		}
	}
	return nil
}
