package infer

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/scalar"
	"diffeo/train"
)

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
func stepGradients(t *testing.T, f flow.Flow, p *param.Set, target Target, c Config, rows int, seed uint32) map[string][]float64 {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	var names []string
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		loss := graph.MeanRows(c.objective(target)(b, bound))
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
	program, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	must(t, err)
	a := program.NewArgs()
	a.Rows = rows
	for i, name := range program.Inputs() {
		if name == graph.KeyInput {
			a.In[i].Bits = []uint32{seed, 7}
		} else {
			a.In[i].Data = p.Data(name)
		}
	}
	out := map[string][]float64{}
	for i, name := range program.Outputs() {
		out[name] = make([]float64, len(p.Data(name)))
		a.Out[i] = cpu.Array[float64]{Data: out[name]}
	}
	must(t, program.Run(context.Background(), &a))
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
			for name, list := range stepGradients(t, f, p, normal, Config{Estimator: e}, 64, uint32(k)) {
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
	atTarget, plain := stepGradients(t, same, first, normal, Config{}, 64, 1), stepGradients(t, same, first, normal, Config{Estimator: Reparametrized}, 64, 1)
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
			grads := stepGradients(t, f, p, banana, Config{Estimator: e}, 256, uint32(k))
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
