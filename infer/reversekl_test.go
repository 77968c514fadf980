package infer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/scalar"
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

// place is a number among the parameters.
type place struct {
	name string
	i    int
}

// affine is a flow of one column with the given location and log-scale of its base, and a map that begins as the identity.
func affine(t *testing.T, loc, logScale float64) (flow.Flow, *param.Set) {
	t.Helper()
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 1, Loc: []float64{loc}, LogScale: []float64{logScale}}, Transform: bijection.Static{Map: scalar.SinhArcsinh{}}}
	bound, err := f.Bind()
	must(t, err)
	return f, param.New(bound.Specs, 1)
}

// stepGradients are the gradients of one batch of draws for each estimator.
func stepGradients(t *testing.T, f flow.Flow, p *param.Set, target Target, e Estimator, rows int, seed uint32) map[string][]float64 {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	var names []string
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		loss := graph.MeanRows(Config{Estimator: e}.objective(target)(b, bound))
		var ps []graph.Value
		for _, s := range bound.Specs {
			names, ps = append(names, s.Name), append(ps, b.Param(s.Name, s.Shape...))
		}
		for i, g := range graph.Gradient(loss, ps...) {
			b.Output(names[i], g)
		}
		return nil
	})
	must(t, err)
	c, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	must(t, err)
	a := c.NewArgs()
	a.Rows = rows
	for i, name := range c.Inputs() {
		if name == graph.KeyInput {
			a.In[i].Bits = []uint32{seed, 7}
		} else {
			a.In[i].Data = p.Data(name)
		}
	}
	out := map[string][]float64{}
	for i, name := range c.Outputs() {
		out[name] = make([]float64, len(p.Data(name)))
		a.Out[i] = cpu.Array[float64]{Data: out[name]}
	}
	must(t, c.Run(context.Background(), &a))
	return out
}

// Both estimators have the mean that quadrature gives, within four standard errors; at the target itself the path gradient is 0 for every draw, where the
// other one only is on average.
func TestEstimators(t *testing.T) {
	const sd = 0.8
	normal := Target{Dim: 1, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		return graph.Sum(graph.Scale(graph.Square(graph.Scale(graph.Offset(x, -0.3), 1/sd)), -0.5))
	}}
	f, p := affine(t, 0.7, 0.2)
	kl := func(at place, by float64) float64 { // by the trapezium rule over the base, up to the target's constant
		q := p.Clone()
		q.Data(at.name)[at.i] += by
		loc, scale := q.Data("base.loc")[0], math.Exp(q.Data("base.log_scale")[0])
		sum := 0.0
		const step = 0.002
		x, l := throughFlow(t, f, q, loc, scale, step)
		for i := range x {
			z := (float64(i) - float64(len(x)/2)) * step
			w := step * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			r := (x[i] - 0.3) / sd
			sum += w * (l[i] + r*r/2)
		}
		return sum
	}
	for _, e := range []Estimator{PathGradient, Reparametrized} {
		sums, squares := map[place]float64{}, map[place]float64{}
		const batches = 100
		for k := range batches {
			for name, list := range stepGradients(t, f, p, normal, e, 64, uint32(k)) {
				for i, g := range list {
					at := place{name, i}
					sums[at], squares[at] = sums[at]+g/batches, squares[at]+g*g/batches
				}
			}
		}
		if len(sums) != 4 {
			t.Fatalf("gradients of %v", sums)
		}
		for at, mean := range sums {
			const h = 1e-4
			want := (kl(at, h) - kl(at, -h)) / (2 * h)
			se := math.Sqrt(math.Max(0, squares[at]-mean*mean) / (batches - 1))
			if math.Abs(mean-want) > 4*se+1e-6 {
				t.Errorf("%v: the gradient of %v is %.5f ± %.5f on average, by quadrature %.5f", e, at, mean, se, want)
			}
		}
	}
	same, first := affine(t, 0.3, math.Log(sd)) // the map begins as the identity
	atTarget, plain := stepGradients(t, same, first, normal, PathGradient, 64, 1), stepGradients(t, same, first, normal, Reparametrized, 64, 1)
	for name, g := range atTarget {
		if slices.ContainsFunc(g, func(x float64) bool { return math.Abs(x) > 1e-9 }) {
			t.Errorf("at the target the path gradient of %s is %v", name, g)
		}
	}
	if g := plain["base.log_scale"][0]; math.Abs(g) < 1e-3 {
		t.Errorf("at the target the plain gradient of the scale is %g: it should vary", g)
	}
}

// In two columns, on a target that is no normal: both estimators have the mean that quadrature gives, and near the target the path gradient varies less.
func TestEstimatorsInTwoColumns(t *testing.T) {
	f, p := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}, Activation: "tanh"})
	_, err := ReverseKL[float64](t.Context(), f, p, banana, Config{Train: train.Config{Steps: 300, Batch: 128, Rate: 1e-2, Threads: 1}})
	must(t, err)
	kl := divergence(t, f, banana)
	var places []place
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range p.Specs() {
		places = append(places, place{s.Name, r.IntN(s.Shape.Size())})
	}
	variance := map[Estimator]float64{}
	for _, e := range []Estimator{PathGradient, Reparametrized} {
		const batches = 60
		sums, squares := map[place]float64{}, map[place]float64{}
		for k := range batches {
			grads := stepGradients(t, f, p, banana, e, 256, uint32(k))
			for _, at := range places {
				g := grads[at.name][at.i]
				sums[at], squares[at] = sums[at]+g/batches, squares[at]+g*g/batches
			}
		}
		for _, at := range places {
			const h = 1e-3
			up, down := p.Clone(), p.Clone()
			up.Data(at.name)[at.i] += h
			down.Data(at.name)[at.i] -= h
			want := (kl(up) - kl(down)) / (2 * h)
			v := math.Max(0, squares[at]-sums[at]*sums[at])
			variance[e] += v
			if se := math.Sqrt(v / (batches - 1)); math.Abs(sums[at]-want) > 4*se+1e-4 {
				t.Errorf("%v: the gradient of %v is %.5f ± %.5f on average, by quadrature %.5f", e, at, sums[at], se, want)
			}
		}
	}
	if path, plain := variance[PathGradient], variance[Reparametrized]; !(path < plain) {
		t.Errorf("the path gradient has variance %.3g, the plain one %.3g", path, plain)
	} else {
		t.Logf("variance of the path gradient over that of the plain one: %.2f", path/plain)
	}
}

// divergence is KL(q‖p*) − log Z of a flow in two columns as a function of its weights, by the trapezium rule over the base.
func divergence(t *testing.T, f flow.Flow, target Target) func(p *param.Set) float64 {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u := b.Input("u", 2)
		x, l := bound.Transform.Forward(b, u, graph.Value{})
		log := bound.Base.LogProb(b, u, graph.Value{})
		loss := graph.Sub(graph.Sub(log, l), target.logDensity(b, x))
		b.Output("loss", graph.Mul(graph.Exp(log), loss))
		return nil
	})
	must(t, err)
	c, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	must(t, err)
	const side, step = 161, 0.1 // from −8 to 8
	u, loss := make([]float64, 0, 2*side*side), make([]float64, side*side)
	for i := range side {
		for j := range side {
			u = append(u, step*float64(i-side/2), step*float64(j-side/2))
		}
	}
	return func(p *param.Set) float64 {
		a := c.NewArgs()
		a.Rows = side * side
		for i, name := range c.Inputs() {
			a.In[i] = cpu.Array[float64]{Data: u, Stride: 2}
			if name != "u" {
				a.In[i] = cpu.Array[float64]{Data: p.Data(name)}
			}
		}
		a.Out[0] = cpu.Array[float64]{Data: loss, Stride: 1}
		must(t, c.Run(context.Background(), &a))
		sum := 0.0
		for _, v := range loss {
			sum += v
		}
		return sum * step * step
	}
}

// throughFlow is x = T(loc + scale·z) and log q(x) at z = −10 … 10.
func throughFlow(t *testing.T, f flow.Flow, p *param.Set, loc, scale, step float64) (x, logQ []float64) {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u := b.Input("u", 1)
		x, l := bound.Transform.Forward(b, u, graph.Value{})
		b.Output("x", x)
		b.Output("q", graph.Sub(bound.Base.LogProb(b, u, graph.Value{}), l))
		return nil
	})
	must(t, err)
	c, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	must(t, err)
	n := int(20/step) + 1
	u := make([]float64, n)
	for i := range u {
		u[i] = loc + scale*step*float64(i-n/2)
	}
	x, logQ = make([]float64, n), make([]float64, n)
	a := c.NewArgs()
	a.Rows = n
	for i, name := range c.Inputs() {
		a.In[i] = cpu.Array[float64]{Data: u, Stride: 1}
		if name != "u" {
			a.In[i] = cpu.Array[float64]{Data: p.Data(name)}
		}
	}
	for i, name := range c.Outputs() {
		a.Out[i] = cpu.Array[float64]{Data: map[string][]float64{"x": x, "q": logQ}[name], Stride: 1}
	}
	must(t, c.Run(context.Background(), &a))
	return x, logQ
}

func TestBadTargets(t *testing.T) {
	f, p := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}})
	conditional, pc := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}, Context: 1})
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
