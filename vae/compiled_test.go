package vae

import (
	"errors"
	"math"
	"slices"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
)

func compiled(t *testing.T, a Autoencoder, p *param.Set) *Compiled[float64] {
	t.Helper()
	v, err := Compile[float64](a, p, diffeo.Options{Threads: 2})
	must(t, err)
	return v
}

// Draws of the model have the columns' means that decoded draws of the prior have, for either decoder.
func TestSampleAndDecode(t *testing.T) {
	gaussian := small(t, 2)
	gaussian.Decoder = GaussianDecoder(2, 4, nn.MLP{Hidden: []int{6}, Activation: "tanh"})
	for name, a := range map[string]Autoencoder{"0 and 1": small(t, 2), "Gaussian": gaussian} {
		v := compiled(t, a, moved(t, a, 0.4))
		const n = 20000
		z, x, centre := matrix.New[float64](n, 2), matrix.New[float64](n, 4), matrix.New[float64](n, 4)
		must(t, v.Sample(t.Context(), diffeo.Draw{Seed: 1}, x))
		must(t, v.SamplePrior(t.Context(), diffeo.Draw{Seed: 1}, z))
		must(t, v.Decode(t.Context(), z, centre))
		for k := range 4 {
			var noise, signal []float64
			for r := range n {
				noise, signal = append(noise, x.Row(r)[k]-centre.Row(r)[k]), append(signal, centre.Row(r)[k])
			}
			m, e := meanError(noise) // the draws of z are the same in both
			if math.Abs(m) > 4.5*e {
				t.Errorf("%s, column %d: draws are off their centres by %g ± %g", name, k, m, e)
			}
			if _, spread := meanError(signal); spread*math.Sqrt(n) < 0.01 {
				t.Errorf("%s, column %d: the decoder does not look at z", name, k)
			}
			if name == "0 and 1" && slices.ContainsFunc(x.Data, func(v float64) bool { return v != 0 && v != 1 }) {
				t.Errorf("%s: draws are neither 0 nor 1", name)
			}
		}
		part := matrix.New[float64](100, 4)
		must(t, v.Sample(t.Context(), diffeo.Draw{Seed: 1, First: 500}, part))
		if !slices.Equal(part.Data, x.Slice(500, 600).Data) {
			t.Errorf("%s: draws depend on the rows beside them", name)
		}
	}
}

// The encoder's draws and the bound of a row do not depend on the rows beside it, and follow the row.
func TestEncode(t *testing.T) {
	a := small(t, 2)
	v := compiled(t, a, moved(t, a, 0.4))
	x := matrix.New[float64](8, 4)
	copy(x.Data, bits)
	z, part := matrix.New[float64](8, 2), matrix.New[float64](3, 2)
	must(t, v.Encode(t.Context(), diffeo.Draw{Seed: 3}, x, z))
	must(t, v.Encode(t.Context(), diffeo.Draw{Seed: 3, First: 2}, x.Slice(2, 5), part))
	if !slices.Equal(part.Data, z.Slice(2, 5).Data) {
		t.Errorf("%v, alone %v", z.Slice(2, 5).Data, part.Data)
	}
	all, some := make([]float64, 8), make([]float64, 3)
	must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 3}, 130, x, all))
	must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 3, First: 2}, 130, x.Slice(2, 5), some))
	if !slices.Equal(some, all[2:5]) {
		t.Errorf("%v, alone %v", all[2:5], some)
	}
	x.Row(0)[0] = 1 - x.Row(0)[0]
	other := matrix.New[float64](8, 2)
	must(t, v.Encode(t.Context(), diffeo.Draw{Seed: 3}, x, other))
	if slices.Equal(other.Row(0), z.Row(0)) || !slices.Equal(other.Row(1), z.Row(1)) {
		t.Errorf("a changed row is encoded as %v, before %v", other.Row(0), z.Row(0))
	}
	x.Row(0)[0] = 1.5 // no row of a Bernoulli decoder
	must(t, v.Bound(t.Context(), diffeo.Draw{Seed: 3}, 4, x, all))
	if !math.IsInf(all[0], -1) || math.IsInf(all[1], 0) {
		t.Errorf("bounds of %v", all)
	}
}

func TestCompiledRefuses(t *testing.T) {
	a := small(t, 2)
	p := moved(t, a, 0.4)
	v := compiled(t, a, p)
	x, z, ctx := matrix.New[float64](3, 4), matrix.New[float64](3, 2), t.Context()
	nan := matrix.New[float64](3, 4)
	nan.Row(2)[1] = math.NaN()
	decoder := a
	decoder.Decoder = flow.Flow{Base: dist.UnitBox(4), Transform: bijection.Chain{}, Context: 2}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"columns":         {v.Encode(ctx, diffeo.Draw{}, z, z), fault.ErrShape},
		"result":          {v.Encode(ctx, diffeo.Draw{}, x, x), fault.ErrShape},
		"no number":       {v.Encode(ctx, diffeo.Draw{}, nan, z), fault.ErrData},
		"no draws":        {v.Bound(ctx, diffeo.Draw{}, 0, x, make([]float64, 3)), fault.ErrConfig},
		"too short":       {v.Bound(ctx, diffeo.Draw{}, 1, x, make([]float64, 2)), fault.ErrConfig},
		"no centre":       {compiled(t, decoder, moved(t, decoder, 0.1)).Decode(ctx, z, x), fault.ErrConfig},
		"other weights":   {second(Compile[float64](a, moved(t, decoder, 0.1), diffeo.Options{})), fault.ErrShape},
		"threads":         {second(Compile[float64](a, p, diffeo.Options{Threads: -1})), fault.ErrConfig},
		"no rows is fine": {v.Sample(ctx, diffeo.Draw{}, matrix.New[float64](0, 4)), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestBindRefuses(t *testing.T) {
	for name, change := range map[string]func(*Autoencoder){
		"no decoder":          func(a *Autoencoder) { a.Decoder = flow.Flow{} },
		"no encoder":          func(a *Autoencoder) { a.Encoder = nn.Embedding{} },
		"no posterior":        func(a *Autoencoder) { a.Posterior = flow.Flow{} },
		"an encoder of more":  func(a *Autoencoder) { a.Encoder.Layers = []int{6} },
		"a posterior of more": func(a *Autoencoder) { a.Posterior = Posterior(3, 5, nil) },
		"a prior of more": func(a *Autoencoder) {
			a.Prior = flow.Flow{Base: dist.StandardNormal{Dim: 3}, Transform: bijection.Chain{}}
		},
		"a prior under condition": func(a *Autoencoder) { a.Prior.Context = 1 },
		"a decoder of more":       func(a *Autoencoder) { a.Decoder = BernoulliDecoder(3, 4, nil) },
		"no latent columns":       func(a *Autoencoder) { a.Posterior = Posterior(0, 5, nil) },
		"no columns":              func(a *Autoencoder) { a.Decoder = GaussianDecoder(2, 0, nil) },
		"no bits":                 func(a *Autoencoder) { a.Decoder = BernoulliDecoder(2, -1, nil) },
		"no condition":            func(a *Autoencoder) { a.Decoder.Context = 0 },
	} {
		a := small(t, 2)
		change(&a)
		_, err := a.Bind()
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) && !errors.Is(err, fault.ErrContext) {
			t.Errorf("%s: %v", name, err)
		}
		if _, e := a.Init(1); (e == nil) != (err == nil) {
			t.Errorf("%s: Init says %v", name, e)
		}
	}
}
