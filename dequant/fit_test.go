package dequant

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/train"
)

// step is a training graph's loss on some rows, and its gradient with respect to parameters.
func step(t testing.TB, m Model, c Config, params *param.Set, x []float64, names ...string) (loss float64, gradients map[string][]float64) {
	t.Helper()
	f, err := m.Bind()
	must(t, err)
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		loss := graph.MeanRows(c.objective(b, f))
		b.Output("loss", loss)
		var wrt []graph.Value
		for _, s := range f.Specs {
			if slices.Contains(names, s.Name) {
				wrt = append(wrt, b.Param(s.Name, s.Shape...))
			}
		}
		for i, d := range graph.Gradient(loss, wrt...) {
			b.Output(names[i], d)
		}
		return nil
	})
	must(t, err)
	call := ref.Call{Rows: len(x) / len(m.Widths), Inputs: map[string][]float64{"x": x, graph.KeyInput: {1, 2}}}
	for _, s := range params.Specs() {
		call.Inputs[s.Name] = params.Data(s.Name)
	}
	r, err := ref.Run(context.Background(), g, call)
	must(t, err)
	return r.Outputs["loss"][0], r.Outputs
}

// The gradient of a step is that of differences, in the flow and in the noise, with one draw and with several.
func TestGradient(t *testing.T) {
	const seed = 11
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	some := table(t, &ColumnNoise{Columns: 1, Context: 2, Hidden: []int{6}})
	some.Widths = []float64{0, 0.5}
	for _, m := range []Model{table(t, twoColumns), some, pictures(t)} {
		params := moved(t, m, 0.2)
		x := []float64{1, 0, 2, 3, 0, 3, 1, 0}
		var names []string
		for _, s := range params.Specs() {
			if !s.State {
				names = append(names, s.Name)
			}
		}
		for _, c := range []Config{{}, {Draws: 3}} {
			if testing.Short() && c.Draws == 0 {
				continue // a part of the other
			}
			_, got := step(t, m, c, params, x, names...)
			for _, name := range names {
				d := params.Data(name)
				k := rng.IntN(len(d))
				const h = 1e-5
				at := d[k]
				d[k] = at + h
				up, _ := step(t, m, c, params, x)
				d[k] = at - h
				down, _ := step(t, m, c, params, x)
				d[k] = at
				if want := (up - down) / (2 * h); math.Abs(got[name][k]-want) > 1e-7+1e-6*math.Abs(want) {
					t.Errorf("%+v: %s[%d]: gradient %g, by differences %g", c, name, k, got[name][k], want)
				}
			}
		}
	}
}

// Noise is a density on the cell, of which that of pictures begins as uniform: its maps pass the suites, and that of two columns integrates to 1.
func TestNoiseIsADensity(t *testing.T) {
	image, err := ImageNoise{Image: []int{1, 2, 2}, Levels: 2, Transforms: 2, Hidden: 3}.Flow()
	must(t, err)
	const reason = "it ends with a sigmoid"
	flowtest.Flow(t, image, flowtest.Options{FarFromIdentity: reason})
	bound, err := image.Bind()
	must(t, err)
	c, err := diffeo.Compile[float64](image, param.New(bound.Specs, 1), diffeo.Options{Threads: 1})
	must(t, err)
	u, logQ := matrix.New[float64](50, 4), make([]float64, 50)
	must(t, c.SampleAndLogProb(t.Context(), diffeo.Draw{}, matrix.New[float64](50, 4), u, logQ))
	for r, l := range logQ {
		if math.Abs(l) > 1e-9 || slices.Min(u.Row(r)) <= 0 || slices.Max(u.Row(r)) >= 1 {
			t.Fatalf("the first noise of pictures has log q = %g at %v", l, u.Row(r))
		}
	}
	m := table(t, twoColumns)
	joined, err := Compile[float64](m, moved(t, m, 0.3), diffeo.Options{Threads: 1})
	must(t, err)
	c = joined.noise
	const n, reach = 300, 20.0 // the trapezoid rule of u = 1/(1 + e^−s)
	points := matrix.New[float64](n*n, 2)
	logs, slope := make([]float64, n*n), make([]float64, n*n)
	for i := range n * n {
		slope[i] = 1
		for k, s := range []int{i % n, i / n} {
			u := 1 / (1 + math.Exp(-reach*(2*float64(s)/(n-1)-1)))
			points.Row(i)[k] = u
			slope[i] *= u * (1 - u) * 2 * reach / (n - 1)
		}
	}
	must(t, c.LogProb(t.Context(), points, repeated([]float64{0.5, -1}, n*n), logs))
	total := 0.0
	for i, l := range logs {
		total += slope[i] * math.Exp(l)
	}
	if math.Abs(total-1) > 1e-3 {
		t.Errorf("the noise of columns integrates to %g", total)
	}
}

// Training with noise that is learned comes nearer to the entropy of known columns than training with uniform noise does, at equal steps; a seed gives the same weights
// with any number of threads, and the flow alone runs on them.
func TestFit(t *testing.T) {
	if testing.Short() {
		t.Skip("some thousand steps")
	}
	rng := rand.New(rand.NewPCG(2, 2))
	x := matrix.New[float64](4000, 2) // a ∈ {−1, 0, 1}·0.5, b = ±a with noise
	for r := range x.Rows {
		a := float64(rng.IntN(3)-1) / 2
		x.Row(r)[0], x.Row(r)[1] = a, a
		if rng.IntN(8) == 0 {
			x.Row(r)[1] = -a
		}
	}
	entropy := math.Log(3) + 2.0/3*(-7.0/8*math.Log(7.0/8)-1.0/8*math.Log(1.0/8))
	large := &ColumnNoise{Columns: 2, Context: 2, Hidden: []int{16}}
	fit := func(noise *ColumnNoise, threads, steps int) (Model, *param.Set) {
		m := table(t, noise)
		params, err := m.Init(1)
		must(t, err)
		c := Config{Train: train.Config{Steps: steps, Batch: 128, Rate: 1e-2, Seed: 1, Threads: threads}}
		_, err = Fit(t.Context(), m, params, train.Data[float64]{X: x.Slice(0, 3000)}, train.Data[float64]{}, c)
		must(t, err)
		return m, params
	}
	below := func(noise *ColumnNoise) []float64 {
		m, params := fit(noise, 2, 1500)
		c, err := Compile[float64](m, params, diffeo.Options{})
		must(t, err)
		held := x.Slice(3000, 4000)
		out, bound := make([]float64, held.Rows), make([]float64, held.Rows)
		must(t, c.LogProb(t.Context(), diffeo.Draw{Seed: 3}, 16, held, matrix.Matrix[float64]{}, out, bound))
		mean, e := meanError(bound)
		weighted, _ := meanError(out)
		t.Logf("entropy %.4f nats, bound %.4f ± %.4f, weighted %.4f", entropy, -mean, e, -weighted)
		return bound
	}
	gain := below(large)
	for r, b := range below(nil) {
		gain[r] -= b
	}
	if mean, e := meanError(gain); mean < 2*e || mean < 0.02 {
		t.Errorf("learned noise gains %.4f ± %.4f nats over uniform noise", mean, e)
	}
	m, one := fit(large, 1, 30)
	_, two := fit(large, 2, 30)
	for _, s := range one.Specs() {
		if !slices.Equal(one.Data(s.Name), two.Data(s.Name)) {
			t.Errorf("%s depends on the number of threads", s.Name)
		}
	}
	_, err := diffeo.Compile[float64](m.Density, one, diffeo.Options{})
	must(t, err)
}

func TestRefuses(t *testing.T) {
	good := table(t, twoColumns)
	for say, change := range map[string]func(m *Model){
		"3 widths":            func(m *Model) { m.Widths = []float64{1, 1, 1} },
		"the width -1":        func(m *Model) { m.Widths = []float64{1, -1} },
		"the width NaN":       func(m *Model) { m.Widths = []float64{math.NaN(), 1} },
		"no column has cells": func(m *Model) { m.Widths = []float64{0, 0} },
		"there are 1 columns": func(m *Model) { m.Widths = []float64{0, 1} },
		"a context of 5":      func(m *Model) { m.Noise.Context = 5 },
		"density: ":           func(m *Model) { m.Density.Base = nil },
		"noise: ":             func(m *Model) { m.Noise.Base = nil },
		"rows are vectors": func(m *Model) {
			m.Density.Transform = bijection.Multiscale{Shape: graph.Shape{1, 2, 2}, Levels: []bijection.Bijection{bijection.Squeeze{}}}
			m.Density.Base = dist.UnitBox(4)
		},
	} {
		m := good
		change(&m)
		if _, err := m.Init(1); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v does not say %q", err, say)
		}
	}
	for name, err := range map[string]error{
		"no image":      second(ImageNoise{Image: []int{4, 4}}.Flow()),
		"odd sides":     second(ImageNoise{Image: []int{1, 3, 4}}.Flow()),
		"no columns":    second(ColumnNoise{Context: 2}.Flow()),
		"negative size": second(ImageNoise{Image: []int{1, 4, 4}, Hidden: -1}.Flow()),
		"levels":        second(ImageNoise{Image: []int{1, 4, 4}, Levels: -1}.Flow()),
	} {
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	params := moved(t, good, 0)
	x := train.Data[float64]{X: matrix.New[float64](8, 2)}
	if _, err := Fit(t.Context(), good, params, x, train.Data[float64]{}, Config{Draws: 65}); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("65 draws: %v", err)
	}
	uniform, err := table(t, nil).Init(1)
	must(t, err)
	if _, err := Compile[float64](good, uniform, diffeo.Options{}); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("weights of uniform noise: %v", err)
	}
	c, err := Compile[float64](good, params, diffeo.Options{Threads: 1})
	must(t, err)
	bad := matrix.New[float64](3, 2)
	bad.Row(1)[1] = math.Inf(1)
	for name, call := range map[string]struct {
		x, cond matrix.Matrix[float64]
		draws   int
		want    error
	}{
		"no draws":    {matrix.New[float64](3, 2), matrix.Matrix[float64]{}, 0, fault.ErrConfig},
		"columns":     {matrix.New[float64](3, 1), matrix.Matrix[float64]{}, 1, fault.ErrShape},
		"context":     {matrix.New[float64](3, 2), matrix.New[float64](3, 1), 1, fault.ErrContext},
		"infinite":    {bad, matrix.Matrix[float64]{}, 1, fault.ErrData},
		"few results": {matrix.New[float64](4, 2), matrix.Matrix[float64]{}, 1, fault.ErrConfig},
	} {
		if err := c.LogProb(t.Context(), diffeo.Draw{}, call.draws, call.x, call.cond, make([]float64, 3), nil); !errors.Is(err, call.want) {
			t.Errorf("%s: %v, want %v", name, err, call.want)
		}
	}
}

func second(_ flow.Flow, err error) error { return err }
