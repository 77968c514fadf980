package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

// The scores are what their formulas say of the rows themselves, but for the interpolation between stored quantiles.
func TestReferenceCounts(t *testing.T) {
	for _, n := range []int{2, 3, 60, 1000, 50000} {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		rows := make([]float64, n)
		mean := 0.0
		for i := range rows {
			rows[i] = -3 - rng.ExpFloat64()
			mean += rows[i] / float64(n)
		}
		r := NewReference(rows, nil)
		if err := r.check(); err != nil {
			t.Fatal(err)
		}
		slack := 1/float64(n+1) + math.Pi/2/256/2 + 1e-3 // a row; half a step in the middle; rounding
		for range 200 {
			s := -3 - 1.5*rng.ExpFloat64()
			below, farther := 0., 0.
			for _, l := range rows {
				if l <= s {
					below++
				}
				if math.Abs(l-mean) >= math.Abs(s-mean) {
					farther++
				}
			}
			if q, want := r.Quantile(s), (1+below)/float64(n+1); math.Abs(q-want) > slack {
				t.Errorf("%d rows: quantile of %g is %g, by counting %g", n, s, q, want)
			}
			if q, want := r.Typicality(s), (1+farther)/float64(n+1); math.Abs(q-want) > 2*slack {
				t.Errorf("%d rows: typicality of %g is %g, by counting %g", n, s, q, want)
			}
		}
	}
}

// What the scores are for: of new rows of the same distribution a share α at most has a score ≤ α, in the tail too, whatever the distribution.
func TestReferenceIsCalibrated(t *testing.T) {
	const n, news = 4000, 200000
	rng := rand.New(rand.NewPCG(2, 3))
	for name, draw := range map[string]func() float64{
		"normal":    rng.NormFloat64,
		"heavy":     func() float64 { return -math.Exp(2 * rng.NormFloat64()) },
		"with ties": func() float64 { return math.Floor(3 * rng.NormFloat64()) },
		"some of density 0": func() float64 {
			if rng.IntN(20) == 0 {
				return math.Inf(-1)
			}
			return rng.NormFloat64()
		},
	} {
		rows := make([]float64, n)
		for i := range rows {
			rows[i] = draw()
		}
		r := NewReference(rows, nil)
		var quantiles, typicalities []float64
		for range news {
			l := draw()
			quantiles, typicalities = append(quantiles, r.Quantile(l)), append(typicalities, r.Typicality(l))
		}
		for what, scores := range map[string][]float64{"quantile": quantiles, "typicality": typicalities} {
			slices.Sort(scores)
			for _, a := range []float64{0.001, 0.01, 0.1, 0.5, 0.9} {
				at, _ := slices.BinarySearch(scores, math.Nextafter(a, 2))
				share := float64(at) / news
				se := math.Sqrt(a * (1 - a) * (1./n + 1./news))
				low := a - 5*se - 2./n - 0.006
				if name == "with ties" || name == "some of density 0" {
					low = 0 // scores are lumps
				}
				if share > a+5*se+1./n || share < low {
					t.Errorf("%s: a share of %g has a %s ≤ %g", name, share, what, a)
				}
			}
		}
	}
}

// Dense rows have high quantiles and low typicality, and only sets show small shifts.
func TestTypicality(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	rows := make([]float64, 20000)
	for i := range rows {
		rows[i] = 10 + 2*rng.NormFloat64()
	}
	r := NewReference(rows, nil)
	if q, s := r.Quantile(20), r.Typicality(20); q < 0.999 || s > 0.001 {
		t.Errorf("far above: quantile %g, typicality %g", q, s)
	}
	if q, s := r.Quantile(math.Inf(-1)), r.Typicality(math.Inf(-1)); q != 1./20001 || s != 1./20001 {
		t.Errorf("density 0: quantile %g, typicality %g", q, s)
	}
	if s := r.Typicality(r.Mean); s < 0.999 {
		t.Errorf("at the mean: typicality %g", s)
	}
	if !math.IsNaN(r.Quantile(math.NaN())) || !math.IsNaN(r.Typicality(math.NaN())) {
		t.Error("NaN has scores")
	}
	if one, set := r.Deviation(11, 1), r.Deviation(11, 400); math.Abs(one-0.5) > 0.02 || math.Abs(set-10/math.Sqrt(1+0.02)) > 0.3 {
		t.Errorf("half a deviation above is %g and %g standard errors", one, set)
	}
}

// A weight of 3 counts as three rows, and one of 0 as none.
func TestReferenceWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	var rows, weights, repeated []float64
	for i := range 3000 {
		l, w := rng.NormFloat64(), float64(i%4)
		rows, weights = append(rows, l), append(weights, w)
		repeated = append(repeated, slices.Repeat([]float64{l}, int(w))...)
	}
	a, b := NewReference(rows, weights), NewReference(repeated, nil)
	for s := -3.; s < 3; s += 0.1 {
		if math.Abs(a.Quantile(s)-b.Quantile(s)) > 2e-3 {
			t.Errorf("quantile of %g is %g, %g of repeated rows", s, a.Quantile(s), b.Quantile(s))
		}
	}
	if math.Abs(a.Mean-b.Mean) > 1e-4 || math.Abs(a.Std-b.Std) > 1e-4 || a.Rows != 2250 {
		t.Errorf("%d rows, %g ± %g, %g ± %g of repeated rows", a.Rows, a.Mean, a.Std, b.Mean, b.Std)
	}
	for _, few := range [][]float64{nil, {1}, {1, math.Inf(-1)}, {math.NaN(), 2}} {
		if NewReference(few, nil) != nil {
			t.Errorf("a reference of %v", few)
		}
	}
}

// A file whose reference contradicts itself is refused.
func TestReferenceIsChecked(t *testing.T) {
	for name, change := range map[string]func(r *Reference){
		"made of 1 rows":               func(r *Reference) { r.Rows = 1 },
		"a share of 1 has density 0":   func(r *Reference) { r.Zero = 1 },
		"deviation -1":                 func(r *Reference) { r.Std = -1 },
		"1 quantiles":                  func(r *Reference) { r.Quantiles = r.Quantiles[:1] },
		"quantiles that do not ascend": func(r *Reference) { r.Quantiles[3] = -1e9 },
	} {
		m := stepped(t, Float32)
		m.Training.Reference = NewReference([]float64{1, 2, 3}, nil)
		change(m.Training.Reference)
		if _, err := m.encode(); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}
