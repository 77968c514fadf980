package vae

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/train"
)

// step is a training graph's loss, its parts and its gradient with respect to some parameters, on the interpreter.
type step struct {
	loss, decoded, divergence float64
	gradients                 map[string][]float64
}

func stepOf(t testing.TB, a Autoencoder, c Config, params *param.Set, x []float64, done float64, names ...string) step {
	t.Helper()
	f, err := a.Bind()
	must(t, err)
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		loss := graph.MeanRows(c.objective(b, f))
		x, _ := train.Rows(b, f)
		decoded, divergence := f.Base.(*joint).terms(b, x, b.Key(), 1)
		b.Output("loss", loss)
		b.Output("decoded", graph.MeanRows(decoded))
		b.Output("divergence", graph.MeanRows(divergence))
		var wrt []graph.Value
		for _, n := range names {
			wrt = append(wrt, b.Param(n, specOf(f, n).Shape...))
		}
		for i, d := range graph.Gradient(loss, wrt...) {
			b.Output(names[i], d)
		}
		return nil
	})
	must(t, err)
	call := ref.Call{Rows: len(x) / 4, Inputs: map[string][]float64{"x": x, graph.KeyInput: {1, 2}, "done": {done}}}
	for _, s := range params.Specs() {
		call.Inputs[s.Name] = params.Data(s.Name)
	}
	r, err := ref.Run(context.Background(), g, call)
	must(t, err)
	return step{r.Outputs["loss"][0], r.Outputs["decoded"][0], r.Outputs["divergence"][0], r.Outputs}
}

func specOf(f *flow.Bound, name string) param.Spec {
	return f.Specs[slices.IndexFunc(f.Specs, func(s param.Spec) bool { return s.Name == name })]
}

// bits are rows of four columns.
var bits = []float64{0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1}

func namesOf(p *param.Set) []string {
	var names []string
	for _, s := range p.Specs() {
		names = append(names, s.Name)
	}
	return names
}

// The gradient of a step is that of differences, in encoder, posterior, prior and decoder.
func TestGradient(t *testing.T) {
	const seed = 11
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	a := small(t, 3)
	params := moved(t, a, 0.3)
	c := Config{Warmup: 0.8}
	names := namesOf(params)
	got := stepOf(t, a, c, params, bits, 0.5, names...).gradients
	for _, name := range names {
		d := params.Data(name)
		k := rng.IntN(len(d))
		const h = 1e-5
		at := d[k]
		d[k] = at + h
		up := stepOf(t, a, c, params, bits, 0.5).loss
		d[k] = at - h
		down := stepOf(t, a, c, params, bits, 0.5).loss
		d[k] = at
		if want := (up - down) / (2 * h); math.Abs(got[name][k]-want) > 1e-7+1e-6*math.Abs(want) {
			t.Errorf("%s[%d]: gradient %g, by differences %g", name, k, got[name][k], want)
		}
	}
}

// The loss is β·max(free bits, divergence) − log p(x|z); where the divergence is free the prior learns nothing.
func TestWarmupAndFreeBits(t *testing.T) {
	a := small(t, 3)
	params := moved(t, a, 0.3)
	prior := namesOf(params)[slices.IndexFunc(namesOf(params), func(s string) bool { return len(s) > 6 && s[:6] == "prior." })]
	for _, c := range []struct {
		config     Config
		done, beta float64
		free       bool
	}{
		{Config{}, 0, 1, false},
		{Config{Warmup: 0.5}, 0, 0, true},
		{Config{Warmup: 0.5}, 0.125, 0.25, false},
		{Config{Warmup: 0.5}, 0.75, 1, false},
		{Config{FreeBits: 100}, 0.3, 1, true},
		{Config{FreeBits: 1e-6}, 0.3, 1, false},
		{Config{FreeBits: 100, Warmup: 1}, 0.3, 0.3, true},
	} {
		s := stepOf(t, a, c.config, params, bits, c.done, prior)
		if s.divergence < 0.01 || s.divergence > 50 {
			t.Fatalf("a divergence of %g tells nothing", s.divergence)
		}
		want := c.beta*math.Max(c.config.FreeBits, s.divergence) - s.decoded
		if math.Abs(s.loss-want) > 1e-10 {
			t.Errorf("%+v at %g: a loss of %g, want %g", c.config, c.done, s.loss, want)
		}
		if still := slices.Max(s.gradients[prior]) == 0 && slices.Min(s.gradients[prior]) == 0; still != c.free {
			t.Errorf("%+v at %g: the gradient of %s is %v", c.config, c.done, prior, s.gradients[prior])
		}
	}
}

// A seed gives the same weights with any number of threads, and another seed others; validation is by the bound.
func TestFitIsDeterministic(t *testing.T) {
	a := small(t, 2)
	x := matrix.New[float32](64, 4)
	for i := range x.Data {
		x.Data[i] = float32(i%7) / 6
	}
	held := matrix.New[float32](32, 4)
	fit := func(seed uint64, threads int) *param.Set {
		p, err := a.Init(1)
		must(t, err)
		c := Config{Train: train.Config{Steps: 60, Batch: 32, Rate: 1e-2, Seed: seed, Threads: threads, ValidateEvery: 20}, Warmup: 0.5, FreeBits: 0.1}
		r, err := Fit(t.Context(), a, p, train.Data[float32]{X: x, Fresh: Binarized[float32](seed)}, train.Data[float32]{X: held}, c)
		must(t, err)
		if !(r.Validation < 0 && r.Validation > -5) || r.Skipped != 0 || r.Dropped != 0 {
			t.Errorf("%+v", r)
		}
		return p
	}
	same := func(a, b *param.Set) bool {
		for _, s := range a.Specs() {
			if !slices.Equal(a.Data(s.Name), b.Data(s.Name)) {
				return false
			}
		}
		return true
	}
	one := fit(1, 1)
	if !same(one, fit(1, 2)) {
		t.Error("two threads give other weights")
	}
	if same(one, fit(2, 1)) {
		t.Error("two seeds give the same weights")
	}
}

func TestFitRefuses(t *testing.T) {
	a := small(t, 2)
	p, err := a.Init(1)
	must(t, err)
	x := matrix.New[float64](4, 4)
	for name, c := range map[string]Config{
		"warm-up": {Warmup: 1.5}, "no number": {Warmup: math.NaN()}, "free bits": {FreeBits: -1}, "freeze": {Train: train.Config{Freeze: train.FreezeBase}},
	} {
		if _, err := Fit(t.Context(), a, p, train.Data[float64]{X: x}, train.Data[float64]{}, c); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Fit(t.Context(), a, p, train.Data[float64]{X: matrix.New[float64](4, 3)}, train.Data[float64]{}, Config{}); !errors.Is(err, fault.ErrShape) {
		t.Errorf("rows of three columns: %v", err)
	}
	if _, err := Fit(t.Context(), a, p, train.Data[float64]{X: x, Weights: []float64{1, 1, 1, 1}}, train.Data[float64]{}, Config{}); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("weights: %v", err)
	}
	if _, err := Fit(t.Context(), a, p, train.Data[float64]{}, train.Data[float64]{}, Config{}); !errors.Is(err, fault.ErrData) {
		t.Errorf("no rows: %v", err)
	}
}

// Pixels become 1 with the probability that they are, anew in each pass, whatever rows are beside.
func TestBinarized(t *testing.T) {
	const n = 4000
	rows, x := make([]int, n), matrix.New[float32](n, 4)
	fill := func() {
		for i := range n {
			rows[i] = i
			copy(x.Row(i), []float32{0, 0.25, 0.75, 1})
		}
	}
	fill()
	must(t, Binarized[float32](5)(1, rows, x))
	first := slices.Clone(x.Data)
	sums := [4]float64{}
	for i, v := range first {
		if v != 0 && v != 1 {
			t.Fatalf("a pixel of %g", v)
		}
		sums[i%4] += float64(v) / n
	}
	for k, p := range []float64{0, 0.25, 0.75, 1} {
		if math.Abs(sums[k]-p) > 5*math.Sqrt(p*(1-p)/n)+1e-9 {
			t.Errorf("probability %g: a share of %g", p, sums[k])
		}
	}
	fill()
	must(t, Binarized[float32](5)(1, rows[100:200], x.Slice(100, 200)))
	if !slices.Equal(x.Slice(100, 200).Data, first[400:800]) {
		t.Error("what a row becomes depends on the rows beside it")
	}
	for pass, seed := range map[int]uint64{2: 5, 1: 6} {
		fill()
		must(t, Binarized[float32](seed)(pass, rows, x))
		if slices.Equal(x.Data, first) {
			t.Errorf("pass %d with the seed %d is like pass 1 with the seed 5", pass, seed)
		}
	}
}
