package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"diffeo"
	"diffeo/check"
	"diffeo/data"
	"diffeo/recipe"
	"diffeo/train"
)

const dualityHelp = `With --duality there is no MODEL: a small flow of the recipe learns the --target, a density of two columns that is known, and on the way both divergences are
estimated twice. KL(p*‖p), which fitting minimizes, is that of the target pulled back to the base from the base density, and KL(p‖p*) likewise. At the data they take
the flow's log-densities, at the base differences in place of its log-determinants, so that a wrong log-determinant makes the two differ. All are taken within six deviations of the base, with the mass that the target has there. The
exit status is 1 if they differ.`

// toyNames are the densities that it knows.
func toyNames() (names []string) {
	for _, t := range data.Toys() {
		names = append(names, t.Name)
	}
	return names
}

// dualStages are the steps of training after which the divergences are estimated.
var dualStages = []int{0, 100, 400, 1500}

// dualLine is an estimate in JSON.
type dualLine struct {
	Step        int     `json:"step"`
	Forward     float64 `json:"kl_target_flow"`
	ForwardBase float64 `json:"kl_target_flow_at_base"`
	Reverse     float64 `json:"kl_flow_target"`
	ReverseBase float64 `json:"kl_flow_target_at_base"`
	Uncertain   float64 `json:"uncertain"` // the largest of the four
	Mass        float64 `json:"mass"`      // of the target within six deviations of the base, where all four are taken
	Agree       bool    `json:"agree"`
}

// tooCoarse is an uncertainty, in nats, with which agreement says little.
const tooCoarse = 0.02

func (l dualLine) verdict() string {
	switch {
	case !l.Agree:
		return "DIFFER"
	case l.Uncertain > tooCoarse:
		return "agree, but the cells are too coarse to say much"
	}
	return "agree"
}

// dual fits a flow to a known density and watches both divergences.
func (k *checking) dual(ctx context.Context) error {
	target, err := data.ToyNamed(k.target)
	if err != nil {
		return usagef("--target: %v", err)
	}
	f, err := recipe.New(k.recipe, recipe.Config{Dim: 2, Transforms: 6, Hidden: []int{32, 32}})
	if err != nil {
		return usagef("--recipe: %v", err)
	}
	params, err := diffeo.Init(f, k.o.Seed)
	if err != nil {
		return err
	}
	rows := target.Sample(20000, k.o.Seed+1)
	var lines []dualLine
	disagree := false
	for i, steps := range dualStages {
		if i > 0 {
			c := train.Config{Steps: steps - dualStages[i-1], Batch: 256, Rate: 3e-3, Seed: k.o.Seed + uint64(i), Threads: k.o.Threads}
			if _, err := train.MaximumLikelihood(ctx, f, params, train.Data[float64]{X: rows}, train.Data[float64]{}, c); err != nil {
				return err
			}
		}
		d, err := check.Duality(ctx, f, params, target, check.DualOptions{Seed: k.o.Seed, Threads: k.o.Threads})
		if err != nil {
			return err
		}
		l := dualLine{steps, d.Forward.Data.Value, d.Forward.Base.Value, d.Reverse.Data.Value, d.Reverse.Base.Value,
			max(d.Forward.Data.Uncertain, d.Forward.Base.Uncertain, d.Reverse.Data.Uncertain, d.Reverse.Base.Uncertain), d.Mass, d.Forward.Agree() && d.Reverse.Agree()}
		for _, x := range []float64{l.Forward, l.ForwardBase, l.Reverse, l.ReverseBase, l.Uncertain} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("after %d steps a divergence between %s and %s is not finite: the target is 0 where the flow is not; take another --target", steps, k.target, k.recipe)
			}
		}
		disagree = disagree || !l.Agree
		lines = append(lines, l)
	}
	if err := k.dualReport(lines); err != nil {
		return err
	}
	if disagree {
		return errors.New("the divergences at the data and at the base differ: a log-determinant of " + k.recipe + " is wrong")
	}
	return nil
}

func (k *checking) dualReport(lines []dualLine) error {
	if k.json {
		return k.printJSON(struct {
			Target string     `json:"target"`
			Recipe string     `json:"recipe"`
			Lines  []dualLine `json:"steps"`
		}{k.target, k.recipe, lines})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s learns %s; nats\n\n", k.recipe, k.target)
	fmt.Fprintf(&b, "%6s  %12s %12s  %12s %12s  %8s %8s\n", "step", "KL(p*‖p)", "at the base", "KL(p‖p*)", "at the base", "±", "mass")
	for _, l := range lines {
		fmt.Fprintf(&b, "%6d  %12.4f %12.4f  %12.4f %12.4f  %8.4f %8.4f  %s\n", l.Step, l.Forward, l.ForwardBase, l.Reverse, l.ReverseBase, l.Uncertain, l.Mass, l.verdict())
	}
	return k.print(b.String())
}
