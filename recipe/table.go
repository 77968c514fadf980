// Package recipe holds papers as functions from a Config to a flow, and the table of their names.
package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/flow"
)

// recipes is the one table of names: the command line and model files know a recipe by these.
var recipes = map[string]func(Config) (flow.Flow, error){
	"bnaf":              BNAF,
	"bpf":               BPF,
	"gf":                GF,
	"iaf":               IAF,
	"maf":               MAF,
	"naf":               NAF,
	"ncsf":              NCSF,
	"nice":              NICE,
	"nsf-ar":            NSFAR,
	"nsf-c":             NSFC,
	"planar":            Planar,
	"radial":            Radial,
	"realnvp":           RealNVP,
	"sospf":             SOSPF,
	"sylvester":         Sylvester,
	"triangular-spline": TriangularSpline,
	"unaf":              UNAF,
}

// Names lists the recipes in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(recipes)) }

// New builds the recipe of that name. Errors wrap fault.ErrConfig: an unknown name, a bad field of the Config.
func New(name string, c Config) (flow.Flow, error) {
	f, ok := recipes[name]
	if !ok {
		return flow.Flow{}, fmt.Errorf("%w: there is no recipe %q; choose one of %v", fault.ErrConfig, name, Names())
	}
	return f(c)
}
