package main

import (
	"diffeo/graph"
	"diffeo/infer"
)

var schoolNames = []string{"theta[1]", "theta[2]", "theta[3]", "theta[4]", "theta[5]", "theta[6]", "theta[7]", "theta[8]", "mu", "tau"}

// schools is the effect of coaching in eight schools, θ_j = μ + τ·t_j: (t_1 … t_8, μ, τ).
func schools(d observed) infer.Target {
	y, sd := d.list("y"), d.list("sigma")
	n := len(y)
	rate := each(func(s float64) float64 { return 1 / s }, sd)
	return infer.Target{Dim: n + 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		t, mu, tau := part(x, 0, n), one(x, n), one(x, n+1)
		effects := graph.Add(graph.Mul(t, tau), mu)
		r := graph.Mul(graph.Sub(b.Const(y, n), effects), b.Const(rate, n))
		prior := graph.Add(normalPrior(t, 1), graph.Add(normalPrior(mu, 5), halfCauchy(tau, 5)))
		return graph.Add(normalPrior(r, 1), prior)
	}}
}

// schoolEffects and schoolDeviates go from (t, μ, τ) to (θ, μ, τ) and back.
func schoolEffects(x []float64) []float64 {
	out := append([]float64(nil), x...)
	for j := range 8 {
		out[j] = x[8] + x[9]*x[j]
	}
	return out
}

func schoolDeviates(x []float64) []float64 {
	out := append([]float64(nil), x...)
	for j := range 8 {
		out[j] = (x[j] - x[8]) / x[9]
	}
	return out
}
