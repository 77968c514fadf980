package data

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/fault"
)

// cells are the sides of a toy's box in the tests: coarse ones that draws are counted in, each of fine ones that the density is summed over.
const coarse, fine = 20, 10

// cellMasses are the integrals of the density over the coarse cells of its box, row-major, by the midpoint rule.
func cellMasses(d Toy) []float64 {
	const side = coarse * fine
	mass := make([]float64, coarse*coarse)
	step := [2]float64{(d.High[0] - d.Low[0]) / side, (d.High[1] - d.Low[1]) / side}
	for i := range side {
		for k := range side {
			x := [2]float64{d.Low[0] + (float64(i)+0.5)*step[0], d.Low[1] + (float64(k)+0.5)*step[1]}
			mass[i/fine*coarse+k/fine] += math.Exp(d.LogDensity(x)) * step[0] * step[1]
		}
	}
	return mass
}

// The density integrates to one, and draws follow it by Pearson's statistic in the cells of a grid: for ν degrees of freedom it has the mean ν and the
// variance 2ν.
func TestToyDrawsFollowTheDensity(t *testing.T) {
	const n, seed = 40000, 5
	for _, d := range Toys() {
		mass, total := cellMasses(d), 0.0
		for _, m := range mass {
			total += m
		}
		if !(math.Abs(total-1) < 1e-7) {
			t.Errorf("%s: the integral over the box is %.10f", d.Name, total)
		}
		count, outside := make([]float64, coarse*coarse), 0
		x := d.Sample(n, seed)
		for r := range n {
			var at [2]int
			for j, v := range x.Row(r) {
				at[j] = int(math.Floor((v - d.Low[j]) / (d.High[j] - d.Low[j]) * coarse))
			}
			if min(at[0], at[1]) < 0 || max(at[0], at[1]) >= coarse {
				outside++
				continue
			}
			count[at[0]*coarse+at[1]]++
		}
		if outside > 0 {
			t.Errorf("%s, seed %d: %d of %d draws lie outside the box", d.Name, seed, outside, n)
		}
		statistic, freedom, rest, restCount := 0.0, -1.0, 0.0, 0.0
		for i, m := range mass {
			if m*n < 5 { // few are expected: taken together
				rest += m * n
				restCount += count[i]
				continue
			}
			statistic += square(count[i]-m*n) / (m * n)
			freedom++
		}
		if rest > 0.5 {
			statistic += square(restCount-rest) / rest
			freedom++
		} else if restCount > 3 {
			t.Errorf("%s, seed %d: %g draws where %.3g are expected", d.Name, seed, restCount, rest)
		}
		if limit := freedom + 5*math.Sqrt(2*freedom); statistic > limit {
			t.Errorf("%s, seed %d: χ² of the draws in a grid is %.1f with %g degrees of freedom; at most %.1f is plausible", d.Name, seed, statistic, freedom, limit)
		}
	}
}

// The rings as what they are, normals around many points of four circles: the trapezoidal rule on a circle converges faster than any power.
func TestRingsAreNormalsAlongCircles(t *testing.T) {
	const points = 2000
	var centres [][2]float64
	for _, radius := range []float64{0.75, 1.5, 2.25, 3} {
		for k := range points {
			centres = append(centres, turn([2]float64{radius}, 2*math.Pi*float64(k)/points))
		}
	}
	want, got := roundMixture("", centres, 0.08).LogDensity, rings().LogDensity
	for _, r := range []float64{0, 1e-6, 0.05, 0.1, 0.17, 0.1707, 0.2, 0.4, 0.75, 1.1, 2, 3, 3.3, 4, 10} {
		x := turn([2]float64{r}, 0.3)
		if w, g := want(x), got(x); !(math.Abs(g-w) < 1e-11*max(1, math.Abs(w))) {
			t.Errorf("log p at the distance %g from 0 is %.14g, the sum has %.14g", r, g, w)
		}
	}
}

// Where arms do not overlap the pinwheel's density is that of one normal, at the draw that it came from.
func TestPinwheelTurnsCircles(t *testing.T) {
	d, y := pinwheel(), [2]float64{1.4, -0.05}
	x := turn(y, -math.Exp(math.Hypot(y[0], y[1]))/4)
	want := -math.Log(5*4*2*math.Pi*0.3*0.1) - square(0.4/0.3)/2 - square(0.5)/2
	if got := d.LogDensity([2]float64{2 * x[0], 2 * x[1]}); !(math.Abs(got-want) < 1e-9) {
		t.Errorf("log p = %.12f, the normal has %.12f", got, want)
	}
}

func TestToySupports(t *testing.T) {
	huge, inf, nan := math.MaxFloat64, math.Inf(1), math.NaN()
	for _, d := range Toys() {
		for _, x := range [][2]float64{{inf, 0}, {0, -inf}, {nan, 0}, {1, nan}, {inf, nan}, {huge, huge}, {-huge, 1}} {
			if got := d.LogDensity(x); !math.IsInf(got, -1) {
				t.Errorf("%s: log p at %g is %g", d.Name, x, got)
			}
		}
		for _, x := range [][2]float64{{0, 0}, {-9, 4}, {30, 70}, {1e5, -3}} {
			got := d.LogDensity(x)
			if math.IsNaN(got) || got > 2 || math.IsInf(got, -1) && x[0] < 100 && d.Name != "checkerboard" {
				t.Errorf("%s: log p at %g is %g", d.Name, x, got)
			}
		}
	}
	board := checkerboard().LogDensity
	for _, c := range []struct {
		x    [2]float64
		dark bool
	}{
		{[2]float64{1, 1}, true}, {[2]float64{-1, -1}, true}, {[2]float64{-1, 1}, false}, {[2]float64{1, -1}, false}, {[2]float64{3, 1}, false},
		{[2]float64{3, 3}, true}, {[2]float64{3, -3}, false}, {[2]float64{-3, -3}, true}, {[2]float64{5, 1}, false}, {[2]float64{1, -5}, false},
	} {
		if got := !math.IsInf(board(c.x), -1); got != c.dark {
			t.Errorf("checkerboard at %g: within the support %v, want %v", c.x, got, c.dark)
		}
	}
	for r, x := 0, checkerboard().Sample(1000, 3); r < x.Rows; r++ {
		if p := [2]float64(x.Row(r)); math.IsInf(board(p), -1) {
			t.Fatalf("checkerboard, seed 3: the draw %g lies outside the support", p)
		}
	}
}

func TestToySamplesAreAFunctionOfTheSeed(t *testing.T) {
	for _, d := range Toys() {
		a, b, other := d.Sample(50, 7), d.Sample(20, 7), d.Sample(20, 8)
		if !slices.Equal(a.Data[:40], b.Data) || slices.Equal(b.Data, other.Data) {
			t.Errorf("%s: equal seeds must give the same first rows, another seed others", d.Name)
		}
		r := rand.New(rand.NewPCG(7, 0))
		if x := d.Draw(r); !slices.Equal(x[:], a.Row(0)) {
			t.Errorf("%s: Draw gives %g, Sample %g", d.Name, x, a.Row(0))
		}
	}
}

func TestToyNamed(t *testing.T) {
	for _, d := range Toys() {
		if got, err := ToyNamed(d.Name); err != nil || got.Name != d.Name {
			t.Errorf("%s: %v, %v", d.Name, got.Name, err)
		}
	}
	if _, err := ToyNamed("moon"); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("moon: %v", err)
	}
}
