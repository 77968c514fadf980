package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/param"
)

// whole is a table of whole numbers in its second column, and what spreads them over their cells anew in every pass.
func whole(rows int, seed uint64) Data[float32] {
	d := banana[float32](rows, seed)
	for r := range rows {
		d.X.Row(r)[1] = float32(math.Floor(float64(d.X.Row(r)[1]))) + 0.5
	}
	d.Fresh = func(pass int, rows []int, x matrix.Matrix[float32]) error {
		for i, r := range rows {
			x.Row(i)[1] += float32(rand.New(rand.NewPCG(uint64(pass), uint64(r))).Float64() - 0.5)
		}
		return nil
	}
	return d
}

// Every row of every pass is made fresh once, with the number of its pass.
func TestFreshIsToldThePass(t *testing.T) {
	d := whole(100, 1)
	seen := map[[2]int]int{}
	d.Fresh = func(pass int, rows []int, x matrix.Matrix[float32]) error {
		for i, r := range rows {
			if seen[[2]int{pass, r}]++; !slices.Equal(x.Row(i), d.X.Row(r)) {
				t.Errorf("pass %d: row %d comes as %v, the table has %v", pass, r, x.Row(i), d.X.Row(r))
			}
		}
		return nil
	}
	f, p := small(t, "maf", 2, 0)
	_, err := MaximumLikelihood(t.Context(), f, p, d, Data[float32]{}, Config{Epochs: 3, Batch: 25})
	must(t, err)
	for pass := range 4 {
		for r := range 100 {
			if n := seen[[2]int{pass, r}]; n != min(pass, 1) {
				t.Fatalf("row %d was dealt %d times in pass %d", r, n, pass)
			}
		}
	}
}

// Weights and result are the same with any number of threads, and of a training that was stopped and resumed in the middle of passes.
func TestFreshResumes(t *testing.T) {
	d, v := whole(330, 1), whole(70, 2)
	v.Fresh = nil
	f, first := small(t, "realnvp", 2, 0)
	config := Config{Steps: 40, Batch: 50, Rate: 1e-2, ValidateEvery: 7, Seed: 3}
	want := first.Clone()
	_, err := MaximumLikelihood(t.Context(), f, want, d, v, config)
	must(t, err)
	still := d
	still.Fresh = nil
	got := first.Clone()
	_, err = MaximumLikelihood(t.Context(), f, got, still, v, config)
	must(t, err)
	if equalSets(got, want) {
		t.Fatal("the noise changes nothing")
	}
	config.Threads = 3
	got = first.Clone()
	_, err = MaximumLikelihood(t.Context(), f, got, d, v, config)
	must(t, err)
	if !equalSets(got, want) {
		t.Error("the weights depend on the number of threads")
	}
	config.Threads, config.Checkpoint = 0, Checkpoint{File: filepath.Join(t.TempDir(), "c"), Every: 5, Resume: true}
	for _, stop := range []int{4, 9, 3, 0} {
		ctx, cancel := context.WithCancel(t.Context())
		made := 0
		config.Progress = func(Progress) {
			if made++; made == stop {
				cancel()
			}
		}
		got = first.Clone()
		_, err = MaximumLikelihood(ctx, f, got, d, v, config)
		cancel()
		if stop > 0 && !errors.Is(err, context.Canceled) || stop == 0 && err != nil {
			t.Fatal(err)
		}
	}
	if !equalSets(got, want) {
		t.Error("the resumed training has other weights")
	}
	if _, err = MaximumLikelihood(t.Context(), f, first.Clone(), still, v, config); !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), "other training rows") {
		t.Errorf("the checkpoint is taken for rows that stay as they are: %v", err)
	}
}

// What goes wrong while rows are made fresh ends training with the weights so far; what comes out of it is checked.
func TestFreshFails(t *testing.T) {
	gone := errors.New("no noise left")
	f, first := small(t, "maf", 2, 0)
	v := whole(20, 2)
	run := func(fresh func(pass int, rows []int, x matrix.Matrix[float32]) error, validation Data[float32]) (*param.Set, error) {
		d := whole(100, 1)
		d.Fresh = fresh
		p := first.Clone()
		_, err := MaximumLikelihood(t.Context(), f, p, d, validation, Config{Epochs: 3, Batch: 50})
		return p, err
	}
	var calls atomic.Int32
	p, err := run(func(pass int, _ []int, _ matrix.Matrix[float32]) error {
		if calls.Add(1); pass == 2 {
			return gone
		}
		return nil
	}, Data[float32]{})
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), "training was stopped after 2 steps") || equalSets(p, first) || calls.Load() != 3 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	_, err = run(func(_ int, rows []int, x matrix.Matrix[float32]) error {
		if i := slices.Index(rows, 17); i >= 0 {
			x.Row(i)[1] = float32(math.NaN())
		}
		return nil
	}, Data[float32]{})
	if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "training row 17, number 1 is NaN") {
		t.Errorf("%v", err)
	}
	if _, err = run(nil, v); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "leave Fresh out") {
		t.Errorf("%v", err)
	}
}
