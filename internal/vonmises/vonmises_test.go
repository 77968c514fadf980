package vonmises

import (
	"math"
	"math/rand/v2"
	"testing"
)

// three is a mixture that is plain to see, and rows of it.
func three(n int, rng *rand.Rand) (m Mixture, x [][]float64) {
	m = Mixture{
		Weights:       []float64{0.5, 0.3, 0.2},
		Mean:          [][]float64{{-2, 1}, {3, -1}, {1, 3}},
		Concentration: [][]float64{{20, 8}, {5, 30}, {40, 12}},
	}
	for range n {
		k, u := 0, rng.Float64()
		for u -= m.Weights[0]; u > 0; u -= m.Weights[k] {
			k++
		}
		row := make([]float64, 2)
		for d := range row {
			for { // rejection from a uniform proposal
				t := math.Pi * (2*rng.Float64() - 1)
				if rng.Float64() < math.Exp(m.Concentration[k][d]*(math.Cos(t-m.Mean[k][d])-1)) {
					row[d] = t
					break
				}
			}
		}
		x = append(x, row)
	}
	return m, x
}

// I₀ and I₁/I₀ are those of the integrals (1/π)·∫₀^π e^(κ·cos t)·(cos t)ⁱ dt, which the trapezoidal rule computes to all digits.
func TestBessel(t *testing.T) {
	for _, k := range []float64{0, 1e-6, 0.3, 2, 19.9, 20, 20.1, 55, 300} {
		const n = 4000
		zero, one := 0.0, 0.0
		for i := range n {
			c := math.Cos(2 * math.Pi * float64(i) / n)
			zero += math.Exp(k*(c-1)) / n
			one += math.Exp(k*(c-1)) * c / n
		}
		if got, want := logI0(k), k+math.Log(zero); !(math.Abs(got-want) <= 1e-12*(1+want)) {
			t.Errorf("log I₀(%g) = %.15g, want %.15g", k, got, want)
		}
		if got, want := ratio(k), one/zero; !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("I₁(%g)/I₀ = %.15g, want %.15g", k, got, want)
		}
		if got := concentration(ratio(k)); !(math.Abs(got-k) <= 1e-8*(1+k)) {
			t.Errorf("the concentration of A(%g) is %g", k, got)
		}
	}
	if concentration(0) != 0 || concentration(1) != most {
		t.Error("concentrations of no and of one direction")
	}
}

// The density integrates to one: the midpoint rule is exact for what is smooth on the torus.
func TestDensityIntegratesToOne(t *testing.T) {
	m, _ := three(0, nil)
	const n = 200
	sum := 0.0
	for i := range n {
		for j := range n {
			sum += math.Exp(m.LogDensity([]float64{2 * math.Pi * float64(i) / n, 2*math.Pi*float64(j)/n - 9})) * math.Pow(2*math.Pi/n, 2)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("the integral is %g", sum)
	}
}

// No step of expectation maximisation loses likelihood (Dempster, Laird and Rubin, 1977).
func TestStepsGain(t *testing.T) {
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, 0))
	_, x := three(300, rng)
	rows := make([][]direction, len(x))
	for r, row := range x {
		rows[r] = directions(row)
	}
	for trial := range 5 {
		m, before := begin(rows, 1+2*trial, rng), math.Inf(-1)
		for i := range 60 {
			next, now := step(rows, m)
			if now < before-1e-9 {
				t.Fatalf("seed %d, trial %d: step %d goes from %g to %g", seed, trial, i, before, now)
			}
			m, before = next, now
		}
	}
}

// The criterion finds the number of components, and the fit is as good as the truth.
func TestChoose(t *testing.T) {
	const seed = 4
	rng := rand.New(rand.NewPCG(seed, 0))
	truth, x := three(600, rng)
	c, err := Choose(x, 6, Options{Starts: 4, Steps: 100, Tolerance: 1e-6}, rng)
	if err != nil {
		t.Fatal(err)
	}
	if c.Components != 3 {
		t.Errorf("seed %d: %d components of least BIC", seed, c.Components)
	}
	_, held := three(2000, rng)
	mean := 0.0
	for _, row := range held {
		mean += (truth.LogDensity(row) - c.LogDensity(row)) / float64(len(held))
	}
	if mean > 0.03 || mean < -0.03 {
		t.Errorf("seed %d: %g nats a row below the truth", seed, mean)
	}
	if _, _, err := Fit(nil, Options{Components: 1, Starts: 1, Steps: 1}, rng); err == nil {
		t.Error("nothing was fitted")
	}
}
