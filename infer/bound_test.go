package infer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/train"
)

// nodes are points of a grid over the base of a flow of two columns with their probabilities, which add up to 1.
type nodes struct {
	logWeights func(p *param.Set) []float64 // log p̃*(T(u)) − log q(T(u))
	share      []float64
}

func gridOf(t *testing.T, f flow.Flow, target Target) nodes {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u := b.Input("u", 2)
		x, logDet := bound.Transform.Forward(b, u, graph.Value{})
		logQ := graph.Sub(bound.Base.LogProb(b, u, graph.Value{}), logDet)
		b.Output("l", graph.Sub(target.logDensity(b, x), logQ))
		return nil
	})
	must(t, err)
	c, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	must(t, err)
	const side, step = 45, 0.3 // from −6.6 to 6.6: the trapezium rule for normals is exact to 1e-9 with it
	var u []float64
	var n nodes
	for i := range side {
		for j := range side {
			a, b := step*float64(i-side/2), step*float64(j-side/2)
			u = append(u, a, b)
			n.share = append(n.share, step*step*math.Exp(-0.5*(a*a+b*b))/(2*math.Pi))
		}
	}
	n.logWeights = func(p *param.Set) []float64 {
		l, a := make([]float64, side*side), c.NewArgs()
		a.Rows = side * side
		for i, name := range c.Inputs() {
			a.In[i] = cpu.Array[float64]{Data: u, Stride: 2}
			if name != "u" {
				a.In[i] = cpu.Array[float64]{Data: p.Data(name)}
			}
		}
		a.Out[0] = cpu.Array[float64]{Data: l, Stride: 1}
		must(t, c.Run(context.Background(), &a))
		return l
	}
	return n
}

// ofTwo is the mean of the bound of two draws: a sum over all pairs of nodes.
func (n nodes) ofTwo(p *param.Set, alpha float64) float64 {
	w := n.logWeights(p)
	for i := range w {
		w[i] = math.Max(math.Exp((1-alpha)*w[i]), 1e-300) // where log p̃* is as low as that, nodes have next to no share
	}
	sum := 0.0
	for i, a := range w {
		if n.share[i] < 1e-12 {
			continue
		}
		row := 0.0
		for j, b := range w {
			if n.share[j] > 1e-12 {
				row += n.share[j] * math.Log((a+b)/2)
			}
		}
		sum += n.share[i] * row
	}
	return sum / (1 - alpha)
}

// ofAll is the bound's limit for many draws, 1/(1−α)·log E_q e^((1−α)ℓ).
func (n nodes) ofAll(p *param.Set, alpha float64) float64 {
	sum := 0.0
	for i, l := range n.logWeights(p) {
		sum += n.share[i] * math.Exp((1-alpha)*l)
	}
	return math.Log(sum) / (1 - alpha)
}

// rough is a flow that has come only some of the way to the banana, where the weights of draws differ.
func rough(t *testing.T) (flow.Flow, *param.Set) {
	t.Helper()
	f, p := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{8}, Activation: "tanh"})
	_, err := ReverseKL[float64](t.Context(), f, p, banana, Config{Train: train.Config{Steps: 60, Batch: 128, Rate: 1e-2, Threads: 1}})
	must(t, err)
	return f, p
}

// The gradients of bounds of two draws have the mean that quadrature over pairs gives, with either estimator and for both orders, and the doubly
// reparametrized one varies less.
func TestBoundGradients(t *testing.T) {
	f, p := rough(t)
	grid := gridOf(t, f, banana)
	var places []place
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range p.Specs() {
		places = append(places, place{s.Name, r.IntN(s.Shape.Size())})
	}
	for _, alpha := range []float64{0, 0.5} {
		want := map[place]float64{}
		for _, at := range places {
			const h = 1e-3
			up, down := p.Clone(), p.Clone()
			up.Data(at.name)[at.i] += h
			down.Data(at.name)[at.i] -= h
			want[at] = -(grid.ofTwo(up, alpha) - grid.ofTwo(down, alpha)) / (2 * h)
		}
		variance := map[Estimator]float64{}
		for _, e := range []Estimator{PathGradient, Reparametrized} {
			const batches = 60
			sums, squares := map[place]float64{}, map[place]float64{}
			for k := range batches {
				grads := stepGradients(t, f, p, banana, Config{Estimator: e, Draws: 2, Alpha: alpha}, 256, uint32(k))
				for _, at := range places {
					g := grads[at.name][at.i]
					sums[at], squares[at] = sums[at]+g/batches, squares[at]+g*g/batches
				}
			}
			for _, at := range places {
				v := math.Max(0, squares[at]-sums[at]*sums[at])
				variance[e] += v
				if se := math.Sqrt(v / (batches - 1)); math.Abs(sums[at]-want[at]) > 4.5*se+2e-4 {
					t.Errorf("order %g, %v: the gradient of %v is %.5f ± %.5f on average, by quadrature %.5f", alpha, e, at, sums[at], se, want[at])
				}
			}
		}
		path, plain := variance[PathGradient], variance[Reparametrized]
		if !(path < plain) {
			t.Errorf("order %g: the doubly reparametrized gradient has variance %.3g, the plain one %.3g", alpha, path, plain)
		}
		t.Logf("order %g: variance of the doubly reparametrized gradient over that of the plain one: %.2f", alpha, path/plain)
	}
}

// Bounds estimated from draws are those of quadrature; they rise with the number of draws and fall with the order, between the ELBO and log Z.
func TestBoundsOfDraws(t *testing.T) {
	f, p := rough(t)
	grid := gridOf(t, f, banana)
	d, err := Draw[float64](t.Context(), f, p, banana, 200000, Options{Seed: 4})
	must(t, err)
	elbo, _ := d.ELBO()
	last := 3.0 // log Z
	for _, alpha := range []float64{0, 0.5, 0.9} {
		two, e, err := d.Bound(alpha, 2)
		must(t, err)
		if want := grid.ofTwo(p, alpha); math.Abs(two-want) > 4*e+1e-3 {
			t.Errorf("order %g: the bound of two draws is %.4f ± %.4f, by quadrature %.4f", alpha, two, e, want)
		}
		many, e, err := d.Bound(alpha, 1000)
		must(t, err)
		limit := grid.ofAll(p, alpha)
		if !(elbo < two && two < many && many < limit+4*e) || !(limit < last+1e-6) || math.Abs(many-limit) > 0.1 {
			t.Errorf("order %g: ELBO %.4f, two draws %.4f, many %.4f ± %.4f, by quadrature %.4f below %.4f", alpha, elbo, two, many, e, limit, last)
		}
		last = limit
	}
	for _, bad := range []struct {
		alpha float64
		k     int
	}{{-0.1, 2}, {1, 2}, {math.NaN(), 2}, {0, 0}, {0, -1}, {0, 150000}} {
		if _, _, err := d.Bound(bad.alpha, bad.k); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("order %g of %d draws: %v", bad.alpha, bad.k, err)
		}
	}
}

// A normal without correlation fitted to one with correlation ρ: the least KL gives deviations √(1−ρ²), too narrow by far; bounds of lower orders and of more
// draws give wider ones, in that order.
func TestBoundsWiden(t *testing.T) {
	const rho = 0.9
	target := Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		a, c := graph.Slice(x, 0, 0, 1), graph.Slice(x, 0, 1, 2)
		form := graph.Sub(graph.Sum(graph.Square(x)), graph.Scale(graph.Sum(graph.Mul(a, c)), 2*rho))
		return graph.Scale(form, -0.5/(1-rho*rho))
	}}
	width := func(c Config) float64 {
		f, p := diagonalNormal(t)
		c.Train = train.Config{Steps: 500, Batch: 64, Rate: 2e-2, Seed: 1, Threads: 1, Average: 0.95}
		_, err := ReverseKL[float64](t.Context(), f, p, target, c)
		must(t, err)
		return math.Exp((p.Data("base.log_scale")[0] + p.Data("base.log_scale")[1]) / 2)
	}
	kl, half, weighted := width(Config{}), width(Config{Draws: 16, Alpha: 0.5}), width(Config{Draws: 16})
	if want := math.Sqrt(1 - rho*rho); math.Abs(kl-want) > 0.03 || !(half > kl+0.03) || !(weighted > half+0.03) || weighted > 1.3 {
		t.Errorf("deviations: least KL %.3f (exact %.3f), order ½ %.3f, importance-weighted %.3f", kl, want, half, weighted)
	}
	plain := width(Config{Draws: 16, Estimator: Reparametrized})
	if math.Abs(plain-weighted) > 0.06 {
		t.Errorf("deviations with the plain estimator %.3f, doubly reparametrized %.3f", plain, weighted)
	}
}

// Orders and numbers of draws that are none are refused.
func TestBoundConfig(t *testing.T) {
	f, p := flowOf(t, "realnvp", recipe.Config{Dim: 2, Transforms: 1, Hidden: []int{4}})
	for _, c := range []Config{{Draws: -1}, {Draws: 2, Alpha: 1}, {Draws: 2, Alpha: -0.5}, {Draws: 2, Alpha: math.NaN()}, {Alpha: 0.5}, {Draws: 1, Alpha: 0.5}} {
		if _, err := ReverseKL[float32](t.Context(), f, p, banana, c); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func diagonalNormal(t *testing.T) (flow.Flow, *param.Set) {
	t.Helper()
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 2}, Transform: bijection.Chain{}}
	return f, fresh(t, f)
}
