package main

import (
	"context"
	"math"
	"slices"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/infer"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/train"
)

// outcome is how an approximation compares with the reference draws.
type outcome struct {
	family      string
	bound       float64 // evidence lower bound
	share       float64 // of the draws that is effective
	k           float64 // Pareto k̂
	mean        float64 // largest distance of a mean from the reference's, in reference deviations
	deviation   float64 // largest relative error of a standard deviation
	plainMean   float64 // the same without importance weights
	plainSpread float64
}

// good tells whether it is what is asked for: means within 0.1 deviations, deviations within 10 %, and weights to be trusted.
func (o outcome) good() bool { return o.mean <= 0.1 && o.deviation <= 0.1 && o.k < 0.7 }

// families are the approximations: two normals, and a flow.
func families(dim int, guess bijection.GivenAffine) ([]string, []flow.Flow, error) {
	f, err := recipe.RealNVP(recipe.Config{Dim: dim, Transforms: 8, Hidden: []int{64, 64}})
	if err != nil {
		return nil, nil, err
	}
	alone := bijection.GivenAffine{Mean: guess.Mean, Factor: make([]float64, dim*dim)} // each column with its own deviation
	for i := range dim {
		variance := 0.0
		for j := range i + 1 {
			variance += guess.Factor[i*dim+j] * guess.Factor[i*dim+j]
		}
		alone.Factor[i*dim+i] = math.Sqrt(variance)
	}
	normal := dist.StandardNormal{Dim: dim}
	return []string{"mean-field normal", "full normal", "flow"}, []flow.Flow{
		{Base: dist.DiagonalNormal{Dim: dim}, Transform: alone},
		{Base: normal, Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.Triangular{OnBase: true}, guess}}},
		infer.Onto(f, guess),
	}, nil
}

// fit approximates a posterior by every family.
func fit(ctx context.Context, m model, d observed, reference [][]float64, steps, draws int, seed uint64) ([]outcome, error) {
	target := m.target(d)
	free, err := target.Unconstrained(m.region)
	if err != nil {
		return nil, err
	}
	guess, err := infer.Laplace(ctx, free, make([]float64, m.free))
	if err != nil {
		return nil, err
	}
	names, flows, err := families(m.free, guess)
	if err != nil {
		return nil, err
	}
	var list []outcome
	for i, f := range flows {
		f = infer.Onto(f, m.region)
		bound, err := f.Bind()
		if err != nil {
			return nil, err
		}
		p := param.New(bound.Specs, seed)
		c := infer.Config{Train: train.Config{Steps: steps, Batch: 128, Rate: 3e-3, Average: 0.99, Seed: seed, Threads: 1}}
		if _, err := infer.ReverseKL[float64](ctx, f, p, target, c); err != nil {
			return nil, err
		}
		all, err := infer.Draw[float64](ctx, f, p, target, draws, infer.Options{Seed: seed + 1})
		if err != nil {
			return nil, err
		}
		o := outcome{family: names[i], share: all.ESS() / float64(draws)}
		o.bound, _ = all.ELBO()
		smoothed, k, err := all.Pareto()
		if err != nil {
			return nil, err
		}
		o.k = k
		if m.report != nil {
			for r := range smoothed.X.Rows {
				copy(smoothed.X.Row(r), m.report(smoothed.X.Row(r)))
			}
		}
		o.mean, o.deviation = distance(smoothed, reference)
		o.plainMean, o.plainSpread = distance(infer.Draws{X: smoothed.X, LogWeights: make([]float64, draws)}, reference)
		list = append(list, o)
	}
	return list, nil
}

// distance is the largest distance of the means, in reference deviations, and the largest relative error of the deviations.
func distance(d infer.Draws, reference [][]float64) (mean, deviation float64) {
	means, deviations := d.Moments()
	for k, column := range reference {
		m, sd := moments(column)
		mean = max(mean, math.Abs(means[k]-m)/sd)
		deviation = max(deviation, math.Abs(deviations[k]/sd-1))
	}
	return mean, deviation
}

func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(x)-1))
}

// chosen says whether a name is chosen; all are, where none is.
func chosen(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }
