package check

import (
	"context"
	"math"
	"math/rand/v2"

	"diffeo/matrix"
)

// sampledIntegral estimates ∫p = E_q[p/q] by n draws, or more where a pilot run says that they are needed, from a density q of kernels
// around draws of the model (see kernels): it knows where the density is, and nothing of its log-determinants. The width of the
// kernels is the one with the most effective points in the pilot run; the estimate's own points are fresh, so that neither choice biases it. A
// tenth of q is wide, with polynomial tails, so that no weight is without bound.
func sampledIntegral(ctx context.Context, f integrand, pool rows64, n int, seed uint64) (total, error) {
	k := newKernels(pool, rand.New(rand.NewPCG(seed, streamKernels)))
	const pilot = 2000
	best, most := 1.0, -1.0
	for i, width := range []float64{0.35, 0.6, 1, 1.6} {
		k.width = width
		t, err := k.estimate(ctx, f, pilot, rand.New(rand.NewPCG(seed, streamPilot<<8+uint64(i))))
		if err != nil {
			return total{}, err
		}
		if t.ess > most {
			best, most = width, t.ess
		}
	}
	k.width = best
	if wanted := 1.6 / (certainIntegral * certainIntegral); most > 0 { // a standard error of ε takes some 1/ε² effective points
		n = int(min(max(float64(n), wanted*pilot/most), float64(mostDraws*n)))
	}
	return k.estimate(ctx, f, n, rand.New(rand.NewPCG(seed, streamDraws)))
}

// estimate is the mean of p/q over n draws from q.
func (k *kernels) estimate(ctx context.Context, f integrand, n int, rng *rand.Rand) (total, error) {
	d := k.dim
	z, logQ := matrix.New[float64](min(n, piece), d), make([]float64, min(n, piece))
	var sum, squares, largest float64
	for from := 0; from < n; from += piece {
		m := min(piece, n-from)
		for r := range m {
			k.draw(rng, from+r, z.Row(r))
			logQ[r] = k.logDensity(z.Row(r))
		}
		l, err := f(z.Slice(0, m))
		if err != nil {
			return total{}, err
		}
		for r, v := range l {
			if !(v > negInf) {
				continue
			}
			w := math.Exp(v - logQ[r])
			sum += w
			squares += w * w
			largest = math.Max(largest, w)
		}
		if err := ctx.Err(); err != nil {
			return total{}, err
		}
	}
	mean := sum / float64(n)
	t := total{value: mean, points: n, sampled: true, share: nan}
	t.uncertain = math.Sqrt(math.Max(0, squares/float64(n)-mean*mean) / float64(n-1))
	if squares > 0 {
		t.ess, t.share = sum*sum/squares, largest/sum
	}
	return t, nil
}
