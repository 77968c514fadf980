package main

import (
	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/infer"
	"diffeo/scalar"
)

// mixtureRegion keeps the means in order, so that the components cannot be exchanged, the deviations positive, and the share between 0 and 1.
var mixtureRegion = bijection.Parts{
	{Columns: 2, Transform: bijection.Ordered{}},
	{Columns: 2, Transform: bijection.Static{Map: scalar.Exp{}}},
	{Columns: 1, Transform: bijection.Static{Map: scalar.SigmoidMap{}}},
}

// mixture is two normals in one column: (μ_1, μ_2, σ_1, σ_2, θ), with θ the share of the first.
func mixture(d observed) infer.Target {
	y := d.list("y")
	n := len(y)
	return infer.Target{Dim: 5, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		mu, sigma, theta := part(x, 0, 2), part(x, 2, 4), one(x, 4)
		component := func(k int, share graph.Value) graph.Value { // log of share·N(y; μ_k, σ_k²), up to a constant, [1, n]
			s := one(sigma, k)
			z := graph.Div(graph.Sub(b.Const(y, n), one(mu, k)), s)
			l := graph.Add(graph.Scale(graph.Square(z), -0.5), graph.Sub(graph.Log(share), graph.Log(s)))
			return graph.Reshape(l, 1, n)
		}
		rest := graph.Sub(b.Scalar(1), theta)
		terms := graph.Concat(0, component(0, theta), component(1, rest))
		prior := graph.Add(normalPrior(mu, 2), normalPrior(sigma, 2))
		beta := graph.Scale(graph.Add(graph.Log(theta), graph.Log(rest)), 4)
		return graph.Add(graph.Sum(graph.LogSumExp(terms, 0)), graph.Add(prior, beta))
	}}
}
