package sketch

import (
	"math"
	"testing"

	"diffeo/internal/philox"
)

// The bound and its draws against a loop in Go with the same random numbers.
func TestWeightedBound(t *testing.T) {
	b := open(t, find(t, "importance-weighted bound"))
	b.gradients("loss", "grad ", 1e-9)
	const n, dx, dz = 5, 3, 2
	key := [2]uint32{uint32(b.in["key"][0]), uint32(b.in["key"][1])}
	logNormal := func(u float64) float64 { return -u*u/2 - math.Log(2*math.Pi)/2 }
	want, loss := make([]float64, b.rows), 0.
	for r := range want {
		x := b.in["x"][r*dx : (r+1)*dx]
		sum := 0.
		for k := range n {
			lane := r*n + k
			z, logWeight := make([]float64, dz), 0.
			for i := range z {
				e := philox.Normal(key, stream("draws"), uint64(lane), i)
				mean, s := b.in["mean.bias"][i], b.in["log-scale"][i]
				for j := range x {
					mean += b.in["mean.weight"][i*dx+j] * x[j]
				}
				z[i] = mean + e*math.Exp(s)
				logWeight += logNormal(z[i]) - logNormal(e) + s
			}
			for j := range x {
				mean, s := b.in["decode.bias"][j], b.in["noise"][0]
				for i := range z {
					mean += b.in["decode.weight"][j*dz+i] * z[i]
				}
				logWeight += logNormal((x[j]-mean)*math.Exp(-s)) - s
			}
			near(t, "log-weight", b.out("log-weight")[lane:lane+1], []float64{logWeight}, 1e-12)
			sum += math.Exp(logWeight)
		}
		want[r] = math.Log(sum / n)
		loss -= want[r] / float64(b.rows)
	}
	near(t, "bound", b.out("bound"), want, 1e-12)
	near(t, "loss", b.out("loss"), []float64{loss}, 1e-12)
}

// Where q is the posterior, every weight is p(x), so the bound is log p(x) for every draw and any number of them. For
// x = z·a + c + e^s·noise in each dimension alone, p(x) = N(c, a² + e^2s), the posterior N((x−c)·a/(a²+e^2s), e^2s/(a²+e^2s)).
func TestBoundIsExactAtThePosterior(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		s := find(t, "importance-weighted bound")
		s.Build = weightedBound(n)
		b := open(t, s)
		const noise = -0.3
		a, c := []float64{0.8, -1.5}, []float64{0.2, -0.4, 0.7} // the third dimension of x is noise alone
		v := math.Exp(2 * noise)
		decode, mean, bias, logScale := make([]float64, 6), make([]float64, 6), make([]float64, 2), make([]float64, 2)
		for i, w := range a {
			decode[i*2+i] = w
			mean[i*3+i] = w / (w*w + v)
			bias[i] = -c[i] * w / (w*w + v)
			logScale[i] = 0.5 * math.Log(v/(w*w+v))
		}
		b = b.with(numbers{"decode.weight": decode, "decode.bias": c, "noise": {noise}, "mean.weight": mean, "mean.bias": bias, "log-scale": logScale})
		want := make([]float64, b.rows)
		for r := range want {
			for j, variance := range []float64{a[0]*a[0] + v, a[1]*a[1] + v, v} {
				u := b.in["x"][3*r+j] - c[j]
				want[r] += -u*u/(2*variance) - 0.5*math.Log(2*math.Pi*variance)
			}
		}
		near(t, "bound", b.out("bound"), want, 1e-12)
	}
}

// More draws give a tighter bound in the mean: over 400 rows the differences are many standard errors.
func TestMoreDrawsTightenTheBound(t *testing.T) {
	last := math.Inf(-1)
	for _, n := range []int{1, 4, 32} {
		s := find(t, "importance-weighted bound")
		s.Build, s.Rows = weightedBound(n), 400
		bound := -open(t, s).out("loss")[0]
		if bound <= last {
			t.Errorf("%d draws: bound %g, not above %g", n, bound, last)
		}
		last = bound
	}
}

// A weight so small that its exponential underflows does not spoil the bound.
func TestBoundDoesNotUnderflow(t *testing.T) {
	b := open(t, find(t, "importance-weighted bound"))
	x := make([]float64, len(b.in["x"]))
	for i := range x {
		x[i] = 1e3 * float64(i%5-2)
	}
	for _, l := range b.with(numbers{"x": x}).out("bound") {
		if math.IsInf(l, 0) || math.IsNaN(l) {
			t.Errorf("bound %g", l)
		}
	}
}
