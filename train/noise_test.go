package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// A normal that learns from rows with noise of deviation h has the variance of the rows plus h², the maximum of the likelihood under the
// smoothed density; so even a single value that all rows share has a density. The numbers are a function of the seed.
func TestNoiseSmooths(t *testing.T) {
	const h = 0.6
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 2}, Transform: bijection.Chain{}}
	bound, err := f.Bind()
	must(t, err)
	d := Data[float32]{X: matrix.New[float32](1000, 2)}
	rng := rand.New(rand.NewPCG(1, 2))
	for r := range d.X.Rows {
		d.X.Row(r)[0], d.X.Row(r)[1] = float32(0.8*rng.NormFloat64()), 0.25 // the second column is constant
	}
	fit := func(c Config) *param.Set {
		p := param.New(bound.Specs, 1)
		_, err := MaximumLikelihood(t.Context(), f, p, d, Data[float32]{}, c)
		must(t, err)
		return p
	}
	c := Config{Steps: 1500, Batch: 500, Rate: 2e-2, Noise: h, Threads: 1}
	p := fit(c)
	for j, variance := range []float64{0.8 * 0.8, 0} {
		want := math.Sqrt(variance + h*h)
		if got := math.Exp(p.Data("base.log_scale")[j]); math.Abs(got-want) > 0.05*want {
			t.Errorf("column %d: deviation %.3f, want %.3f", j, got, want)
		}
	}
	c.Threads, c.Steps = 2, 50
	again := fit(c)
	c.Threads = 1
	if !equalSets(again, fit(c)) {
		t.Error("two threads give other weights")
	}
	c.Noise = 0
	if equalSets(again, fit(c)) {
		t.Error("noise changes nothing")
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		c.Noise = bad
		if _, err := MaximumLikelihood(t.Context(), f, param.New(bound.Specs, 1), d, Data[float32]{}, c); err == nil {
			t.Errorf("noise of %g is taken", bad)
		}
	}
}
