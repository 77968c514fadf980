package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// proposals are n standard normal points in two columns, the second a copy of the first with another sign, weighed for N(mean, sd²) in the first.
func proposals(n int, mean, sd float64, seed uint64) Draws {
	r := rand.New(rand.NewPCG(seed, 2))
	d := Draws{matrix.New[float64](n, 2), make([]float64, n)}
	for i := range n {
		x := r.NormFloat64()
		d.X.Row(i)[0], d.X.Row(i)[1] = x, -x
		z := (x - mean) / sd
		d.LogWeights[i] = 900 - z*z/2 - math.Log(sd) + x*x/2
	}
	return d
}

// Chains have the target's moments, mix, and are worth what their autocorrelation says; equal weights take every proposal and are worth all of them.
func TestMetropolis(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	c, err := proposals(80000, 0.4, 0.7, seed).Metropolis(4, 1)
	must(t, err)
	x := c.X.Data
	var first []float64
	for i := 0; i < len(x); i += 2 {
		first = append(first, x[i])
	}
	mean, variance := meanAndVariance(first)
	ess := c.ESS()
	if se := 0.7 / math.Sqrt(ess[0]); math.Abs(mean-0.4) > 4*se || math.Abs(math.Sqrt(variance)-0.7) > 4*se {
		t.Errorf("mean %.4f and deviation %.4f, the target has 0.4 and 0.7", mean, math.Sqrt(variance))
	}
	for k, r := range c.RHat() {
		if !(r < 1.01) || ess[k] < 20000 || ess[k] > 70000 {
			t.Errorf("column %d: R̂ = %.4f, %.0f effective points", k, r, ess[k])
		}
	}
	if c.Chains != 4 || c.Steps != 20000 || c.Accepted < 0.5 || c.Accepted > 0.9 {
		t.Errorf("%d chains of %d steps, %.3f accepted", c.Chains, c.Steps, c.Accepted)
	}
	free, err := proposals(20000, 0, 1, seed).Metropolis(2, 1)
	must(t, err)
	if free.Accepted != 1 || math.Abs(free.ESS()[0]/20000-1) > 0.1 {
		t.Errorf("equal weights: %.3f accepted, %.0f of 20000 effective", free.Accepted, free.ESS()[0])
	}
}

// Between two points the chain spends the shares of their weights times how often they are proposed, and its moves between them balance.
func TestMetropolisBalance(t *testing.T) {
	const n = 60000
	d := Draws{matrix.New[float64](n, 1), make([]float64, n)}
	r := rand.New(rand.NewPCG(5, 5))
	for i := range n { // proposed by ¼ and ¾, weights 6 and 1: shares ⅔ and ⅓
		if r.IntN(4) == 0 {
			d.LogWeights[i] = math.Log(6)
		} else {
			d.X.Data[i] = 1
		}
	}
	c, err := d.Metropolis(1, 9)
	must(t, err)
	ones, moves := 0.0, 0
	for i, x := range c.X.Data {
		ones += x
		if i > 0 && x != c.X.Data[i-1] {
			moves++
		}
	}
	if share := ones / n; math.Abs(share-1.0/3) > 0.015 {
		t.Errorf("a third is due at 1, %.4f was spent there", share)
	}
	if rate := float64(moves) / n; math.Abs(rate-2*(1.0/3)*0.25) > 0.01 { // from 1 to 0 whenever that is proposed, and back as often
		t.Errorf("%.4f of the steps move between the points, want %.4f", rate, 1.0/6)
	}
}

// Chains in different places do not pass for one.
func TestRHatOfSeparateChains(t *testing.T) {
	d := proposals(4000, 0, 1, 7)
	for i := range 2000 {
		d.X.Row(i)[0] += 5
	}
	c, err := d.Metropolis(2, 1)
	must(t, err)
	if r := c.RHat(); r[0] < 2 || r[1] > 1.01 {
		t.Errorf("R̂ = %v", r)
	}
	if e := c.ESS(); e[0] > 10 {
		t.Errorf("%.0f effective points of two chains that never meet", e[0])
	}
	stuck := drawsOf(make([]float64, 40)...)
	clear(stuck.X.Data)
	c, err = stuck.Metropolis(2, 1)
	must(t, err)
	if !math.IsNaN(c.RHat()[0]) || !math.IsNaN(c.ESS()[0]) {
		t.Errorf("a column that never moves: R̂ = %v, %v effective", c.RHat(), c.ESS())
	}
}

func TestBadChains(t *testing.T) {
	d := drawsOf(1, 2, 3)
	for _, chains := range []int{0, 2} {
		if _, err := d.Metropolis(chains, 1); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%d chains of three draws: %v", chains, err)
		}
	}
	nothing := math.Inf(-1)
	if _, err := drawsOf(0, 0, nothing, nothing).Metropolis(2, 1); !errors.Is(err, fault.ErrData) {
		t.Errorf("a chain without a start: %v", err)
	}
	c, err := drawsOf(nothing, 0, nothing, 0).Metropolis(2, 1)
	must(t, err)
	if x := c.X.Data; x[0] != 1 || x[1] != 1 || x[2] != 3 || x[3] != 3 {
		t.Errorf("chains through what the target rules out: %v", x)
	}
}
