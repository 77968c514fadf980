package sketch

import (
	"math"

	g "diffeo/graph"
)

// LogDensity is code of the host: log p̃ at a point, the gradient being written.
type LogDensity func(x, gradient []float64) (float64, error)

// reverseKL is the loss of variational inference, E log q(x) − log p̃(x) over x = T(u), u drawn inside the graph (Rezende and Mohamed,
// "Variational inference with normalizing flows", 2015); p̃ is Go code.
func reverseKL(target LogDensity) func(b *g.Builder) error {
	return func(b *g.Builder) error {
		const d = 2
		u := g.Random(b.SharedInput("key", g.Uint32, 2), g.Normal, "base", 1, d)
		shift, logScale := b.Param("shift", d), b.Param("log-scale", d)
		x, l1 := couple(b, "first", u, false)
		x, l2 := couple(b, "second", reverse(x), false)
		x = g.Add(g.Mul(x, g.Exp(logScale)), shift)
		logQ := g.Sub(logNormal(u), g.Add(g.Add(l1, l2), g.Sum(logScale)))
		logP := g.HostLogDensity("banana", x, target)
		b.Output("u", u)
		b.Output("forward", x)
		b.Output("log q", logQ)
		wrt := append(mlpParams(b, "first", 1, 6, 2), mlpParams(b, "second", 1, 6, 2)...)
		minimize(b, g.MeanRows(g.Sub(logQ, logP)), append(wrt, shift, logScale)...)
		return nil
	}
}

// Banana is the log-density of x₀ ~ N(0, 4), x₁ ~ N(x₀²/4, 1), up to a constant.
func Banana(x, gradient []float64) (float64, error) {
	r := x[1] - x[0]*x[0]/4
	gradient[0] = -x[0]/4 + r*x[0]/2
	gradient[1] = -r
	return -x[0]*x[0]/8 - r*r/2 - math.Log(4*math.Pi), nil
}
