package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/train"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// banana is x₀ ~ N(0, 1.5²), x₁ ~ N(x₀²/2 − 1, 0.7²), times e³.
var banana = Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
	x0, x1 := graph.Slice(x, 0, 0, 1), graph.Slice(x, 0, 1, 2)
	bend := graph.Offset(graph.Scale(graph.Square(x0), 0.5), -1)
	sum := graph.Add(graph.Square(graph.Scale(x0, 1/1.5)), graph.Square(graph.Scale(graph.Sub(x1, bend), 1/0.7)))
	return graph.Offset(graph.Scale(graph.Sum(sum), -0.5), 3-math.Log(2*math.Pi*1.5*0.7))
}}

// bananaGo is the same in Go.
var bananaGo = Target{Dim: 2, Func: func(x, g []float64) (float64, error) {
	a, r := x[0]/1.5, (x[1]-x[0]*x[0]/2+1)/0.7
	g[0], g[1] = -a/1.5+r*x[0]/0.7, -r/0.7
	return -0.5*(a*a+r*r) + 3 - math.Log(2*math.Pi*1.5*0.7), nil
}}

func flowOf(t *testing.T, name string, c recipe.Config) (flow.Flow, *param.Set) {
	t.Helper()
	f, err := recipe.New(name, c)
	must(t, err)
	return f, fresh(t, f)
}

// fresh are first weights.
func fresh(t *testing.T, f flow.Flow) *param.Set {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	return param.New(bound.Specs, 1)
}

// A fit finds the constant, the moments, and weights that are nearly equal, by graph code and by Go code, with either estimator; a
// seed gives the same weights again.
func TestReverseKL(t *testing.T) {
	for _, test := range []struct {
		recipe string
		target Target
		c      Config
	}{
		{"iaf", banana, Config{Estimator: Reparametrized}},
		{"realnvp", banana, Config{}},
		{"realnvp", bananaGo, Config{Anneal: 0.3}},
	} {
		f, first := flowOf(t, test.recipe, recipe.Config{Dim: 2, Transforms: 4, Hidden: []int{32}})
		test.c.Train = train.Config{Steps: 600, Batch: 128, Rate: 5e-3, Average: 0.98, Seed: 3, Threads: 1}
		p, again := first.Clone(), first.Clone()
		_, err := ReverseKL[float32](t.Context(), f, p, test.target, test.c)
		must(t, err)
		d, err := Draw[float64](t.Context(), f, p, test.target, 5000, Options{Seed: 4})
		must(t, err)
		logZ, e := d.LogConstant()
		bound, _ := d.ELBO()
		means, deviations := d.Moments()
		if share := d.ESS() / 5000; share < 0.8 || math.Abs(logZ-3) > 5*e+1e-3 || bound > logZ || bound < 2.85 {
			t.Errorf("%s, %+v: effective share %.3f, log Z %.4f ± %.4f, bound %.4f", test.recipe, test.c.Estimator, share, logZ, e, bound)
		}
		if _, k, err := d.Pareto(); err != nil || k > 0.7 {
			t.Errorf("%s: k̂ = %.2f, %v", test.recipe, k, err)
		}
		wantMeans, wantDeviations := []float64{0, 1.125 - 1}, []float64{1.5, math.Sqrt(0.49 + 1.5*1.5*1.5*1.5/2)}
		for k := range means {
			if math.Abs(means[k]-wantMeans[k]) > 0.12 || math.Abs(deviations[k]/wantDeviations[k]-1) > 0.08 {
				t.Errorf("%s: column %d has mean %.3f and deviation %.3f, the target %.3f and %.3f", test.recipe, k, means[k], deviations[k], wantMeans[k], wantDeviations[k])
			}
		}
		test.c.Train.Steps = 20
		p = first.Clone()
		for _, set := range []*param.Set{p, again} {
			_, err := ReverseKL[float32](t.Context(), f, set, test.target, test.c)
			must(t, err)
		}
		for _, s := range p.Specs() {
			if !slices.Equal(p.Data(s.Name), again.Data(s.Name)) {
				t.Fatalf("%s: %s differs from one run to the next", test.recipe, s.Name)
			}
		}
	}
}

func TestBadTargets(t *testing.T) {
	f, p := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}})
	conditional, pc := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}, Context: 1})
	_, wider := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{9}})
	errGone := errors.New("the simulator is gone")
	steps := train.Config{Steps: 3, Batch: 8, Threads: 1}
	for _, test := range []struct {
		f      flow.Flow
		p      *param.Set
		target Target
		c      Config
		want   error
		text   string
	}{
		{f, p, Target{}, Config{}, fault.ErrConfig, "a target of 0 columns"},
		{f, p, Target{Dim: 2}, Config{}, fault.ErrConfig, "either Graph or Func"},
		{f, p, Target{Dim: 3, Func: bananaGo.Func}, Config{}, fault.ErrShape, "the flow has data of shape [2], the target of [3]"},
		{conditional, pc, banana, Config{}, fault.ErrContext, "a condition of [1] columns"},
		{f, p, banana, Config{Estimator: 9}, fault.ErrConfig, "Estimator: 9"},
		{f, p, banana, Config{Anneal: 1.5}, fault.ErrConfig, "Anneal: 1.5"},
		{f, p, banana, Config{Hottest: math.NaN()}, fault.ErrConfig, "Hottest: the power NaN"},
		{f, p, banana, Config{Train: train.Config{Epochs: 2}}, fault.ErrConfig, "Epochs"},
		{f, p, Target{Dim: 2, Func: func(_, _ []float64) (float64, error) { return 0, errGone }}, Config{Train: steps}, errGone, "target at row 0"},
	} {
		if _, err := ReverseKL[float64](t.Context(), test.f, test.p.Clone(), test.target, test.c); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v, want %v with %q", test.c, err, test.want, test.text)
		}
	}
	if _, err := Draw[float64](t.Context(), f, p, banana, 0, Options{}); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no draws: %v", err)
	}
	if _, err := Draw[float64](t.Context(), f, wider, banana, 10, Options{}); !errors.Is(err, fault.ErrShape) {
		t.Errorf("weights of another flow: %v", err)
	}
	nowhere := Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		return graph.Log(graph.Sub(graph.Sum(graph.Abs(x)), graph.Sum(graph.Abs(x))))
	}}
	if d, err := Draw[float64](t.Context(), f, p, nowhere, 100, Options{}); err != nil || d.ESS() != 0 {
		t.Errorf("a target that rules everything out: %v", err)
	} else if _, err := d.Resample(5, 1); !errors.Is(err, fault.ErrData) {
		t.Errorf("resampling of nothing: %v", err)
	}
	undefined := Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		return graph.Log(graph.Neg(graph.Sum(graph.Abs(x))))
	}}
	if _, err := Draw[float64](t.Context(), f, p, undefined, 100, Options{}); !errors.Is(err, fault.ErrNonFinite) || !strings.Contains(err.Error(), "draw 0 at [") {
		t.Errorf("an undefined target: %v", err)
	}
	_, err := ReverseKL[float64](t.Context(), f, p.Clone(), undefined, Config{Train: train.Config{Steps: 30, Batch: 8, Threads: 1}})
	if !errors.Is(err, fault.ErrNonFinite) || !strings.Contains(err.Error(), "the loss is NaN") {
		t.Errorf("fitting an undefined target: %v", err)
	}
}

// Draws do not depend on the number of threads or of the draws, and those of any piece go on where the last ended.
func TestDrawsAreAStream(t *testing.T) {
	f, p := flowOf(t, "maf", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}})
	a, err := Draw[float32](t.Context(), f, p, banana, piece+100, Options{Seed: 5, Threads: 2})
	must(t, err)
	b, err := Draw[float32](t.Context(), f, p, banana, 50, Options{Seed: 5})
	must(t, err)
	seen := map[float64]bool{}
	for i := range a.X.Rows {
		if i < b.X.Rows && (a.X.Row(i)[1] != b.X.Row(i)[1] || a.LogWeights[i] != b.LogWeights[i]) {
			t.Fatalf("draw %d is not the same", i)
		}
		seen[a.X.Row(i)[0]] = true
	}
	if len(seen) < piece {
		t.Errorf("%d draws are %d different ones", a.X.Rows, len(seen))
	}
}

// drawsOf are draws with given log-weights, point i at i.
func drawsOf(logs ...float64) Draws {
	d := Draws{LogWeights: logs}
	d.X.Data, d.X.Rows, d.X.Cols, d.X.Stride = make([]float64, len(logs)), len(logs), 1, 1
	for i := range logs {
		d.X.Data[i] = float64(i)
	}
	return d
}

// Weights with a tail of known shape give it back, however large they are, and smoothing leaves the rest alone.
func TestPareto(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, shape := range []float64{0.2, 0.5, 0.7, 1, 1.5} {
		logs := make([]float64, 40000)
		for i := range logs { // w = 1 + a generalized Pareto number, whose tails over any cut have the same shape
			logs[i] = 500 + math.Log(1+math.Expm1(-shape*math.Log(1-r.Float64()))/shape)
		}
		d := drawsOf(logs...)
		smoothed, k, err := d.Pareto()
		if err != nil || math.Abs(k-shape) > 0.15 {
			t.Errorf("a tail of shape %g: k̂ = %.3f, %v", shape, k, err)
		}
		changed := 0
		for i, l := range smoothed.LogWeights {
			if l != logs[i] {
				changed++
			}
		}
		if changed > 600 || changed < 500 {
			t.Errorf("%d weights were smoothed, the tail has 600", changed)
		}
		if shape < 1 {
			want := 500 + math.Log(1+1/(1-shape)) // the mean
			if got, _ := smoothed.LogConstant(); math.Abs(got-want) > 0.15 {
				t.Errorf("shape %g: the mean of smoothed weights is e^%.3f, want e^%.3f", shape, got, want)
			}
		}
	}
	if _, k, err := drawsOf(make([]float64, 100)...).Pareto(); err != nil || !math.IsInf(k, -1) {
		t.Errorf("equal weights: k̂ = %g, %v", k, err)
	}
	if _, _, err := drawsOf(1, 2, 3).Pareto(); !errors.Is(err, fault.ErrData) {
		t.Errorf("three weights: %v", err)
	}
}

// The numbers of draws, constant, bound and moments are those worked out by hand.
func TestWeights(t *testing.T) {
	d := drawsOf(math.Log(1)+700, math.Log(3)+700, math.Inf(-1), math.Log(4)+700)
	if got, want := d.ESS(), 64.0/26; math.Abs(got-want) > 1e-12 {
		t.Errorf("ESS %v, want %v", got, want)
	}
	logZ, e := d.LogConstant()
	if want := 700 + math.Log(2); math.Abs(logZ-want) > 1e-12 || math.Abs(e-math.Sqrt(2.5/3)/2) > 1e-12 {
		t.Errorf("log Z %v ± %v", logZ, e)
	}
	means, deviations := d.Moments()
	if mean := 15.0 / 8; math.Abs(means[0]-mean) > 1e-12 || math.Abs(deviations[0]-math.Sqrt((3+36)/8.0-mean*mean)) > 1e-12 {
		t.Errorf("moments %v, %v", means, deviations)
	}
	x, err := d.Resample(8000, 1)
	must(t, err)
	counts := [4]int{}
	for _, v := range x.Data {
		counts[int(v)]++
	}
	for i, want := range [4]int{1000, 3000, 0, 4000} {
		if counts[i] < want-1 || counts[i] > want+1 {
			t.Errorf("point %d came up %d times, want %d", i, counts[i], want)
		}
	}
	if _, err := d.Resample(0, 1); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no points: %v", err)
	}
}
