package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/nn"
	"diffeo/recipe"
)

// networkFlags are the options of fit that say what the recipe is made of, beside the number of transforms.
func (f *fit) networkFlags(command *cobra.Command) {
	c, flags := &f.config, command.Flags()
	flags.IntSliceVar(&c.Hidden, "hidden", []int{128, 128}, "units of each hidden layer of the networks; one number with --blocks")
	flags.StringVar(&c.Activation, "activation", "relu", "of the networks: "+strings.Join(nn.Activations(), ", "))
	flags.IntVar(&c.Blocks, "blocks", 0, "residual blocks of each network (default: plain layers)")
	flags.IntVar(&c.Bins, "bins", 8, "bins of a spline")
	flags.Float64Var(&c.Bound, "bound", 5, "splines and Bernstein polynomials reach from −bound to bound, in units of a column's deviation, and go on as lines")
	flags.Float64Var(&c.BinScale, "bin-scale", 1, "factor on what a network says of widths and heights of bins: with a small one they learn more slowly")
	flags.IntVar(&c.Degree, "degree", 0, "degree of polynomials (default: 16 in bpf, 4 in sospf)")
	flags.IntVar(&c.Components, "components", 0, "components of a mixture, or squares of a sum (default: 8 in naf and gf, 3 in sospf); in ncsf of the base density, which is uniform without")
	flags.IntVar(&c.Signal, "signal", 16, "numbers that steer the network of a column")
	flags.IntVar(&c.Nodes, "nodes", 32, "nodes of the quadrature")
	flags.StringVar(&c.Linear, "linear", "", fmt.Sprintf("between splines: %s, %s or %s (default: the first in nsf-ar, the last in nsf-c); in glow %s or %s",
		recipe.NoLinear, recipe.Permutation, recipe.LU, recipe.LU, recipe.RotatedLinear))
	flags.StringVar(&c.Affine, "affine", "", "form of affine maps: base (x = s·u + t), data (u = s·x + t) or center (u = s·(x − t)) (default: data in maf and realnvp, base in iaf)")
	flags.Float64Var(&c.ScaleBound, "scale-bound", 7, "factors of affine maps lie between e^−bound and e^bound, with --factor softplus between 0.01 and about e^bound; maf, iaf and realnvp have 3")
	flags.StringVar(&c.Factor, "factor", recipe.ExpFactor, "factors of affine maps: "+strings.Join(recipe.Factors(), " or "))
	flags.StringVar(&c.Start, "start", recipe.NearIdentity, "first weights: near the identity, or far, from where affine maps with --factor softplus fit holes and arms of a density better")
	flags.StringVar(&c.Tails, "tails", recipe.NoTails, "between splines and data: none, or power, learned powers of columns that draw heavy tails in")
	flags.BoolVar(&c.Regression, "regression", false, "next to the base, columns are moved and scaled by linear functions of the context, which begin as least squares has them")
	flags.Float64Var(&c.Dropout, "dropout", 0, "probability with which a unit of the networks is left out in a training step")
	flags.StringVar(&c.Norm, "norm", nn.NoNorm, "of the hidden layers of the networks: none, batch, or layer (not in autoregressive recipes); of pictures "+strings.Join(nn.ImageNorms(), ", "))
	flags.BoolVar(&c.Recompute, "recompute", false, "compute transforms once more instead of keeping what gradients need: less memory in training, more time")
	flags.IntSliceVar(&c.ContextEmbedding, "context-embedding", nil, "units of each layer of a network through which the recipe sees the context (default: it sees it as it is)")
}

// chosen leaves in the recipe's Config what the command line names. What it does not name is the recipe's business: one has no use for
// bins, and another has defaults of its own. The library takes 0 and "" for its defaults; on a command line they are mistakes.
func (f *fit) chosen(command *cobra.Command) error {
	c, flags := &f.config, command.Flags()
	for _, o := range []struct {
		flag  string
		ok    bool
		has   any
		want  string
		clear func()
	}{
		{"activation", c.Activation != "", c.Activation, "give one of " + strings.Join(nn.Activations(), ", "), func() { c.Activation = "" }},
		{"blocks", c.Blocks > 0, c.Blocks, "give a number above 0", func() { c.Blocks = 0 }},
		{"bins", c.Bins > 0, c.Bins, "give a number above 0", func() { c.Bins = 0 }},
		{"bound", c.Bound > 0 && !math.IsInf(c.Bound, 0), c.Bound, "give a number above 0", func() { c.Bound = 0 }},
		{"bin-scale", c.BinScale > 0 && !math.IsInf(c.BinScale, 0), c.BinScale, "give a number above 0", func() { c.BinScale = 0 }},
		{"affine", c.Affine != "", c.Affine, "give one of " + strings.Join(recipe.Forms(), ", "), func() { c.Affine = "" }},
		{"scale-bound", c.ScaleBound > 0, c.ScaleBound, "give a number above 0", func() { c.ScaleBound = 0 }},
		{"factor", c.Factor != "", c.Factor, "give one of " + strings.Join(recipe.Factors(), ", "), func() { c.Factor = "" }},
		{"start", c.Start != "", c.Start, "give one of " + strings.Join(recipe.Starts(), ", "), func() { c.Start = "" }},
		{"tails", c.Tails != "", c.Tails, "give none or power", func() { c.Tails = "" }},
		{"degree", c.Degree > 0, c.Degree, "give a number above 0", func() { c.Degree = 0 }},
		{"components", c.Components > 0, c.Components, "give a number above 0", func() { c.Components = 0 }},
		{"signal", c.Signal > 0, c.Signal, "give a number above 0", func() { c.Signal = 0 }},
		{"nodes", c.Nodes > 1, c.Nodes, "give a number above 1", func() { c.Nodes = 0 }},
		{"dropout", c.Dropout >= 0 && c.Dropout < 1, c.Dropout, "give a probability below 1", func() { c.Dropout = 0 }},
		{"norm", c.Norm != "", c.Norm, "give one of " + strings.Join(nn.Norms(), ", "), func() { c.Norm = "" }},
		{"context-embedding", len(c.ContextEmbedding) > 0, c.ContextEmbedding, "give the units of each layer", func() { c.ContextEmbedding = nil }},
		{"levels", c.Levels > 0, c.Levels, "give a number above 0", func() { c.Levels = 0 }},
		{"coupling", c.Coupling != "", c.Coupling, "give affine, additive or spline", func() { c.Coupling = "" }},
		{"linear", c.Linear != "", c.Linear, "give one of none, permutation, lu; of pictures lu, rotation", func() { c.Linear = "" }},
	} {
		switch {
		case !flags.Changed(o.flag):
			o.clear()
		case !o.ok:
			return usagef("--%s %v makes no sense; %s", o.flag, o.has, o.want)
		}
	}
	if c.Blocks > 0 && !flags.Changed("hidden") {
		c.Hidden = nil // a residual network has one width: its own default
	}
	return nil
}
