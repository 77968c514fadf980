package sketch

import (
	"math"

	g "diffeo/graph"
)

// weightedBound is the importance-weighted bound log 1/n Σ p(x, zᵢ)/q(zᵢ | x) (Burda, Grosse and Salakhutdinov, "Importance weighted
// autoencoders", 2016) with n draws for each row, for the model z ~ N(0, 1), x | z ~ N(Az + a, e^{2s}). Draws read the q of their row.
func weightedBound(n int) func(b *g.Builder) error {
	return func(b *g.Builder) error {
		const dx, dz = 3, 2
		x := b.Input("x", dx)
		mean := dense(b, "mean", x, dz)
		logScale := b.Param("log-scale", dz)
		noise := g.Random(b.SharedInput("key", g.Uint32, 2), g.Normal, "draws", n, dz)
		z := g.Add(g.SpreadRows(mean, n), g.Mul(noise, g.Exp(logScale)))
		logQ := g.Sub(logNormal(noise), g.Sum(logScale))
		logX := logNormalAt(g.SpreadRows(x, n), dense(b, "decode", z, dx), g.Broadcast(b.Param("noise", 1), dx))
		weight := g.Sub(g.Add(logNormal(z), logX), logQ)
		bound := g.Offset(g.GroupLogSumExp(weight, n), -math.Log(float64(n)))
		b.Output("z", z)
		b.Output("log-weight", weight)
		b.Output("bound", bound)
		minimize(b, g.Neg(g.MeanRows(bound)), x, b.Param("mean.weight", dz, dx), b.Param("mean.bias", dz), logScale,
			b.Param("decode.weight", dx, dz), b.Param("decode.bias", dx), b.Param("noise", 1))
		return nil
	}
}
