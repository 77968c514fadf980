package main

import (
	"math"

	"diffeo/graph"
	"diffeo/infer"
)

// autoregression is a series by its last K values: (α, β_1 … β_K, σ).
func autoregression(d observed) infer.Target {
	y, k := d.list("y"), int(d.number("K"))
	var rows [][]float64
	for t := k; t < len(y); t++ {
		r := []float64{1}
		for j := range k {
			r = append(r, y[t-1-j])
		}
		rows = append(rows, r)
	}
	return regression(rows, y[k:], func(_ *graph.Builder, beta, sigma graph.Value) graph.Value {
		return graph.Add(normalPrior(beta, 10), halfCauchy(sigma, 2.5))
	})
}

// arma is a series by its last value and its last error: (μ, φ, θ, σ). The errors follow one from the other,
//
//	e_t = y_t − μ − φ·y_{t−1} − θ·e_{t−1},  with y_0 = μ and e_0 = 0
//
// so that this is Go code, with derivatives carried along.
func arma(d observed) infer.Target {
	y := d.list("y")
	return infer.Target{Dim: 4, Func: func(x, g []float64) (float64, error) {
		mu, phi, theta, sigma := x[0], x[1], x[2], x[3]
		var e, squares float64
		var de, sums [3]float64 // of e and of Σe²/2 by μ, φ and θ
		last, lastByMu := mu, 1.0
		for _, v := range y {
			de = [3]float64{-1 - phi*lastByMu - theta*de[0], -last - theta*de[1], -e - theta*de[2]}
			e = v - mu - phi*last - theta*e
			squares += e * e
			for k := range sums {
				sums[k] += e * de[k]
			}
			last, lastByMu = v, 0
		}
		n, variance := float64(len(y)), sigma*sigma
		for k := range sums {
			g[k] = -sums[k] / variance
		}
		g[0] -= mu / 100
		g[1] -= phi / 4
		g[2] -= theta / 4
		s := sigma / 2.5
		g[3] = squares/(variance*sigma) - n/sigma - 2*s/2.5/(1+s*s)
		return -squares/(2*variance) - n*math.Log(sigma) - mu*mu/200 - phi*phi/8 - theta*theta/8 - math.Log1p(s*s), nil
	}}
}
