package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"diffeo/fault"
	"diffeo/param"
)

// thorough uses everything that a checkpoint has to hold.
func thorough(file string) Config {
	return Config{
		Steps: 60, Batch: 50, Rate: 1e-2, Warmup: 5, Decay: 0.1, Average: 0.9, ValidateEvery: 7, Threads: 1,
		Checkpoint: Checkpoint{File: file, Every: 11, Resume: true},
	}
}

// A training that is stopped after any number of steps, over and over, and resumed, gives the weights and the result of one that was not, bit for
// bit; so does one that lost the steps since its last checkpoint, as a killed process has.
func TestResumedIsUninterrupted(t *testing.T) {
	d, v := banana[float32](330, 1), banana[float32](70, 2)
	d.X.Row(17)[1] = 1e30 // left out, and counted, on both sides
	for r := range 70 {   // of another density, so that the best step is an early one
		v.X.Row(r)[1] = -v.X.Row(r)[1]
	}
	f, first := small(t, "realnvp", 2, 0)
	want := first.Clone()
	c := thorough("")
	c.Checkpoint = Checkpoint{}
	wanted, err := MaximumLikelihood(t.Context(), f, want, d, v, c)
	must(t, err)
	if wanted.BestStep == 0 || wanted.BestStep > 50 || wanted.Dropped == 0 {
		t.Fatalf("%+v: a checkpoint need not hold the best weights", wanted)
	}
	dir := t.TempDir()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for trial := range 20 {
		file := filepath.Join(dir, "c")
		os.Remove(file)
		c := thorough(file)
		c.Checkpoint.Every = 1 + rng.IntN(40)
		killed := trial%2 == 0
		var got *param.Set
		var r Result
		for stops := 0; ; stops++ {
			ctx, cancel := context.WithCancel(t.Context())
			stop := 1 + rng.IntN(30)
			var before []byte
			made := 0
			c.Progress = func(Progress) {
				if made++; made == stop {
					before, _ = os.ReadFile(file)
					cancel()
				}
			}
			if stops == 5 {
				c.Progress = nil
			}
			got = first.Clone()
			r, err = MaximumLikelihood(ctx, f, got, d, v, c)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "can be resumed") {
				t.Fatal(err)
			}
			if killed { // what was written after the signal is not there
				os.Remove(file)
				if before != nil {
					if err := os.WriteFile(file, before, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		r.Resumed = 0
		if !equalSets(got, want) || !reflect.DeepEqual(r, wanted) {
			t.Fatalf("resumed:\n%+v\nuninterrupted:\n%+v\nsame weights: %v", r, wanted, equalSets(got, want))
		}
	}
}

// A checkpoint of another training, a damaged one, and one that would be overwritten are refused with the reason, and stay.
func TestCheckpointRefuses(t *testing.T) {
	d, v := banana[float64](100, 1), banana[float64](50, 2)
	f, p := small(t, "maf", 2, 0)
	dir := t.TempDir()
	file := filepath.Join(dir, "c")
	c := Config{Steps: 10, Batch: 20, Checkpoint: Checkpoint{File: file}}
	_, err := MaximumLikelihood(t.Context(), f, p.Clone(), d, v, c)
	must(t, err)
	good, err := os.ReadFile(file)
	must(t, err)
	other := banana[float64](100, 1)
	other.X.Row(99)[1] = math.Nextafter(other.X.Row(99)[1], 9)
	weighted := d
	weighted.Weights = make([]float64, 100)
	weighted.Weights[3] = 1
	more, q := small(t, "realnvp", 2, 0)
	flip := func(at int) []byte { b := []byte(string(good)); b[at] ^= 1; return b }
	for name, test := range map[string]struct {
		change func(c *Config)
		run    func(c Config) (Result, error)
		file   []byte
		want   error
		text   string
	}{
		"no resume":  {func(c *Config) { c.Checkpoint.Resume = false }, nil, good, fault.ErrConfig, "resume from it, or remove it"},
		"steps":      {func(c *Config) { c.Steps = 20 }, nil, good, ErrCheckpoint, "made with steps 10, now it is 20"},
		"decay":      {func(c *Config) { c.Decay = 0.5 }, nil, good, ErrCheckpoint, "made with decay 0, now it is 0.5"},
		"rows":       {nil, func(c Config) (Result, error) { return MaximumLikelihood(t.Context(), f, p, other, v, c) }, good, ErrCheckpoint, "other training rows"},
		"validation": {nil, func(c Config) (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, other, c) }, good, ErrCheckpoint, "other validation rows"},
		"weights":    {nil, func(c Config) (Result, error) { return MaximumLikelihood(t.Context(), f, p, weighted, v, c) }, good, ErrCheckpoint, "another flow, or"},
		"flow":       {nil, func(c Config) (Result, error) { return MaximumLikelihood(t.Context(), more, q, d, v, c) }, good, ErrCheckpoint, "another flow"},
		"first": {nil, func(c Config) (Result, error) {
			p := p.Clone()
			p.Data(p.Specs()[0].Name)[0]++
			return MaximumLikelihood(t.Context(), f, p, d, v, c)
		}, good, ErrCheckpoint, "first weights"},
		"truncated": {nil, nil, good[:len(good)-1], ErrCheckpoint, "damaged, or no checkpoint"},
		"empty":     {nil, nil, nil, ErrCheckpoint, "damaged, or no checkpoint"},
		"a weight":  {nil, nil, flip(len(good) - 9), ErrCheckpoint, "checksum"},
		"the state": {nil, nil, flip(strings.Index(string(good), "applied") + 11), ErrCheckpoint, "checksum"},
	} {
		must(t, os.WriteFile(file, test.file, 0o600))
		c := c
		c.Checkpoint.Resume = true
		if test.change != nil {
			test.change(&c)
		}
		if test.run == nil {
			test.run = func(c Config) (Result, error) { return MaximumLikelihood(t.Context(), f, p, d, v, c) }
		}
		before := p.Clone()
		if _, err := test.run(c); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v; want %q", name, err, test.text)
		}
		if !equalSets(before, p) {
			t.Errorf("%s: the weights changed", name)
		}
		if b, err := os.ReadFile(file); err != nil || string(b) != string(test.file) {
			t.Errorf("%s: the file changed (%v)", name, err)
		}
	}
	c.Checkpoint.File = filepath.Join(dir, "none", "c")
	if _, err := MaximumLikelihood(t.Context(), f, p, d, v, c); err == nil || !strings.Contains(err.Error(), "make the folder first") {
		t.Errorf("a checkpoint in a folder that is not there: %v", err)
	}
}

// No change of a byte is taken for a checkpoint of this training unless it leaves all that is said as it was.
func FuzzCheckpoint(f *testing.F) {
	flow, p := small(new(testing.T), "maf", 2, 0)
	d := banana[float64](40, 1)
	file := filepath.Join(f.TempDir(), "c")
	c := Config{Steps: 3, Batch: 20, Checkpoint: Checkpoint{File: file, Resume: true}}
	want := p.Clone()
	if _, err := MaximumLikelihood(f.Context(), flow, want, d, d, c); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []int{0, 7, 20, 300, 900, len(good) / 2, len(good) - 1} {
		f.Add(at, byte(1))
	}
	f.Fuzz(func(t *testing.T, at int, mask byte) {
		b := []byte(string(good))
		b[uint(at)%uint(len(b))] ^= mask
		must(t, os.WriteFile(file, b, 0o600))
		got := p.Clone()
		_, err := MaximumLikelihood(t.Context(), flow, got, d, d, c)
		if err == nil && !equalSets(got, want) || err != nil && !errors.Is(err, ErrCheckpoint) {
			t.Errorf("byte %d changed by %#x: %v, same weights %v", at, mask, err, equalSets(got, want))
		}
	})
}

// A time limit keeps the best so far, validated; resumed without one, training goes on as if there had been none.
func TestTimeLimit(t *testing.T) {
	d, v := banana[float32](330, 1), banana[float32](70, 2)
	f, first := small(t, "realnvp", 2, 0)
	c := thorough("")
	c.Checkpoint = Checkpoint{}
	want := first.Clone()
	_, err := MaximumLikelihood(t.Context(), f, want, d, v, c)
	must(t, err)
	c = thorough(filepath.Join(t.TempDir(), "c"))
	c.TimeLimit = time.Nanosecond
	p := first.Clone()
	r, err := MaximumLikelihood(t.Context(), f, p, d, v, c)
	must(t, err)
	if !r.TimedOut || r.Steps != 1 || r.BestStep != 1 || math.IsNaN(r.Validation) || equalSets(p, first) {
		t.Errorf("%+v", r)
	}
	c.TimeLimit = 0
	p = first.Clone()
	r, err = MaximumLikelihood(t.Context(), f, p, d, v, c)
	must(t, err)
	if r.TimedOut || r.Resumed != 1 || r.Steps != 60 || !equalSets(p, want) {
		t.Errorf("%+v, same weights %v", r, equalSets(p, want))
	}
}
