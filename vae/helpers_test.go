package vae

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/recipe"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// linear is probabilistic principal components (Tipping and Bishop, 1999): p(x|z) = N(W·z, σ²·1) with z ~ N(0, 1), of which all that the tests need is known.
type linear struct {
	columns, latent int
	w               []float64 // row-major
	sigma           float64
}

func (l linear) Bind(s *param.Scope, _ graph.Shape) (dist.Bound, error) {
	b, err := dist.StandardNormal{Dim: l.columns}.Bind(s, nil)
	return linearBound{b, l}, err
}

type linearBound struct {
	dist.Bound
	l linear
}

func (d linearBound) mean(b *graph.Builder, z graph.Value) graph.Value {
	w := b.Const(d.l.w, d.l.columns, d.l.latent)
	return graph.Reshape(graph.MatMul(w, graph.Reshape(z, d.l.latent, 1)), d.l.columns)
}

func (d linearBound) LogProb(b *graph.Builder, x, z graph.Value) graph.Value {
	u := graph.Scale(graph.Sub(x, d.mean(b, z)), 1/d.l.sigma)
	return graph.Offset(d.Bound.LogProb(b, u, z), -float64(d.l.columns)*math.Log(d.l.sigma))
}

func (l linear) decoder() flow.Flow {
	return flow.Flow{Base: l, Transform: bijection.Chain{}, Context: l.latent}
}

func (l linear) matrix() *mat.Dense { return mat.NewDense(l.columns, l.latent, l.w) }

// sample draws rows of the model and tells log p of each, x being N(0, W·Wᵀ + σ²·1).
func (l linear) sample(t testing.TB, n int, seed uint64) (x matrix.Matrix[float64], logP []float64) {
	t.Helper()
	var c mat.SymDense
	c.SymOuterK(1, l.matrix())
	for i := range l.columns {
		c.SetSym(i, i, c.At(i, i)+l.sigma*l.sigma)
	}
	p, ok := distmv.NewNormal(make([]float64, l.columns), &c, rand.NewPCG(seed, 1))
	if !ok {
		t.Fatal("the covariance is not positive definite")
	}
	x = matrix.New[float64](n, l.columns)
	for r := range n {
		p.Rand(x.Row(r))
		logP = append(logP, p.LogProb(x.Row(r)))
	}
	return x, logP
}

// gap is what the best posterior with independent columns leaves: with Λ = 1 + WᵀW/σ² the precision of z given x, the divergence of the normal of the same mean and of
// variances 1/Λ_ii, ½·(Σ log Λ_ii − log det Λ).
func (l linear) gap() float64 {
	var precision mat.Dense
	precision.Mul(l.matrix().T(), l.matrix())
	g := 0.0
	for i := range l.latent {
		for j := range l.latent {
			v := precision.At(i, j) / (l.sigma * l.sigma)
			if i == j {
				v++
				g += math.Log(v) / 2
			}
			precision.Set(i, j, v)
		}
	}
	return g - math.Log(mat.Det(&precision))/2
}

// small is an autoencoder with a flow in every place.
func small(t testing.TB, latent int) Autoencoder {
	t.Helper()
	posterior, err := recipe.IAF(recipe.Config{Dim: latent, Context: 5, Transforms: 2, Hidden: []int{6}, Activation: "tanh"})
	must(t, err)
	prior, err := recipe.RealNVP(recipe.Config{Dim: latent, Transforms: 2, Hidden: []int{6}, Activation: "tanh"})
	must(t, err)
	return Autoencoder{
		Encoder:   nn.Embedding{Layers: []int{6, 5}, Activation: "tanh"},
		Posterior: Posterior(latent, 5, posterior.Transform),
		Prior:     prior,
		Decoder:   BernoulliDecoder(latent, 4, nn.MLP{Hidden: []int{6}, Activation: "tanh"}),
	}
}

// moved are first weights, moved so that no part is the identity.
func moved(t testing.TB, a Autoencoder, by float64) *param.Set {
	t.Helper()
	p, err := a.Init(3)
	must(t, err)
	rng := rand.New(rand.NewPCG(5, 5))
	for _, s := range p.Specs() {
		d := p.Data(s.Name)
		for i := range d {
			d[i] += by * rng.NormFloat64()
		}
	}
	return p
}

// meanError is the mean and its standard error.
func meanError(list []float64) (m, e float64) {
	m, e = stat.MeanStdDev(list, nil)
	return m, stat.StdErr(e, float64(len(list)))
}

func less(a, b []float64) []float64 { return floats.SubTo(make([]float64, len(a)), a, b) }
