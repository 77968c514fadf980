package train

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"diffeo/flow"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/recipe"
)

// regular is a small flow whose networks have everything that learns in another way than it scores.
func regular(t *testing.T, c recipe.Config) (flow.Flow, *param.Set) {
	t.Helper()
	c.Dim, c.Transforms, c.Hidden = 2, 2, []int{12}
	f, err := recipe.New("realnvp", c)
	must(t, err)
	bound, err := f.Bind()
	must(t, err)
	return f, param.New(bound.Specs, 1)
}

// What is left out is a function of the seed and the step: the same with any number of threads, another for another seed, and what it would have been where a
// training stops and goes on. Batch norms keep their running averages in the checkpoint.
func TestDropoutIsReproducible(t *testing.T) {
	d, v := banana[float32](200, 1), banana[float32](60, 2)
	f, first := regular(t, recipe.Config{Dropout: 0.3, Norm: nn.BatchNorm})
	c := Config{Steps: 40, Batch: 200, Rate: 1e-2, ValidateEvery: 10, Threads: 1} // one batch: the seed decides on nothing else
	fit := func(c Config) *param.Set {
		p := first.Clone()
		_, err := MaximumLikelihood(t.Context(), f, p, d, v, c)
		must(t, err)
		return p
	}
	want := fit(c)
	c.Threads = 2
	if !equalSets(fit(c), want) {
		t.Error("two threads give other weights")
	}
	c.Seed = 1
	if equalSets(fit(c), want) {
		t.Error("two seeds give the same weights")
	}
	c.Seed, c.Checkpoint = 0, Checkpoint{File: filepath.Join(t.TempDir(), "c"), Every: 7, Resume: true}
	ctx, cancel := context.WithCancel(t.Context())
	c.Progress = func(p Progress) {
		if p.Step == 23 {
			cancel()
		}
	}
	if _, err := MaximumLikelihood(ctx, f, first.Clone(), d, v, c); err == nil {
		t.Fatal("it was not stopped")
	}
	c.Progress = nil
	if !equalSets(fit(c), want) {
		t.Error("a training that was resumed gives other weights")
	}
}

// Validation leaves nothing out: its graph asks for no key, and its figure is what the weights score.
func TestValidationWithoutDropout(t *testing.T) {
	f, _ := regular(t, recipe.Config{Dropout: 0.5})
	bound, err := f.Bind()
	must(t, err)
	for mode, want := range map[graph.Mode]bool{graph.Evaluate: false, graph.Train: true} {
		g, err := scoreGraph(bound, mode)
		must(t, err)
		if got := slices.ContainsFunc(g.Inputs, func(n *graph.Node) bool { return n.Attr == graph.Name(graph.KeyInput) }); got != want {
			t.Errorf("mode %d: asks for a key: %v", mode, got)
		}
	}
}

// With dropout and norms a flow still learns the banana, if not as far.
func TestDropoutLearns(t *testing.T) {
	for name, c := range map[string]recipe.Config{"dropout": {Dropout: 0.1}, "batch": {Norm: nn.BatchNorm}, "layer": {Norm: nn.LayerNorm}} {
		f, p := regular(t, c)
		r, err := MaximumLikelihood(t.Context(), f, p, banana[float32](2000, 1), banana[float32](500, 2), Config{Steps: 400, Rate: 1e-2, Threads: 1})
		must(t, err)
		if r.Validation < bananaLogProb-0.6 || r.Validation > bananaLogProb+0.2 {
			t.Errorf("%s: validation %g, the truth has %g", name, r.Validation, bananaLogProb)
		}
	}
}

// Keys of different steps and seeds differ.
func TestStepKeys(t *testing.T) {
	seen := map[[2]uint32]bool{}
	for seed := range uint64(50) {
		for step := range 200 {
			k := stepKey(seed, step)
			if seen[k] {
				t.Fatalf("the key of seed %d and step %d has been there before", seed, step)
			}
			seen[k] = true
		}
	}
}
