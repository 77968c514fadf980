package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/recipe"
)

// line is a model of one column under a condition with weights that no initialiser gives.
func line(t *testing.T, steps ...data.Step) *Model {
	t.Helper()
	m, err := New("nsf-ar", recipe.Config{Transforms: 2, Hidden: []int{8}}, []Column{{Name: "y", Mean: 1, Std: 0.6, Steps: steps}}, []Column{{Name: "c", Mean: 5, Std: 10}}, Float64, 7)
	must(t, err)
	rng := rand.New(rand.NewPCG(8, 2))
	for _, s := range m.Params.Specs() {
		for i, d := 0, m.Params.Data(s.Name); i < len(d); i++ {
			d[i] += 0.1 * rng.NormFloat64()
		}
	}
	return m
}

// below is ∫ p(y|c) dy up to an end, by the midpoint rule from a point below which there is nothing.
func below(t *testing.T, d *Density, from, to, c float64) float64 {
	t.Helper()
	const n = 40000
	x, cond, out := matrix.New[float64](n, 1), matrix.New[float64](n, 1), make([]float64, n)
	for i := range n {
		x.Data[i], cond.Data[i] = from+(to-from)*(float64(i)+0.5)/n, c
	}
	must(t, d.LogProb(t.Context(), x, cond, out))
	sum := 0.0
	for _, l := range out {
		sum += math.Exp(l) * (to - from) / n
	}
	return sum
}

// The density up to a quantile adds up to its level, of one column by the distribution function.
func TestQuantilesOfOneColumn(t *testing.T) {
	d, err := Compile(line(t), diffeo.Options{Threads: 1})
	must(t, err)
	if !d.ByDistribution() {
		t.Fatal("quantiles of one column are drawn")
	}
	levels := []float64{0.001, 0.9, 0.25, 0.5}
	cond, out := matrix.New[float64](2, 1), matrix.New[float64](2, len(levels))
	cond.Data[0], cond.Data[1] = -7, 20
	must(t, d.Quantiles(t.Context(), QuantileOptions{}, levels, cond, out))
	for r, c := range cond.Data {
		for k, p := range levels {
			if got := below(t, d, -40, out.Row(r)[k], c); math.Abs(got-p) > 2e-5 {
				t.Errorf("given %g the density up to the quantile at %g adds up to %g", c, p, got)
			}
		}
	}
	if out.Row(0)[3] == out.Row(1)[3] {
		t.Error("the condition changes nothing")
	}
}

// An interval holds its share; the shortest one is no longer than the central one, and its ends are equally dense.
func TestIntervalsOfOneColumn(t *testing.T) {
	d, err := Compile(line(t, data.Step{Kind: data.Log}), diffeo.Options{Threads: 1})
	must(t, err)
	cond, ends := matrix.New[float64](1, 1), [2]matrix.Matrix[float64]{matrix.New[float64](1, 2), matrix.New[float64](1, 2)}
	cond.Data[0] = 3
	length := [2]float64{}
	for i, shortest := range []bool{false, true} {
		must(t, d.Intervals(t.Context(), QuantileOptions{}, 0.8, shortest, cond, ends[i]))
		low, high := ends[i].Data[0], ends[i].Data[1]
		length[i] = high - low
		if got := below(t, d, low, high, 3); math.Abs(got-0.8) > 1e-3 {
			t.Errorf("shortest %v: the interval from %g to %g holds %g", shortest, low, high, got)
		}
	}
	if length[1] >= length[0] {
		t.Errorf("the shortest interval has length %g, the central one %g", length[1], length[0])
	}
	at, c, out := matrix.New[float64](2, 1), matrix.New[float64](2, 1), make([]float64, 2)
	copy(at.Data, ends[1].Data)
	c.Data[0], c.Data[1] = 3, 3
	must(t, d.LogProb(t.Context(), at, c, out))
	if math.Abs(out[0]-out[1]) > 0.1 {
		t.Errorf("log-densities at the ends are %g and %g", out[0], out[1])
	}
}

// A decreasing map takes quantiles at p to quantiles at 1 − p.
func TestQuantilesOfADecreasingMap(t *testing.T) {
	m, err := FromLayers(recipe.Layers{Dim: 1, Layers: []recipe.Layer{{Kind: "linear", Negative: []bool{true}}}}, []Column{{Name: "y", Std: 1}}, nil, Float64)
	must(t, err)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	out, none := matrix.New[float64](1, 2), matrix.Matrix[float64]{}
	must(t, d.Quantiles(t.Context(), QuantileOptions{}, []float64{0.1, 0.9}, none, out))
	if out.Data[0] >= out.Data[1] {
		t.Errorf("quantiles at 0.1 and 0.9 are %g and %g", out.Data[0], out.Data[1])
	}
	u := matrix.New[float64](2, 1)
	u.Data[0], u.Data[1] = -1, 1
	x := matrix.New[float64](2, 1)
	must(t, d.engine.forward(t.Context(), u, none, x))
	if x.Data[0] <= x.Data[1] {
		t.Fatal("the map of this test does not decrease")
	}
}

// Of several columns a share p of new draws lies below the quantile at p of each, given each condition.
func TestQuantilesOfSeveralColumns(t *testing.T) {
	m := example(t, Float32)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	const n, news = 4096, 20000
	levels := []float64{0.05, 0.5, 0.9}
	cond, out, ends := rows(m.Context, 2, 5), matrix.New[float64](2, 9), matrix.New[float64](2, 6)
	must(t, d.Quantiles(t.Context(), QuantileOptions{Draws: n, Seed: 1}, levels, cond, out))
	must(t, d.Intervals(t.Context(), QuantileOptions{Draws: n, Seed: 1}, 0.7, true, cond, ends))
	x := matrix.New[float64](news, 3)
	for r := range 2 {
		must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 2}, repeated(cond, r, news), x))
		share := func(j int, in func(v float64) bool) float64 {
			count := 0.0
			for i := range news {
				if in(x.Row(i)[j]) {
					count++
				}
			}
			return count / news
		}
		for j := range 3 {
			for k, p := range levels {
				q := out.Row(r)[3*j+k]
				if got, se := share(j, func(v float64) bool { return v <= q }), math.Sqrt(p*(1-p)*(1./n+1./news)); math.Abs(got-p) > 5*se {
					t.Errorf("row %d, column %d: %g of new draws lie below the quantile at %g", r, j, got, p)
				}
			}
			low, high := ends.Row(r)[2*j], ends.Row(r)[2*j+1]
			if got := share(j, func(v float64) bool { return v >= low && v <= high }); got < 0.65 || got > 0.72 { // the shortest of many is a little too short
				t.Errorf("row %d, column %d: %g of new draws lie in the interval of 0.7", r, j, got)
			}
		}
	}
}

// What cannot be answered is refused.
func TestQuantilesRefuse(t *testing.T) {
	d, err := Compile(line(t), diffeo.Options{Threads: 1})
	must(t, err)
	ctx, cond, out := t.Context(), matrix.New[float64](1, 1), matrix.New[float64](1, 1)
	angle := line(t, data.Step{Kind: data.Circular, Period: 360})
	round, err := Compile(angle, diffeo.Options{Threads: 1})
	must(t, err)
	several, err := Compile(example(t, Float32), diffeo.Options{Threads: 1})
	must(t, err)
	far := matrix.New[float64](1, 1)
	far.Data[0] = 1e300
	for _, c := range []struct {
		err  error
		kind error
		say  string
	}{
		{d.Quantiles(ctx, QuantileOptions{}, []float64{1}, cond, out), fault.ErrConfig, "a quantile at 1"},
		{d.Quantiles(ctx, QuantileOptions{}, []float64{math.NaN()}, cond, out), fault.ErrConfig, "a quantile at NaN"},
		{d.Intervals(ctx, QuantileOptions{}, 0, true, cond, out), fault.ErrConfig, "an interval of probability 0"},
		{d.Quantiles(ctx, QuantileOptions{}, []float64{0.5}, cond, matrix.New[float64](2, 1)), fault.ErrShape, "room for 2×1 numbers, there are 1×1"},
		{d.Quantiles(ctx, QuantileOptions{}, []float64{0.5}, matrix.New[float64](1, 2), out), fault.ErrContext, "the model needs its context"},
		{several.Quantiles(ctx, QuantileOptions{}, []float64{0.5}, far, matrix.New[float64](1, 3)), fault.ErrData, "1e+300"},
		{round.Quantiles(ctx, QuantileOptions{}, []float64{0.5}, cond, out), fault.ErrConfig, `column "y" is an angle`},
		{several.Quantiles(ctx, QuantileOptions{Draws: 1}, []float64{0.5}, cond, matrix.New[float64](1, 3)), fault.ErrConfig, "1 draws"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(c.err.Error(), c.say) {
			t.Errorf("%v, want %q", c.err, c.say)
		}
	}
}
