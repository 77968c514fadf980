package main

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"diffeo/data"
	"diffeo/infer"
	"diffeo/matrix"
)

// sharedFolder is the folder with the reference draws, which a user's machine may not have.
func sharedFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared")
	if _, err := os.Stat(filepath.Join(dir, "data", "sbibm")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the benchmark's data are missing: %v", err)
		}
		t.Skipf("without the benchmark's data: %v", err)
	}
	return dir
}

func simulated(t *testing.T, k task, n int) infer.Simulations {
	t.Helper()
	s, err := k.simulator.Draw(t.Context(), n, 11)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expect compares the mean of f over n rows with what it ought to be, within 4 standard errors and what is given besides.
func expect(t *testing.T, what string, n int, want, besides float64, f func(r int) float64) {
	t.Helper()
	sum, squares := 0.0, 0.0
	for r := range n {
		v := f(r)
		sum, squares = sum+v, squares+v*v
	}
	got := sum / float64(n)
	se := math.Sqrt((squares/float64(n) - got*got) / float64(n))
	if !(math.Abs(got-want) <= 4*se+besides) {
		t.Errorf("%s is %.4f ± %.4f, want %.4f", what, got, se, want)
	}
}

// Moments of prior and simulator, by their formulas.
func TestMoments(t *testing.T) {
	const n = 20000
	for _, c := range []struct {
		name             string
		variance         float64 // of a parameter
		noise, noiseMean float64 // second moment and mean of x less where it is moved to
	}{{"gaussian_linear", 0.1, 0.1, 0}, {"gaussian_linear_uniform", 1.0 / 3, 0.1, 0}, {"gaussian_mixture", 100.0 / 3, 0.505, 0}} {
		k, err := find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		s := simulated(t, k, n)
		for j := range s.Parameters.Values.Cols {
			theta := func(r int) float64 { return s.Parameters.Values.Row(r)[j] }
			noise := func(r int) float64 { return s.Observations.Values.Row(r)[j] - theta(r) }
			expect(t, c.name+": the mean of a parameter", n, 0, 0, theta)
			expect(t, c.name+": its variance", n, c.variance, 0, func(r int) float64 { return theta(r) * theta(r) })
			expect(t, c.name+": the mean of the noise", n, 0, 0, noise)
			expect(t, c.name+": its variance", n, c.noise, 0, func(r int) float64 { return noise(r) * noise(r) })
		}
	}
	// The mixture's fourth moment is 3·(1 + 10⁻⁴)/2, and not that of one normal, 3·0.505².
	mixture, _ := find("gaussian_mixture")
	s := simulated(t, mixture, n)
	expect(t, "gaussian_mixture: the fourth moment of the noise", n, 1.50015, 0, func(r int) float64 {
		return math.Pow(s.Observations.Values.Row(r)[0]-s.Parameters.Values.Row(r)[0], 4)
	})
	// The crescent: E cos α = 2/π, E sin α = 0, E r² = 0.01 + 0.0001.
	moons, _ := find("two_moons")
	s = simulated(t, moons, n)
	at := func(r int) (p, q float64) {
		x, y := moonPlace(s.Parameters.Values.Row(r))
		return s.Observations.Values.Row(r)[0] - 0.25 - x, s.Observations.Values.Row(r)[1] - y
	}
	expect(t, "two_moons: the mean across", n, 0.1*2/math.Pi, 0, func(r int) float64 { p, _ := at(r); return p })
	expect(t, "two_moons: the mean along", n, 0, 0, func(r int) float64 { _, q := at(r); return q })
	expect(t, "two_moons: the mean square of the radius", n, 0.0101, 0, func(r int) float64 { p, q := at(r); return p*p + q*q })
}

// The likelihood is that of the simulator: for another density g of the observation E[g(x)/p(x | θ)] = 1, where p is positive wherever g is. g is a normal around the middle of the noise; where the crescent of two moons has too
// little density, g is uniform in its ring.
func TestLikelihoods(t *testing.T) {
	const n = 20000
	for _, k := range tasks {
		s := simulated(t, k, n)
		expect(t, k.name+": the mean of g/p", n, 1, 0, func(r int) float64 {
			theta, x := s.Parameters.Values.Row(r), s.Observations.Values.Row(r)
			if k.name == "two_moons" {
				a, b := moonPlace(theta)
				radius := math.Hypot(x[0]-moonX-a, x[1]-b)
				if math.Abs(radius-moonRadius) > moonDeviation {
					return 0
				}
				area := math.Pi / 2 * (math.Pow(moonRadius+moonDeviation, 2) - math.Pow(moonRadius-moonDeviation, 2))
				return math.Exp(-k.logLikelihood(theta, x)) / area
			}
			return math.Exp(logNormal(x, theta, 0.25) - k.logLikelihood(theta, x))
		})
	}
}

// The reference draws are of the posterior that these tasks have: for a function v that vanishes at the ends of the support, E[v·∂ log p(θ | x) + v′] = 0 (Stein). Slopes are by differences.
func TestReferenceDraws(t *testing.T) {
	shared := sharedFolder(t)
	for _, k := range tasks {
		for o := 1; o <= 3; o++ {
			path := filepath.Join(shared, "data", "sbibm", k.name+".npz")
			x, err := observed(path, k, o)
			if err != nil {
				t.Fatal(err)
			}
			stein(t, k, x.Values.Row(0), referenceDraws(t, path, o))
		}
	}
}

// referenceDraws takes an array out of an archive: in the order that it has, it is read as a file of its own.
func referenceDraws(t *testing.T, archive string, observation int) matrix.Matrix[float64] {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	from, err := z.Open(fmt.Sprintf("reference_posterior_samples_%d.npy", observation))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "draws.npy")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	draws, err := data.ReadTable(path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return draws.Values
}

// stein checks the identity at draws. Of draws with the likelihood's kinks, where two moons end, it would not hold: there the crescent is looked at in its own coordinates.
func stein(t *testing.T, k task, x []float64, draws matrix.Matrix[float64]) {
	t.Helper()
	if k.name == "two_moons" {
		crescents(t, x, draws)
		return
	}
	const h = 1e-5
	dim := draws.Cols
	for j := range dim {
		v := func(theta []float64) float64 { // 0 at the ends
			if k.simulator.Support == nil {
				return 1
			}
			end := k.simulator.Support[j].High
			return 1 - theta[j]*theta[j]/(end*end)
		}
		along := func(theta []float64, by float64) []float64 {
			moved := append([]float64{}, theta...)
			moved[j] += by
			return moved
		}
		slope := func(theta []float64, f func([]float64) float64) float64 {
			return (f(along(theta, h)) - f(along(theta, -h))) / (2 * h)
		}
		posterior := func(theta []float64) float64 {
			l := k.logLikelihood(theta, x)
			if k.simulator.Support == nil { // else the prior is constant
				l += k.logPrior(theta)
			}
			return l
		}
		for _, power := range []int{0, 1} { // v, and v·θ
			expect(t, k.name+": Stein's sum", draws.Rows, 0, 0, func(r int) float64 {
				theta := draws.Row(r)
				f := func(theta []float64) float64 { return v(theta) * math.Pow(theta[j], float64(power)) }
				return f(theta)*slope(theta, posterior) + slope(theta, f)
			})
		}
	}
}

// crescents checks reference draws of two moons: what moves the crescent to x is a radius of 0.1 ± 0.01, weighed by nothing else, since θ ↦ place keeps areas and the density of a place is that of the radius
// over π·r; half of the draws are on either side of the fold; directions are uniform.
func crescents(t *testing.T, x []float64, draws matrix.Matrix[float64]) {
	t.Helper()
	polar := func(r int) (radius, angle float64) {
		a, b := moonPlace(draws.Row(r))
		return math.Hypot(x[0]-moonX-a, x[1]-b), math.Atan2(x[1]-b, x[0]-moonX-a)
	}
	n := draws.Rows
	expect(t, "two_moons: the mean radius", n, moonRadius, 0, func(r int) float64 { v, _ := polar(r); return v })
	expect(t, "two_moons: the radius's variance", n, moonDeviation*moonDeviation, 0, func(r int) float64 { v, _ := polar(r); return (v - moonRadius) * (v - moonRadius) })
	expect(t, "two_moons: the mean direction", n, 0, 0, func(r int) float64 { _, v := polar(r); return v })
	expect(t, "two_moons: the directions' variance", n, math.Pi*math.Pi/12, 0, func(r int) float64 { _, v := polar(r); return v * v })
	expect(t, "two_moons: the share of one crescent", n, 0.5, 0, func(r int) float64 {
		if draws.Row(r)[0]+draws.Row(r)[1] > 0 {
			return 1
		}
		return 0
	})
	for r := range n {
		if _, angle := polar(r); math.Abs(angle) > math.Pi/2 {
			t.Fatalf("two_moons: draw %d is in a direction of %v, beyond the crescent", r, angle)
		}
	}
}
