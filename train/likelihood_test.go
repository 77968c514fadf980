package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
)

// A flow that can hold the density finds it: the held-out log-likelihood comes near that of the truth, and not above it by more than
// chance allows.
func TestFindsTheBanana(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	r, err := MaximumLikelihood(t.Context(), f, p, banana[float32](4000, 1), banana[float32](2000, 2), Config{Steps: 800, Rate: 1e-2})
	must(t, err)
	if gap := bananaLogProb - r.Validation; gap > 0.1 || gap < -0.08 {
		t.Errorf("validation %.3f, the truth has %.3f (%d steps)", r.Validation, bananaLogProb, r.Steps)
	}
	if r.Skipped != 0 || r.BestStep == 0 {
		t.Errorf("%+v", r)
	}
}

// With the condition given, x₂ | x₁ has less entropy than x₂ alone.
func TestContextIsUsed(t *testing.T) {
	d, v := banana[float32](4000, 1), banana[float32](2000, 2)
	split := func(d Data[float32]) Data[float32] {
		x, c := d.X, d.X
		x.Data, x.Cols, c.Cols = x.Data[1:], 1, 1
		return Data[float32]{X: x, Cond: c}
	}
	f, p := small(t, "realnvp", 1, 1)
	r, err := MaximumLikelihood(t.Context(), f, p, split(d), split(v), Config{Steps: 800, Rate: 1e-2})
	must(t, err)
	want := -0.5*(1+math.Log(2*math.Pi)) - math.Log(0.5)
	if gap := want - r.Validation; gap > 0.1 || gap < -0.08 {
		t.Errorf("validation %.3f, the truth has %.3f", r.Validation, want)
	}
}

// One seed, one result, bit for bit, however many threads; another seed, another.
func TestSeedDecides(t *testing.T) {
	run := func(seed uint64, threads int) (Result, float64) {
		f, p := small(t, "maf", 2, 0)
		r, err := MaximumLikelihood(t.Context(), f, p, banana[float32](1500, 1), banana[float32](700, 2),
			Config{Steps: 40, ValidateEvery: 10, Seed: seed, Threads: threads})
		must(t, err)
		sum := 0.0
		for _, s := range p.Specs() {
			for i, x := range p.Data(s.Name) {
				sum += x * math.Sin(float64(i+1))
			}
		}
		return r, sum
	}
	want, sum := run(3, 1)
	for _, threads := range []int{2, 3, 4} {
		if got, s := run(3, threads); got.Validation != want.Validation || s != sum {
			t.Errorf("%d threads: validation %v, weights %v; one: %v, %v", threads, got.Validation, s, want.Validation, sum)
		}
	}
	if _, s := run(4, 1); s == sum {
		t.Error("two seeds gave the same weights")
	}
}

// The weights that are returned are those of the best validation, not the last ones.
func TestKeepsTheBest(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	d, v := banana[float64](64, 1), banana[float64](500, 2) // few rows: it overfits
	best := math.Inf(-1)
	validations := 0
	r, err := MaximumLikelihood(t.Context(), f, p, d, v, Config{Steps: 2000, Rate: 1e-2, ValidateEvery: 20, Patience: 200, Progress: func(p Progress) {
		if p.Validated {
			validations++
			best = max(best, p.Validation)
		}
	}})
	must(t, err)
	if !r.Early || r.Steps >= 2000 || r.Steps-r.BestStep < 200 || r.BestStep%20 != 0 || validations != r.Steps/20 {
		t.Fatalf("%+v after %d validations: it should have stopped early", r, validations)
	}
	tr := trainerOf(t, f, p, d, v, Config{})
	got, _, err := tr.validate(t.Context())
	must(t, err)
	if got != r.Validation || got != best {
		t.Errorf("the returned weights validate at %v; reported %v, best seen %v", got, r.Validation, best)
	}
}

func TestCancelReturnsTheBestSoFar(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	first := p.Clone()
	d, v := banana[float64](600, 1), banana[float64](300, 2)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := MaximumLikelihood(ctx, f, p, d, v, Config{Steps: 1000, ValidateEvery: 10, Progress: func(p Progress) {
		if p.Step == 25 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "after 25 steps") {
		t.Fatalf("error %v", err)
	}
	if r.Steps != 25 || r.BestStep != 20 || equalSets(p, first) {
		t.Errorf("%+v", r)
	}
	got, _, err := trainerOf(t, f, p, d, v, Config{}).validate(t.Context())
	must(t, err)
	if got != r.Validation {
		t.Errorf("the returned weights validate at %v, the best so far had %v", got, r.Validation)
	}
}

func TestWithoutValidation(t *testing.T) {
	f, p := small(t, "nice", 2, 0)
	first := p.Clone()
	r, err := MaximumLikelihood(t.Context(), f, p, banana[float32](300, 1), Data[float32]{}, Config{Epochs: 3, Batch: 100})
	must(t, err)
	if r.Steps != 9 || r.BestStep != 9 || !math.IsNaN(r.Validation) || equalSets(p, first) {
		t.Errorf("%+v", r)
	}
}

func TestRefuses(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	given, q := small(t, "maf", 2, 1)
	_, foreign := small(t, "maf", 3, 0)
	d := banana[float64](20, 1)
	nan := banana[float64](20, 1)
	nan.X.Row(13)[1] = math.NaN()
	wide := Data[float64]{X: d.X}
	wide.X.Cols, wide.X.Stride, wide.X.Rows = 4, 4, 10
	none := Data[float64]{}
	for name, test := range map[string]struct {
		run  func() (Result, error)
		want error
		text string
	}{
		"no rows":    {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, none, d, Config{}) }, fault.ErrData, "no training rows"},
		"NaN":        {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, nan, d, Config{}) }, fault.ErrData, "training data: row 13, column 1 is NaN"},
		"validation": {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, nan, Config{}) }, fault.ErrData, "validation data: row 13"},
		"columns":    {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, wide, none, Config{}) }, fault.ErrShape, "4 columns"},
		"no context": {func() (Result, error) { return MaximumLikelihood(t.Context(), given, q, d, none, Config{}) }, fault.ErrContext, "beside every row"},
		"more context": {func() (Result, error) {
			return MaximumLikelihood(t.Context(), f, p, Data[float64]{X: d.X, Cond: d.X}, none, Config{})
		}, fault.ErrContext, "takes none"},
		"weights": {func() (Result, error) { return MaximumLikelihood(t.Context(), f, foreign, d, none, Config{}) }, fault.ErrShape, "another flow"},
		"steps":   {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, none, Config{Steps: -1}) }, fault.ErrConfig, "Steps: -1"},
		"both": {func() (Result, error) {
			return MaximumLikelihood(t.Context(), f, p, d, none, Config{Steps: 1, Epochs: 1})
		}, fault.ErrConfig, "Epochs"},
		"rate":     {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, none, Config{Rate: math.NaN()}) }, fault.ErrConfig, "Rate"},
		"clip":     {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, none, Config{Clip: -1}) }, fault.ErrConfig, "Clip"},
		"patience": {func() (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, none, Config{Patience: -2}) }, fault.ErrConfig, "Patience"},
	} {
		first := p.Clone()
		if _, err := test.run(); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v; want %v with %q", name, err, test.want, test.text)
		}
		if !equalSets(p, first) {
			t.Errorf("%s: the weights changed", name)
		}
	}
}
