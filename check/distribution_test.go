package check

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/scalar"
)

// Distribution functions have the numbers of testdata/distribution.csv, whose first line says where they come from.
func TestDistributionFunctions(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "distribution.csv"))
	must(t, err)
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err := r.ReadAll()
	must(t, err)
	below := map[string]func(x, shape float64) float64{
		"normal":    func(x, _ float64) float64 { return normalBelow(x) },
		"laplace":   func(x, _ float64) float64 { return laplaceBelow(x) },
		"logistic":  func(x, _ float64) float64 { return logisticBelow(x) },
		"student":   studentBelow,
		"von mises": vonMisesBelow,
	}
	const tolerance = 2e-10 // log-gammas of 10⁵ have no more digits
	seen := map[string]int{}
	for _, record := range records[1:] {
		var n [3]float64
		for i, text := range record[1:] {
			n[i], err = strconv.ParseFloat(text, 64)
			must(t, err)
		}
		seen[record[0]]++
		if got := below[record[0]](n[0], n[1]); !(math.Abs(got-n[2]) <= tolerance*(1e-3+math.Abs(n[2]))) {
			t.Errorf("%s of shape %g: %.17g below %g, want %.17g", record[0], n[1], got, n[0], n[2])
		}
	}
	if len(seen) != len(below) {
		t.Errorf("numbers of %v alone", seen)
	}
	for _, x := range []float64{-9, -4, 1, 8, 100} { // on through the circles
		if a, b := vonMisesBelow(x, 3)+1, vonMisesBelow(x+2*math.Pi, 3); !(math.Abs(a-b) < 1e-12) {
			t.Errorf("%g below %g, and %g a circle further", a-1, x, b)
		}
	}
}

// Draws of a base are uniform by the distribution function that is found for it.
func TestDistributionsOfBases(t *testing.T) {
	const n = 20_000
	for name, base := range map[string]dist.Distribution{
		"standard normal": dist.StandardNormal{Dim: 2},
		"diagonal normal": dist.DiagonalNormal{Dim: 2, Loc: []float64{1, -2}, LogScale: []float64{0.5, -1}},
		"uniform":         dist.Uniform{Low: []float64{-2, 0}, High: []float64{2, 1}},
		"circle":          dist.UniformCircle{Dim: 2},
		"Laplace":         dist.Laplace{Dim: 2, Loc: []float64{-1, 3}, LogScale: []float64{1, -2}},
		"logistic":        dist.Logistic{Dim: 2, Loc: []float64{-1, 3}, LogScale: []float64{1, -2}},
		"Student's t":     dist.StudentT{Dim: 3, DF: []float64{0.7, 4, 1e6}, Loc: []float64{-1, 3, 0}, LogScale: []float64{1, -2, 0}},
		"von Mises":       dist.VonMises{Dim: 3, Loc: []float64{-3, 2, 7}, Concentration: []float64{0.3, 4, 500}},
		"product":         dist.Product{Parts: []dist.Distribution{dist.VonMises{Dim: 1, Loc: []float64{2}}, dist.Laplace{Dim: 2, Loc: []float64{1, 2}}, dist.UnitBox(1)}},
		"mixture": dist.MixtureOf{Weights: []float64{3, 1}, Components: []dist.Distribution{
			dist.Logistic{Dim: 1, Loc: []float64{4}}, dist.Product{Parts: []dist.Distribution{dist.StandardNormal{Dim: 1}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := withBase(t, base)
			below := distributionOf(base, "base", m.Params)
			if below == nil {
				t.Fatal("no distribution function")
			}
			r, err := newTyped[float64](m, diffeo.Options{Threads: 1})
			must(t, err)
			d, ok := width(base)
			if !ok {
				t.Fatal("no width")
			}
			u := matrix.New[float64](n, d)
			must(t, r.drawBase(t.Context(), diffeo.Draw{Seed: 3}, rows64{}, u))
			for j := range d {
				x := columnOf(u, j)
				for i, v := range x {
					x[i] = below(j, v)
				}
				if far := distanceFromUniform(x); far > critical(1e-5, n) {
					t.Errorf("column %d (seed 3): distance %g of %d draws", j, far, n)
				}
			}
		})
	}
	for name, base := range map[string]dist.Distribution{
		"a scale of its own": dist.Laplace{Dim: 1, Scale: scalar.Softplus{}},
		"a full normal":      dist.FullNormal{Dim: 2},
		"a product of one":   dist.Product{Parts: []dist.Distribution{dist.FullNormal{Dim: 2}}},
		"a mixture of one":   dist.MixtureOf{Components: []dist.Distribution{dist.FullNormal{Dim: 2}}},
	} {
		if distributionOf(base, "base", withBase(t, base).Params) != nil {
			t.Errorf("%s has a distribution function that nobody tested", name)
		}
	}
}

// A flow on circles is checked like others: its round trips end on the same point of a circle, its integral goes round, its base is known.
func TestCheckOnCircles(t *testing.T) {
	m := example(t, "ncsf", 2, 0, model.Float32)
	m.Columns = []model.Column{
		{Name: "a", Std: 1, Steps: []data.Step{{Kind: data.Circular, Period: 360, Cut: 40}}},
		{Name: "b", Std: 1, Steps: []data.Step{{Kind: data.Circular, Period: 2 * math.Pi, Low: -math.Pi}}},
	}
	rows := drawn(t, m, 3000, 5)
	r := report(t, m, rows)
	for _, name := range []string{RoundTripData, RoundTripBase, LogDetForward, LogDetInverse, Integral, PIT} {
		expect(t, r, name, Pass)
	}
	if x, _ := r.Result(Integral); x.Value < 0.99999 || x.Value > 1.00001 {
		t.Errorf("the integral is %g", x.Value)
	}
}
