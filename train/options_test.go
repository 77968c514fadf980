package train

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/param"
)

// Decay is AdamW's: against the same step without it, a matrix is smaller by rate·decay·p, and what has one axis is as it was.
func TestDecayIsDecoupledAndOfMatricesOnly(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	d := banana[float64](100, 1)
	step := func(decay float64) [][]float64 {
		tr := trainerOf(t, f, p, d, Data[float64]{}, Config{Steps: 10, Rate: 0.02, Decay: decay})
		o, err := tr.step(t.Context(), 0)
		must(t, err)
		if !o.good {
			t.Fatal("skipped")
		}
		return tr.weights.p
	}
	plain, decayed := step(0), step(0.3)
	matrices := 0
	for i, s := range p.Specs() {
		k := 0.0
		if len(s.Shape) >= 2 {
			k = 0.02 * 0.3
			matrices++
		}
		for j, x := range p.Data(s.Name) {
			if got, want := plain[i][j]-decayed[i][j], k*x; math.Abs(got-want) > 1e-15 {
				t.Fatalf("%s: decay takes %g of %g, want %g", s.Name, got, x, want)
			}
		}
	}
	if matrices == 0 || matrices == len(p.Specs()) {
		t.Fatalf("%d of %d parameters are matrices: the test proves nothing", matrices, len(p.Specs()))
	}
}

// The rate rises in equal steps, reaches its height with the last of them, and the cosine over the rest ends at 0.
func TestWarmup(t *testing.T) {
	c, err := Config{Steps: 110, Rate: 2, Warmup: 10}.filled(100)
	must(t, err)
	for _, test := range []struct {
		t    int
		want float64
	}{{0, 0.2}, {4, 1}, {9, 2}, {10, 2}, {60, 1}, {110, 0}} {
		if got := c.rate(test.t); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("step %d: %g, want %g", test.t, got, test.want)
		}
	}
	if _, err := (Config{Steps: 10, Warmup: 10}).filled(100); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("warming up to the end: %v", err)
	}
	if _, err := (Config{Rate: 1, Decay: 1}).filled(100); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("decay of everything: %v", err)
	}
}

// The averages are those of the formula, and are what is validated and kept; the weights behind them are not touched.
func TestAverage(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	d, v := banana[float64](200, 1), banana[float64](100, 2)
	plain := trainerOf(t, f, p, d, v, Config{Steps: 30, Rate: 1e-2})
	tr := trainerOf(t, f, p, d, v, Config{Steps: 30, Rate: 1e-2, Average: 0.7})
	want := make([][]float64, len(plain.weights.p))
	for i, p := range plain.weights.p {
		want[i] = append([]float64{}, p...)
	}
	for n := range 30 {
		_, err := plain.step(t.Context(), n)
		must(t, err)
		_, err = tr.step(t.Context(), n)
		must(t, err)
		k := float64(n + 1)
		beta := min(0.7, k/(k+9))
		for i, p := range plain.weights.p {
			for j, x := range p {
				want[i][j] = beta*want[i][j] + (1-beta)*x
				if tr.weights.p[i][j] != x || math.Abs(tr.weights.average[i][j]-want[i][j]) > 1e-12 {
					t.Fatalf("step %d: weight %g, average %g; want %g and %g", n, tr.weights.p[i][j], tr.weights.average[i][j], x, want[i][j])
				}
			}
		}
	}
	got, _, err := tr.validate(t.Context())
	must(t, err)
	tr.weights.keepBest()
	must(t, tr.weights.assign(p))
	kept, _, err := trainerOf(t, f, p, d, v, Config{}).validate(t.Context())
	must(t, err)
	if raw, _, err := plain.validate(t.Context()); err != nil || got != kept || got == raw {
		t.Errorf("the averages validate at %v, what is kept at %v, the last weights at %v (%v)", got, kept, raw, err)
	}
}

// What is frozen keeps every bit, first values from data included; the other part learns.
func TestFreeze(t *testing.T) {
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.Static{}, bijection.ActNorm{}}}}
	bound, err := f.Bind()
	must(t, err)
	for _, part := range []string{FreezeBase, FreezeMap} {
		p := param.New(bound.Specs, 1)
		first := p.Clone()
		_, err := MaximumLikelihood(t.Context(), f, p, banana[float64](200, 1), banana[float64](100, 2), Config{Steps: 20, Freeze: part, Average: 0.5})
		must(t, err)
		for _, s := range bound.Specs {
			same := true
			for i, x := range p.Data(s.Name) {
				same = same && x == first.Data(s.Name)[i]
			}
			if inPart := strings.HasPrefix(s.Name, "base.") == (part == FreezeBase); same != inPart {
				t.Errorf("%s frozen: %s unchanged is %v", part, s.Name, same)
			}
		}
	}
	g, p := small(t, "maf", 2, 0)
	for freeze, text := range map[string]string{FreezeMap: "nothing is left to train", "all": "Freeze: all"} {
		if _, err := MaximumLikelihood(t.Context(), g, p, banana[float64](20, 1), Data[float64]{}, Config{Freeze: freeze}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), text) {
			t.Errorf("freeze %q: %v", freeze, err)
		}
	}
}

// A row of weight k is k equal rows: the fit of a normal to weighted rows is the weighted mean and deviation, whatever the scale of the weights.
func TestWeightsAreRepetitions(t *testing.T) {
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 2}, Transform: bijection.Chain{}}
	bound, err := f.Bind()
	must(t, err)
	d := banana[float64](60, 1)
	d.Weights = make([]float64, 60)
	mean, total := 0.0, 0.0
	for r := range d.Weights {
		if d.X.Row(r)[1] > 1 { // a selection that the mean shows
			d.Weights[r] = 1e-7
		} else {
			d.Weights[r] = 3e-7 * float64(r%4)
		}
		mean += d.Weights[r] * d.X.Row(r)[1]
		total += d.Weights[r]
	}
	mean /= total
	p := param.New(bound.Specs, 1)
	r, err := MaximumLikelihood(t.Context(), f, p, d, d, Config{Steps: 2000, Batch: 60, Rate: 0.05})
	must(t, err)
	m := p.Data("base.loc")
	if m == nil {
		t.Fatalf("the base has %v", p.Specs())
	}
	if math.Abs(m[1]-mean) > 1e-3 {
		t.Errorf("mean %g, want %g", m[1], mean)
	}
	tr := trainerOf(t, f, p, d, d, Config{})
	v, floored, err := tr.validate(t.Context())
	must(t, err)
	want := 0.0
	for i, l := range tr.validation {
		want += d.Weights[i] * l / total
	}
	if math.Abs(v-want) > 1e-12 || v != r.Validation || floored != 0 {
		t.Errorf("validation %v, want %v", v, want)
	}
}

func TestRefusesWeights(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	for text, change := range map[string]func(w []float64) []float64{
		"row 3 has the weight -1":     func(w []float64) []float64 { w[3] = -1; return w },
		"row 4 has the weight NaN":    func(w []float64) []float64 { w[4] = math.NaN(); return w },
		"row 5 has the weight +Inf":   func(w []float64) []float64 { w[5] = math.Inf(1); return w },
		"every row has the weight 0":  func(w []float64) []float64 { clear(w); return w },
		"have 19 weights for 20 rows": func(w []float64) []float64 { return w[:19] },
	} {
		d := banana[float64](20, 1)
		w := make([]float64, 20)
		for i := range w {
			w[i] = 1
		}
		d.Weights = change(w)
		if _, err := MaximumLikelihood(t.Context(), f, p, d, Data[float64]{}, Config{}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v; want %q", err, text)
		}
	}
}
