package diffeo_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/matrix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

func TestCompileRefuses(t *testing.T) {
	f, other := flowOf(t, "maf", 2, 0), flowOf(t, "maf", 3, 0)
	params, err := diffeo.Init(other, 1)
	must(t, err)
	if _, err := diffeo.Compile[float32](f, params, diffeo.Options{}); !errors.Is(err, diffeo.ErrShape) || !contains(err, "another flow") {
		t.Errorf("weights of another flow: %v", err)
	}
	if _, err := diffeo.Compile[float32](other, params, diffeo.Options{Threads: -1}); !errors.Is(err, diffeo.ErrConfig) {
		t.Errorf("negative threads: %v", err)
	}
	if _, err := diffeo.Compile[float32](diffeo.Flow{Transform: bijection.Chain{}}, params, diffeo.Options{}); !errors.Is(err, diffeo.ErrConfig) {
		t.Errorf("a flow without a base: %v", err)
	}
	if _, err := diffeo.Init(diffeo.Flow{}, 1); !errors.Is(err, diffeo.ErrConfig) {
		t.Errorf("an empty flow: %v", err)
	}
}

// A compiled flow keeps the weights that it was given.
func TestCompileCopiesWeights(t *testing.T) {
	f := flowOf(t, "realnvp", 2, 0)
	params := weights(t, f)
	c, err := diffeo.Compile[float64](f, params, diffeo.Options{Threads: 1})
	must(t, err)
	x, before, after := noise[float64](t, 9, 2, 1), make([]float64, 9), make([]float64, 9)
	must(t, c.LogProb(t.Context(), x, none64, before))
	for _, s := range params.Specs() {
		clear(params.Data(s.Name))
	}
	must(t, c.LogProb(t.Context(), x, none64, after))
	for r := range before {
		if before[r] != after[r] {
			t.Fatal("changing the parameter set changed a compiled flow")
		}
	}
}

// Many goroutines may use one compiled flow, from its first call on.
func TestConcurrentCalls(t *testing.T) {
	f := flowOf(t, "maf", 3, 1)
	want := make([]float32, 200)
	x, cond := noise[float32](t, 200, 3, 1), noise[float32](t, 200, 1, 2)
	must(t, compileWith[float32](t, f, 1).LogProb(t.Context(), x, cond, want))
	c := compileWith[float32](t, f, 2)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			out, drawn := make([]float32, 200), matrix.New[float32](200, 3)
			for range 5 {
				if err := c.LogProb(t.Context(), x, cond, out); err != nil {
					t.Error(err)
				}
				for r := range out {
					if out[r] != want[r] {
						t.Errorf("row %d: %v, alone %v", r, out[r], want[r])
						return
					}
				}
				if err := c.Sample(t.Context(), diffeo.Draw{Seed: 1}, cond, drawn); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestCancelledCalls(t *testing.T) {
	c := compile[float64](t, flowOf(t, "maf", 2, 0), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x, out := noise[float64](t, 10, 2, 1), make([]float64, 10)
	if err := c.LogProb(ctx, x, none64, out); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call returns %v", err)
	}
	must(t, c.LogProb(t.Context(), x, none64, out)) // and leaves nothing broken
}
