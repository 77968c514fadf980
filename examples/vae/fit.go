package main

import (
	"context"
	"fmt"
	"path/filepath"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"diffeo"
	"diffeo/bijection"
	"diffeo/data"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/recipe"
	"diffeo/train"
	"diffeo/vae"
)

// The sizes of all models.
const (
	latent = 40
	hidden = 300
	batch  = 128
)

// posterior is a kind of q(z|x).
type posterior struct {
	name, file string
	transform  func() (bijection.Bijection, error) // of the Gaussian; nil: none
}

// posteriors begin with the Gaussian, which the others are compared with.
var posteriors = []posterior{
	{name: "Gaussian", file: "gaussian"},
	{name: "IAF", file: "iaf", transform: func() (bijection.Bijection, error) {
		f, err := recipe.IAF(recipe.Config{Dim: latent, Context: hidden, Transforms: 4, Hidden: []int{128}})
		return f.Transform, err
	}},
}

// digits are rows of grey values from 0 to 1, and of 0 and 1 for the test.
type digits struct {
	format      data.ImageFormat
	train, test matrix.Matrix[float32]
}

func readDigits(ctx context.Context, s settings) (digits, error) {
	path := filepath.Join(s.shared, "data", "mnist", "train-images-idx3-ubyte.gz")
	m, err := data.ReadImages(ctx, path, data.ImageOptions{})
	if err != nil {
		return digits{}, err
	}
	if s.train+s.test > m.Rows() {
		return digits{}, fmt.Errorf("%s holds %d digits; %d to train on and %d to test on do not fit in", path, m.Rows(), s.train, s.test)
	}
	x := data.PixelMatrix[float32](m)
	for i := range x.Data {
		x.Data[i] /= 255
	}
	d := digits{m.ImageFormat, x.Slice(0, s.train), x.Slice(x.Rows-s.test, x.Rows)}
	rows := make([]int, s.test)
	for i := range rows {
		rows[i] = i
	}
	return d, vae.Binarized[float32](0)(0, rows, d.test)
}

// result is a trained model and what it says of the test digits.
type result struct {
	posterior, file             string
	seed                        uint64
	bound, weighted, divergence []float64
	model                       *vae.Compiled[float32]
}

func fit(ctx context.Context, d digits, p posterior, s settings, seed uint64) (r result, err error) {
	var t bijection.Bijection
	if p.transform != nil {
		if t, err = p.transform(); err != nil {
			return r, err
		}
	}
	a := vae.Autoencoder{
		Encoder:   nn.Embedding{Layers: []int{hidden, hidden}},
		Posterior: vae.Posterior(latent, hidden, t),
		Decoder:   vae.BernoulliDecoder(latent, d.format.Size(), nn.MLP{Hidden: []int{hidden, hidden}, Context: nn.FirstLayer}),
	}
	params, err := a.Init(seed)
	if err != nil {
		return r, err
	}
	rows := train.Data[float32]{X: d.train, Fresh: vae.Binarized[float32](seed)}
	c := vae.Config{Train: train.Config{Steps: s.steps, Batch: batch, Rate: 2e-3, Seed: seed, Threads: s.threads}, Warmup: 0.1}
	if _, err := vae.Fit(ctx, a, params, rows, train.Data[float32]{}, c); err != nil {
		return r, err
	}
	r = result{posterior: p.name, file: p.file, seed: seed, weighted: make([]float64, d.test.Rows)}
	if r.model, err = vae.Compile[float32](a, params, diffeo.Options{Threads: s.threads}); err != nil {
		return r, err
	}
	if err := r.model.Bound(ctx, diffeo.Draw{Seed: 1}, s.draws, d.test, r.weighted); err != nil {
		return r, err
	}
	r.bound, r.divergence, err = r.model.Evidence(ctx, diffeo.Draw{Seed: 2}, 4, d.test)
	return r, err
}

// meanError is the mean and its standard error.
func meanError(list []float64) (m, e float64) {
	m, e = stat.MeanStdDev(list, nil)
	return m, stat.StdErr(e, float64(len(list)))
}

func less(a, b []float64) []float64 { return floats.SubTo(make([]float64, len(a)), a, b) }
