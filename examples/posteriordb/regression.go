package main

import (
	"math"

	"diffeo/graph"
	"diffeo/infer"
)

// regression is y ~ N(X·β, σ²) for the parameters (β, σ), with a prior that may be nil.
func regression(rows [][]float64, y []float64, prior func(b *graph.Builder, beta, sigma graph.Value) graph.Value) infer.Target {
	n, p := len(y), len(rows[0])
	var flat []float64
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return infer.Target{Dim: p + 1, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		beta, sigma := part(x, 0, p), one(x, p)
		residuals := graph.Sub(b.Const(y, n), graph.Linear(b.Const(flat, n, p), beta))
		l := normalSum(n, graph.Sum(graph.Square(residuals)), sigma)
		if prior != nil {
			l = graph.Add(l, prior(b, beta, sigma))
		}
		return l
	}}
}

// columns puts columns side by side, behind a column of ones.
func columns(list ...[]float64) (rows [][]float64) {
	for i := range list[0] {
		r := []float64{1}
		for _, c := range list {
			r = append(r, c[i])
		}
		rows = append(rows, r)
	}
	return rows
}

func each(f func(float64) float64, x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = f(v)
	}
	return out
}

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

// earnings: log earnings by height, sex and their interaction.
func earnings(d observed) infer.Target {
	z, male := standardized(d.list("height")), d.list("male")
	return regression(columns(z, male, times(z, male)), each(math.Log, d.list("earn")), nil)
}

// kidScore: test scores of children by their mothers' IQ.
func kidScore(d observed) infer.Target {
	return regression(columns(d.list("mom_iq")), d.list("kid_score"), func(_ *graph.Builder, _, sigma graph.Value) graph.Value { return halfCauchy(sigma, 2.5) })
}

// kilpisjarvi: summer temperatures by year.
func kilpisjarvi(d observed) infer.Target {
	mean := []float64{d.number("pmualpha"), d.number("pmubeta")}
	rate := []float64{1 / d.number("psalpha"), 1 / d.number("psbeta")}
	return regression(columns(d.list("x")), d.list("y"), func(b *graph.Builder, beta, _ graph.Value) graph.Value {
		return normalPrior(graph.Mul(graph.Sub(beta, b.Const(mean, 2)), b.Const(rate, 2)), 1)
	})
}

// mesquite: the weight of leaves by the size of the bush.
func mesquite(d observed) infer.Target {
	a, c, h := each(math.Log, d.list("diam1")), each(math.Log, d.list("diam2")), each(math.Log, d.list("canopy_height"))
	volume, area, shape := make([]float64, len(a)), make([]float64, len(a)), make([]float64, len(a))
	for i := range a {
		volume[i], area[i], shape[i] = a[i]+c[i]+h[i], a[i]+c[i], a[i]-c[i]
	}
	return regression(columns(volume, area, shape, each(math.Log, d.list("total_height")), d.list("group")), each(math.Log, d.list("weight")), nil)
}

// nes: which party people are near to, by what they are.
func nes(d observed) infer.Target {
	age := d.list("age_discrete")
	is := func(group float64) []float64 {
		return each(func(a float64) float64 {
			if a == group {
				return 1
			}
			return 0
		}, age)
	}
	return regression(columns(d.list("real_ideo"), d.list("race_adj"), is(2), is(3), is(4), d.list("educ1"), d.list("gender"), d.list("income")), d.list("partyid7"), nil)
}

// blr: a made regression with correlated columns and no constant.
func blr(d observed) infer.Target {
	return regression(d.matrix("X"), d.list("y"), func(_ *graph.Builder, beta, sigma graph.Value) graph.Value {
		return graph.Add(normalPrior(beta, 10), normalPrior(sigma, 10))
	})
}
