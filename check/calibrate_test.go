package check

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

// calibrated is the calibration of a model at rows, with few draws.
func calibrated(t *testing.T, m *model.Model, rows Rows) Calibration {
	t.Helper()
	c, err := Calibrate(t.Context(), m, rows, CalibrationOptions{Draws: 100, Seed: 3, Threads: 1})
	must(t, err)
	return c
}

// standard is a model whose density of two columns is standard normal whatever its context of one column is.
func standard(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.New("maf", recipe.Config{Transforms: 1, Hidden: []int{4}}, []model.Column{{Name: "a", Std: 1}, {Name: "b", Std: 1}},
		[]model.Column{{Name: "k", Std: 1}}, model.Float64, 1)
	must(t, err)
	for _, s := range m.Params.Specs() {
		clear(m.Params.Data(s.Name))
	}
	return m
}

// observed are draws of a, from a normal, of b, standard normal, and a context that tells of a with some noise.
func observed(n int, mean, deviation float64, seed uint64) Rows {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := Rows{matrix.New[float64](n, 2), matrix.New[float64](n, 1)}
	for i := range n {
		z := rng.NormFloat64()
		r.X.Row(i)[0], r.X.Row(i)[1] = mean+deviation*z, rng.NormFloat64()
		r.Cond.Row(i)[0] = z + 0.3*rng.NormFloat64()
	}
	return r
}

// The theorem: of the model's own draws, under whatever contexts, every place among draws is uniform.
func TestCalibrationOfOnesOwnDraws(t *testing.T) {
	for _, name := range []string{"maf", "nsf-c"} {
		m := example(t, name, 2, 1, model.Float32)
		c := calibrated(t, m, drawn(t, m, 1500, 4))
		for _, u := range append(c.Ranks, c.Density, c.Reference) {
			if u.Verdict != Pass || u.P < 0.001 {
				t.Errorf("%s: %s: %s, p = %.2g: %s", name, u.Name, u.Verdict, u.P, u.Text)
			}
			sum := 0
			for _, n := range u.Counts {
				sum += n
			}
			want := c.Rows
			if u.Name == c.Reference.Name {
				want -= (c.Rows + 3) / 4
			}
			if sum != want {
				t.Errorf("%s: %s: %d numbers in the histogram, want %d", name, u.Name, sum, want)
			}
		}
		if c.Verdict() != Pass {
			t.Errorf("%s: %s", name, c.Verdict())
		}
	}
}

// How often a true model is called off is what the level says: the probabilities are uniform themselves.
func TestUniformityHoldsItsLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const runs = 4000
	below := 0
	for range runs {
		u := make([]float64, 300)
		for i := range u {
			u[i] = rng.Float64()
		}
		if uniformity("u", u, 1, rankWords).P < pitLevel {
			below++
		}
	}
	// 40 are expected, with a deviation of 6.3, and χ² of counts of 15 is a little off
	if below < 15 || below > 70 {
		t.Errorf("seed (5, 6): %d of %d are below %g", below, runs, pitLevel)
	}
}

// What is wrong is said: the density's place, its width, and what it leaves out.
func TestCalibrationSays(t *testing.T) {
	m := standard(t)
	for _, c := range []struct {
		name                  string
		rows                  Rows
		a, density, reference Verdict
		aText, denText, hint  string
	}{
		{"too wide", observed(2000, 0, 0.5, 1), Fail, Fail, Fail, "too wide", "too wide", ""},
		{"too narrow", observed(2000, 0, 2, 2), Fail, Fail, Fail, "too narrow", "too narrow", ""},
		{"too low", observed(2000, 0.5, 1, 3), Fail, Warn, Fail, "draws lie too low", "too narrow", ""},
		{"too high", observed(2000, -0.5, 1, 4), Fail, Warn, Fail, "draws lie too high", "too narrow", ""},
		// It is the prior: only the reference depends on what is observed.
		{"deaf", observed(2000, 0, 1, 5), Pass, Pass, Fail, "right place", "as often as they should", "leaves out what the context says"},
	} {
		k := calibrated(t, m, c.rows)
		for _, x := range []struct {
			u    Uniformity
			want Verdict
			text string
		}{{k.Ranks[0], c.a, c.aText}, {k.Ranks[1], Pass, "right place"}, {k.Density, c.density, c.denText}, {k.Reference, c.reference, c.hint}} {
			if x.u.Verdict != x.want || !strings.Contains(x.u.Text, x.text) {
				t.Errorf("%s: %s: %s, distance %.3f, p %.2g: %s; want %s and %q", c.name, x.u.Name, x.u.Verdict, x.u.Distance, x.u.P, x.u.Text, x.want, x.text)
			}
		}
	}
}

// The share of rows in a region of mass 1 − α: of a density that is twice as wide as it should be, by the normal's distribution function.
func TestCoverage(t *testing.T) {
	m := standard(t)
	rows := observed(4000, 0, 0.5, 7)
	for r := range rows.X.Rows {
		rows.X.Row(r)[1] *= 0.5
	}
	c := calibrated(t, m, rows)
	for _, level := range []float64{0.1, 0.3, 0.5, 0.9} {
		// The region is |x|² < r² with 1 − exp(−r²/2) = level; under half the deviation its mass is 1 − exp(−2r²).
		want := 1 - math.Pow(1-level, 4)
		if got := c.Density.Coverage(level); math.Abs(got-want) > 4*math.Sqrt(0.25/4000)+0.01 {
			t.Errorf("region of mass %g: covers %.3f, want %.3f", level, got, want)
		}
	}
}

// Rows that the model has no place for are beyond all draws, and a table of few rows says nothing.
func TestCalibrationOfOddRows(t *testing.T) {
	m := standard(t)
	rows := observed(200, 0, 1, 8)
	for r := range rows.X.Rows {
		rows.X.Row(r)[0] = 1e30
	}
	c := calibrated(t, m, rows)
	if c.Ranks[0].Verdict != Fail || c.Density.Verdict != Fail || c.Ranks[1].Verdict != Pass {
		t.Errorf("rows far out: %v", c)
	}
	c = calibrated(t, m, observed(40, 0, 1, 9))
	if c.Verdict() != Inconclusive || !math.IsNaN(c.Ranks[0].P) {
		t.Errorf("40 rows: %v", c)
	}
	for _, bad := range []struct {
		m    *model.Model
		rows Rows
		o    CalibrationOptions
		want error
	}{
		{example(t, "maf", 2, 0, model.Float32), Rows{X: matrix.New[float64](60, 2)}, CalibrationOptions{}, fault.ErrContext},
		{m, Rows{}, CalibrationOptions{}, fault.ErrContext},
		{m, Rows{X: matrix.New[float64](60, 3), Cond: matrix.New[float64](60, 1)}, CalibrationOptions{}, fault.ErrShape},
		{m, observed(60, 0, 1, 1), CalibrationOptions{Draws: 1}, fault.ErrConfig},
	} {
		if _, err := Calibrate(t.Context(), bad.m, bad.rows, bad.o); !errors.Is(err, bad.want) {
			t.Errorf("%v: %v, want %v", bad.o, err, bad.want)
		}
	}
}
