package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/scalar"
)

// towards3 is the squared distance of a draw from 3, on which more weight comes with the steps.
func towards3(b *graph.Builder, f *flow.Bound) graph.Value {
	x, _ := f.Sample(b, b.Key(), 1, graph.Value{})
	return graph.Mul(graph.Sum(graph.Square(graph.Offset(x, -3))), graph.Offset(Done(b), 0.5))
}

func shifted(t *testing.T) (flow.Flow, *param.Set) {
	t.Helper()
	f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Static{Map: scalar.Affine{}}}
	bound, err := f.Bind()
	must(t, err)
	return f, param.New(bound.Specs, 1)
}

// Without data a step draws: the distance shrinks to what the smallest scale leaves, a seed gives the same weights with any number of threads and over an
// interruption, and the average of weights is kept.
func TestMinimize(t *testing.T) {
	f, first := shifted(t)
	c := Config{Steps: 400, Batch: 64, Rate: 5e-2, Seed: 1, Threads: 1, Average: 0.9}
	fit := func(c Config) *param.Set {
		p := first.Clone()
		r, err := Minimize[float64](t.Context(), f, p, towards3, c)
		must(t, err)
		if r.Steps != 400 || r.BestStep != 400 || !math.IsNaN(r.Validation) {
			t.Errorf("result %+v", r)
		}
		return p
	}
	want := fit(c)
	for _, s := range want.Data("transform.theta")[:2] {
		if math.Abs(s-3) > 0.1 {
			t.Errorf("shifts %v, want 3", want.Data("transform.theta")[:2])
		}
	}
	c.Threads = 2
	if !equalSets(fit(c), want) {
		t.Error("two threads give other weights")
	}
	c.Checkpoint = Checkpoint{File: filepath.Join(t.TempDir(), "c"), Every: 30, Resume: true}
	ctx, cancel := context.WithCancel(t.Context())
	c.Progress = func(p Progress) {
		if p.Step == 100 {
			cancel()
		}
	}
	if _, err := Minimize[float64](ctx, f, first.Clone(), towards3, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	c.Progress = nil
	if !equalSets(fit(c), want) {
		t.Error("a run that was resumed gives other weights")
	}
	if c.Seed = 2; equalSets(fitAfresh(t, f, first, c), want) {
		t.Error("two seeds give the same weights")
	}
}

func fitAfresh(t *testing.T, f flow.Flow, first *param.Set, c Config) *param.Set {
	t.Helper()
	c.Checkpoint = Checkpoint{}
	p := first.Clone()
	_, err := Minimize[float64](t.Context(), f, p, towards3, c)
	must(t, err)
	return p
}

// MaximumLikelihood is Over with −log p of the rows, to the bit.
func TestOver(t *testing.T) {
	f, first := shifted(t)
	x := banana[float64](300, 2).X
	c := Config{Steps: 50, Batch: 64, Rate: 5e-2, Seed: 1, Threads: 1, ValidateEvery: 10}
	want, got := first.Clone(), first.Clone()
	r, err := MaximumLikelihood(t.Context(), f, want, Data[float64]{X: x}, Data[float64]{X: x.Slice(0, 50)}, c)
	must(t, err)
	o := func(b *graph.Builder, f *flow.Bound) graph.Value {
		x, cond := Rows(b, f)
		return graph.Neg(f.LogProb(b, x, cond))
	}
	s, err := Over(t.Context(), f, got, o, Data[float64]{X: x}, Data[float64]{X: x.Slice(0, 50)}, c)
	must(t, err)
	if !equalSets(want, got) || r.Validation != s.Validation || equalSets(want, first) {
		t.Errorf("%+v, by likelihood %+v", s, r)
	}
	if _, err := Over(t.Context(), f, got, o, Data[float64]{X: x, Weights: make([]float64, 300)}, Data[float64]{}, c); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("weights: %v", err)
	}
	if _, err := Over(t.Context(), flow.Flow{}, got, o, Data[float64]{X: x}, Data[float64]{}, c); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no flow: %v", err)
	}
}

// OverSource is FromSource with −log p of the rows, to the bit; weights, which an objective does not see, are refused.
func TestOverSource(t *testing.T) {
	f, first := small(t, "maf", 2, 0)
	v := Data[float64]{X: banana[float64](50, 2).X}
	c := Config{Steps: 20, Batch: 64, Rate: 1e-2, ValidateEvery: 10}
	want, got := first.Clone(), first.Clone()
	r, err := FromSource(t.Context(), f, want, &endless{spoil: -1, fail: -1}, v, c)
	must(t, err)
	o := func(b *graph.Builder, f *flow.Bound) graph.Value {
		x, cond := Rows(b, f)
		return graph.Neg(f.LogProb(b, x, cond))
	}
	s, err := OverSource(t.Context(), f, got, o, &endless{spoil: -1, fail: -1}, v, c)
	must(t, err)
	if !equalSets(want, got) || r.Validation != s.Validation || equalSets(want, first) {
		t.Errorf("%+v, by likelihood %+v", s, r)
	}
	if _, err := OverSource(t.Context(), f, got, o, &endless{spoil: -1, fail: -1, weight: 1}, v, c); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("weights: %v", err)
	}
	if _, err := OverSource(t.Context(), flow.Flow{}, got, o, &endless{spoil: -1, fail: -1}, v, c); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no flow: %v", err)
	}
}

func TestBadObjectives(t *testing.T) {
	f, p := shifted(t)
	conditional, err := recipe.New("realnvp", recipe.Config{Dim: 2, Context: 1})
	must(t, err)
	if _, err := Minimize[float64](t.Context(), conditional, p.Clone(), towards3, Config{}); !errors.Is(err, fault.ErrContext) {
		t.Errorf("a flow with a condition: %v", err)
	}
	if _, err := Minimize[float64](t.Context(), f, p.Clone(), towards3, Config{Epochs: 3}); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("epochs without data: %v", err)
	}
	undefined := func(b *graph.Builder, f *flow.Bound) graph.Value {
		return graph.Log(graph.Neg(graph.Square(towards3(b, f))))
	}
	q := p.Clone()
	if r, err := Minimize[float64](t.Context(), f, q, undefined, Config{Steps: 50, Batch: 8}); !errors.Is(err, fault.ErrNonFinite) || r.Skipped != 10 || !equalSets(p, q) {
		t.Errorf("an undefined objective: %v, %d steps skipped", err, r.Skipped)
	}
}
