package vae

import (
	"context"
	"math"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/ref"
	"diffeo/train"
)

// The bound of probabilistic principal components comes up to log p(x) with a Gaussian posterior where the columns of z are independent given x, stays below by the gap
// that is known where they are not, and a flow takes that away.
func TestBoundReachesTheLikelihood(t *testing.T) {
	straight := linear{columns: 3, latent: 2, w: []float64{1.2, 0, 0, 0.9, 0, 0.5}, sigma: 0.8}
	skew := linear{columns: 3, latent: 2, w: []float64{1.2, 1, 0.2, 0.6, 0.5, 0.9}, sigma: 0.7}
	if g := straight.gap(); g > 1e-12 {
		t.Fatalf("the columns of the first model are not independent: a gap of %g", g)
	}
	if g := skew.gap(); g < 0.1 {
		t.Fatalf("the columns of the second model are nearly independent: a gap of %g", g)
	}
	for _, c := range []struct {
		name string
		l    linear
		map_ bijection.Bijection
		gap  float64
	}{
		{"independent, Gaussian", straight, nil, 0},
		{"dependent, Gaussian", skew, nil, skew.gap()},
		{"dependent, flow", skew, bijection.Invert{Bijection: bijection.Autoregressive{Net: nn.MADE{Hidden: []int{16}}}}, 0},
	} {
		const seed = 1
		a := Autoencoder{Encoder: nn.Embedding{Layers: []int{32, 16}}, Posterior: Posterior(2, 16, c.map_), Decoder: c.l.decoder()}
		params, err := a.Init(seed)
		must(t, err)
		x, _ := c.l.sample(t, 20000, 2)
		_, err = Fit(t.Context(), a, params, train.Data[float64]{X: x}, train.Data[float64]{}, Config{Train: train.Config{Steps: 2500, Batch: 128, Rate: 5e-3, Seed: seed}})
		must(t, err)
		v, err := Compile[float64](a, params, diffeo.Options{Threads: 1})
		must(t, err)
		held, logP := c.l.sample(t, 4000, 3)
		bound, divergence, err := v.Evidence(t.Context(), diffeo.Draw{Seed: 4}, 4, held)
		must(t, err)
		below, e := meanError(less(logP, bound))
		t.Logf("%s: %.4f ± %.4f below log p, by theory %.4f", c.name, below, e, c.gap)
		if below < c.gap-4*e || below > c.gap+4*e+0.03 {
			t.Errorf("%s: the bound is %.4f ± %.4f below log p, want %.4f", c.name, below, e, c.gap)
		}
		if d, _ := meanError(divergence); d < 0.3 { // KL(q‖p) of a posterior that knows something
			t.Errorf("%s: a divergence of %g", c.name, d)
		}
	}
}

// The weighted bound rises with the number of draws and goes to log p(x) from below.
func TestWeightedBound(t *testing.T) {
	l := linear{columns: 3, latent: 2, w: []float64{1.2, 1, 0.2, 0.6, 0.5, 0.9}, sigma: 0.7}
	a := Autoencoder{Encoder: nn.Embedding{Layers: []int{8}}, Posterior: Posterior(2, 8, nil), Decoder: l.decoder()}
	params, err := a.Init(1) // it knows nothing yet
	must(t, err)
	v, err := Compile[float64](a, params, diffeo.Options{Threads: 1})
	must(t, err)
	x, logP := l.sample(t, 3000, 2)
	var before []float64
	for _, n := range []int{1, 4, 16, 64, 256} {
		bound := make([]float64, x.Rows)
		must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 7}, n, x, bound))
		below, e := meanError(less(logP, bound))
		t.Logf("%d draws: %.4f ± %.4f below log p", n, below, e)
		if below < -4*e {
			t.Errorf("%d draws: the bound is %g ± %g above log p", n, -below, e)
		}
		if n == 256 && below > 4*e+0.05 {
			t.Errorf("%d draws: the bound is still %g ± %g below log p", n, below, e)
		}
		if before != nil {
			if more, e := meanError(less(bound, before)); n <= 64 && more < 2*e {
				t.Errorf("%d draws: the bound rises by %g ± %g only", n, more, e)
			}
		}
		before = bound
	}
	single := make([]float64, x.Rows)
	must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 7}, 1, x, single))
	evidence, _, err := v.Evidence(t.Context(), diffeo.Draw{Seed: 7}, 1, x)
	must(t, err)
	for r := range single {
		if math.Abs(single[r]-evidence[r]) > 1e-9 {
			t.Fatalf("row %d: with one draw the bound is %g and the evidence bound %g", r, single[r], evidence[r])
		}
	}
}

// With flows as posterior and prior, and pixels of 0 and 1, log p(x) by quadrature over a single z is what the weighted bound goes to.
func TestBoundByQuadrature(t *testing.T) {
	a := small(t, 1)
	params := moved(t, a, 0.15)
	m, _, err := a.bind()
	must(t, err)
	v, err := Compile[float64](a, params, diffeo.Options{Threads: 1})
	must(t, err)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x, z := b.Input("x", 4), b.Input("z", 1)
		b.Output("l", graph.Add(m.decoder.LogProb(b, x, z), m.prior.LogProb(b, z, graph.Value{})))
		return nil
	})
	must(t, err)
	const cells, reach = 4000, 15.0
	call := ref.Call{Rows: cells, Inputs: map[string][]float64{}}
	for _, s := range params.Specs() {
		call.Inputs[s.Name] = params.Data(s.Name)
	}
	total := 0.0
	for code := range 16 {
		row := make([]float64, 4)
		for k := range row {
			row[k] = float64(code >> k & 1)
		}
		var xs, zs []float64
		for i := range cells {
			xs, zs = append(xs, row...), append(zs, reach*(2*(float64(i)+0.5)/cells-1))
		}
		call.Inputs["x"], call.Inputs["z"] = xs, zs
		r, err := ref.Run(context.Background(), g, call)
		must(t, err)
		p := 0.0
		for _, l := range r.Outputs["l"] {
			p += math.Exp(l) * 2 * reach / cells
		}
		total += p
		const tries = 200
		x := matrix.New[float64](tries, 4)
		for i := range tries {
			copy(x.Row(i), row)
		}
		one, many := make([]float64, tries), make([]float64, tries)
		must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 9}, 1, x, one))
		must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 9}, 192, x, many))
		m1, e1 := meanError(one)
		m2, e2 := meanError(many)
		if m1 > math.Log(p)+4*e1 || math.Abs(m2-math.Log(p)) > 5*e2+0.02 {
			t.Errorf("x = %v: log p is %.4f, the bound %.4f ± %.4f, with 192 draws %.4f ± %.4f", row, math.Log(p), m1, e1, m2, e2)
		}
	}
	if math.Abs(total-1) > 1e-6 {
		t.Errorf("the 16 rows have the probability %g together", total)
	}
}
