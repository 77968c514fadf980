// Package recipe holds papers as functions from a Config to a flow, and the table of their names.
package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/flow"
)

// About is what the catalogue (docs/catalogue.md) says of a recipe.
type About struct {
	Paper            string // arXiv numbers
	Forward, Inverse string // what drawing and scoring cost, a transform
	Use              string // what it is good for
}

type entry struct {
	build func(Config) (flow.Flow, error)
	about About
}

const (
	onePass = "1 pass"
	steps   = "about 1 pass, in D steps"
)

// recipes and images are the one table of names, of flows of rows and of images: the command line and model files know a recipe by these.
var recipes = map[string]entry{
	"bnaf":              {BNAF, About{"1904.04676", "D equations", onePass, "densities in few columns, scored more than drawn"}},
	"bpf":               {BPF, About{"2004.00464, 2204.13939", "D passes, each with an equation", onePass, "smooth densities"}},
	"gf":                {GF, About{"2003.01941", "D equations", "O(K·D + D²)", "tables without networks; many layers"}},
	"iaf":               {IAF, About{"1606.04934", onePass, steps, "drawing and variational inference"}},
	"maf":               {MAF, About{"1705.07057", steps, onePass, "density estimation of smooth tables"}},
	"naf":               {NAF, About{"1804.00779", "D passes, each with an equation", onePass, "several modes"}},
	"ncsf":              {NCSF, About{"2002.02428", onePass, onePass, "angles"}},
	"nice":              {NICE, About{"1410.8516", onePass, onePass, "maps that keep volumes"}},
	"nsf-ar":            {NSFAR, About{"1906.04032", steps, onePass, "density estimation of tables"}},
	"nsf-c":             {NSFC, About{"1906.04032", onePass, onePass, "the same, with fast draws"}},
	"planar":            {Planar, About{"1505.05770", "O(D), and one equation", "O(D)", "few parameters; comparisons"}},
	"radial":            {Radial, About{"1505.05770", "O(D)", "O(D)", "few parameters; comparisons"}},
	"realnvp":           {RealNVP, About{"1605.08803", onePass, onePass, "fast in both directions"}},
	"sospf":             {SOSPF, About{"1905.02325", "D passes, each with an equation", onePass, "smooth densities"}},
	"sylvester":         {Sylvester, About{"1803.05649", "O(D²), and D equations", "O(D²)", "few parameters; variational posteriors"}},
	"triangular-spline": {TriangularSpline, About{"", "O(D²)", "O(D²)", "tables without networks, fast in both directions (flowjax)"}},
	"unaf":              {UNAF, About{"1908.05164", "D passes, each with an equation", "1 pass, and 32 of a network a column", "any increasing function; slow"}},
}

var images = map[string]entry{
	"glow":          {Glow, About{"1807.03039", onePass, onePass, "images"}},
	"realnvp-image": {RealNVPImage, About{"1605.08803", onePass, onePass, "images, by checkerboards and channels in turn"}},
}

// Names lists the recipes of rows in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(recipes)) }

// ImageNames lists the recipes of images, which need Config.Image, in alphabetical order.
func ImageNames() []string { return slices.Sorted(maps.Keys(images)) }

// Describe says what a recipe is good for and what it costs; the zero About for a name that is not in the table.
func Describe(name string) About {
	if e, ok := images[name]; ok {
		return e.about
	}
	return recipes[name].about
}

// New builds the recipe of that name. Errors wrap fault.ErrConfig: an unknown name, a bad field of the Config.
func New(name string, c Config) (flow.Flow, error) {
	r, ok := recipes[name]
	if !ok {
		r, ok = images[name]
	}
	if !ok {
		return flow.Flow{}, fmt.Errorf("%w: there is no recipe %q; choose one of %v, or for images of %v", fault.ErrConfig, name, Names(), ImageNames())
	}
	return r.build(c)
}
