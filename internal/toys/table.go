package main

import (
	"fmt"
	"math"
	"slices"

	"diffeo/recipe"
)

// entry is a recipe with its sizes, and the libraries that have it too.
type entry struct {
	name  string
	size  recipe.Config // Dim is that of all, and Hidden where there is none
	peers []string
	scale float64 // factor on the data; 0: 1
}

// The sizes: eight transforms, and 32 of the simplest maps. bnaf has half of its hidden units for each column. maf has the factor on the data's side, as
// in zuko and in fit. Affine maps have softplus factors, as in flowjax, and begin far from the identity, as do bpf and sospf.
// zuko's polynomials of "degree" 16 have 17 coefficients from the network and 5 that are given: they are of degree 21.
var entries = []entry{
	{name: "nice", size: recipe.Config{Transforms: 8}, peers: []string{"normflows"}},
	{name: "realnvp", size: recipe.Config{Transforms: 8, Factor: recipe.SoftplusFactor, Start: recipe.FarFromIdentity}, peers: []string{"zuko", "normflows", "flowjax"}},
	{name: "maf", size: recipe.Config{Transforms: 8, Affine: "data", Factor: recipe.SoftplusFactor, Start: recipe.FarFromIdentity}, peers: []string{"zuko", "normflows", "flowjax"}},
	{name: "iaf", size: recipe.Config{Transforms: 8, Factor: recipe.SoftplusFactor, Start: recipe.FarFromIdentity}, peers: []string{"normflows", "flowjax"}},
	{name: "nsf-ar", size: recipe.Config{Transforms: 8, Bins: 16}, peers: []string{"zuko", "normflows", "flowjax"}},
	{name: "nsf-c", size: recipe.Config{Transforms: 8, Bins: 16}, peers: []string{"normflows", "flowjax"}},
	{name: "ncsf", size: recipe.Config{Transforms: 8}, peers: []string{"zuko", "normflows"}, scale: math.Pi / 6}, // all boxes end before 6
	{name: "bpf", size: recipe.Config{Transforms: 8, Degree: 21, Start: recipe.FarFromIdentity}, peers: []string{"zuko"}},
	{name: "sospf", size: recipe.Config{Transforms: 8, Start: recipe.FarFromIdentity}, peers: []string{"zuko"}},
	{name: "naf", size: recipe.Config{Transforms: 8, Components: 16}, peers: []string{"zuko"}},
	{name: "unaf", size: recipe.Config{Transforms: 8, Start: recipe.FarFromIdentity}, peers: []string{"zuko"}},
	{name: "bnaf", size: recipe.Config{Transforms: 8, Hidden: []int{128, 128}}, peers: []string{"flowjax"}},
	{name: "gf", size: recipe.Config{Transforms: 8}, peers: []string{"zuko"}},
	{name: "triangular-spline", size: recipe.Config{Transforms: 8}, peers: []string{"flowjax"}},
	{name: "planar", size: recipe.Config{Transforms: 32}, peers: []string{"normflows", "flowjax"}},
	{name: "radial", size: recipe.Config{Transforms: 32}, peers: []string{"normflows"}},
	{name: "sylvester", size: recipe.Config{Transforms: 32}},
}

// recipeNames are the recipes of the table, in its order.
func recipeNames() (names []string) {
	for _, e := range entries {
		names = append(names, e.name)
	}
	return names
}

func entryOf(name string) (entry, error) {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	if i < 0 {
		return entry{}, fmt.Errorf("there are no sizes for the recipe %q", name)
	}
	return entries[i], nil
}

// config is the recipe's Config for networks with these hidden layers.
func (e entry) config(hidden []int) recipe.Config {
	c := e.size
	if c.Dim = 2; c.Hidden == nil {
		c.Hidden = hidden
	}
	return c
}

// factor is what the data are multiplied by.
func (e entry) factor() float64 {
	if e.scale == 0 {
		return 1
	}
	return e.scale
}

// bar is what the Kullback–Leibler divergence of these recipes may be on these densities, in nats.
const bar = 0.05

var (
	barRecipes   = []string{"nsf-ar", "nsf-c", "naf", "bnaf"}
	barDensities = []string{"8gaussians", "moons", "rings"}
)

// slack is how much larger than a library's it may be.
const slack = 0.02
