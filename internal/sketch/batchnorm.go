package sketch

import g "diffeo/graph"

const (
	normFloor    = 1e-5 // added to a variance
	normMomentum = 0.1  // share of the new batch in running statistics
)

// batchNorm is a flow of two batch normalizations (Dinh et al., "Density estimation using Real NVP", 2017, section 3.7) around a
// coupling, so that the second's statistics depend on the first's. In training the statistics are those of the batch, gradients
// flow through them, and running ones are updated; otherwise the running ones are used. The log-determinant counts statistics as given.
func batchNorm(b *g.Builder) error {
	const d = 4
	x := b.Input("x", d)
	u, l1 := normalize(b, "first", x)
	u, l2 := couple(b, "couple", u, true)
	u, l3 := normalize(b, "second", reverse(u))
	logDet := g.Add(g.Add(l1, l2), l3)
	b.Output("inverse", u)
	b.Output("inverse log-det", logDet)

	forward := func(u g.Value) (x, logDet g.Value) { // with running statistics
		x, l3 := denormalize(b, "second", u)
		x, l2 := couple(b, "couple", reverse(x), false)
		x, l1 := denormalize(b, "first", x)
		return x, g.Add(g.Add(l1, l2), l3)
	}
	y, l := forward(b.Input("u", d))
	b.Output("forward", y)
	b.Output("forward log-det", l)
	back, _ := forward(u)
	b.Output("round trip", back)

	minimize(b, g.Neg(g.MeanRows(g.Add(logNormal(u), logDet))),
		append(mlpParams(b, "couple", d/2, 6, d), x,
			b.Param("first.log-scale", d), b.Param("first.shift", d), b.Param("second.log-scale", d), b.Param("second.shift", d))...)
	return nil
}

// normalize is y = (x − μ)/√(v + floor) · eˢ + t.
func normalize(b *g.Builder, name string, x g.Value) (y, logDet g.Value) {
	d := x.Shape()[0]
	mean, variance := b.Param(name+".mean", d), b.Param(name+".variance", d)
	if b.Training() {
		runningMean, runningVariance := mean, variance
		mean = g.MeanRows(x)
		variance = g.MeanRows(g.Square(g.Sub(x, mean)))
		b.Update(runningMean, blend(runningMean, mean))
		b.Update(runningVariance, blend(runningVariance, variance))
	}
	s := b.Param(name+".log-scale", d)
	logScale := g.Sub(s, g.Scale(g.Log(g.Offset(variance, normFloor)), 0.5))
	return g.Add(g.Mul(g.Sub(x, mean), g.Exp(logScale)), b.Param(name+".shift", d)), g.Sum(logScale)
}

func denormalize(b *g.Builder, name string, y g.Value) (x, logDet g.Value) {
	d := y.Shape()[0]
	s, t := b.Param(name+".log-scale", d), b.Param(name+".shift", d)
	logScale := g.Sub(g.Scale(g.Log(g.Offset(b.Param(name+".variance", d), normFloor)), 0.5), s)
	return g.Add(g.Mul(g.Sub(y, t), g.Exp(logScale)), b.Param(name+".mean", d)), g.Sum(logScale)
}

func blend(old, batch g.Value) g.Value {
	return g.Add(g.Scale(old, 1-normMomentum), g.Scale(g.StopGradient(batch), normMomentum))
}
