package scalar

import (
	"math"

	"diffeo/graph"
)

// linearPieces is a chain of chords over K equal bins: y = y₀ + h·t with t the place of x in its bin of height h, and dy/dx = K·h.
type linearPieces struct{ PolynomialSpline }

func (m linearPieces) params() int { return m.Bins }

func (m linearPieces) tables(b *graph.Builder, theta graph.Value) (left, low, height graph.Value) {
	height = shares(theta, m.MinHeight)
	k, d := theta.Shape()[0], theta.Shape()[1]
	places := make([]float64, k)
	for i := range places {
		places[i] = float64(i) / float64(k)
	}
	return graph.Broadcast(b.Const(places, k, 1), k, d), starts(height), height
}

func (m linearPieces) rise(b *graph.Builder, x, theta graph.Value) (y, logSlope graph.Value) {
	left, low, height := m.tables(b, theta)
	p := pick(binOf(b, left, x), left, low, height)
	t := keep(graph.Scale(graph.Sub(x, p[0]), float64(m.Bins)), 0, 1)
	return graph.Add(p[1], graph.Mul(p[2], t)), graph.Offset(graph.Log(p[2]), math.Log(float64(m.Bins)))
}

func (m linearPieces) find(b *graph.Builder, y, theta graph.Value) (x, logSlope graph.Value) {
	left, low, height := m.tables(b, theta)
	p := pick(binOf(b, low, y), left, low, height)
	t := keep(graph.Div(graph.Sub(y, p[1]), p[2]), 0, 1)
	return graph.Add(p[0], graph.Scale(t, 1/float64(m.Bins))), graph.Offset(graph.Neg(graph.Log(p[2])), -math.Log(float64(m.Bins)))
}
