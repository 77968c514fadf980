package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"diffeo"
	"diffeo/data"
	"diffeo/dequant"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/param"
	"diffeo/train"
)

const dequantizeHelp = `Noise of whole numbers: a flow learns whole numbers, of pictures and of columns that are dequantized, with noise from 0 to 1 that is added to them. --dequantize uniform, the default,
adds uniform noise, new in every pass. --dequantize variational learns the noise, as a second flow under the numbers that is trained together with the first (Ho et al.,
arXiv 1902.00275; docs/dequantization.md): the bound on their probabilities is tighter, and a step takes about twice the time. The noise's weights are in the model file, and
diffeo score uses them; draws are rounded down as ever. A column with a further step, such as integer+log, is refused there, and so are --weights and --smooth.`

// The choices of --dequantize.
const (
	uniformNoise     = "uniform"
	variationalNoise = "variational"
)

// checkDequantize reports a choice that is none, and options that do not go with noise that is learned.
func (f *fit) checkDequantize(c *cobra.Command) error {
	if !slices.Contains([]string{uniformNoise, variationalNoise}, f.dequantize) {
		return usagef("--dequantize %s: give uniform or variational", f.dequantize)
	}
	if f.dequantize == uniformNoise {
		return nil
	}
	if f.weights != "" {
		return usagef("--weights does not go with --dequantize variational: the bound that it trains by takes all rows alike; leave one of them out")
	}
	if c.Flags().Changed("smooth") && f.smooth != "0" {
		return usagef("--smooth does not go with --dequantize variational, which learns its noise; leave one of them out")
	}
	return nil
}

// learnNoise gives the model noise to learn, if that is wanted.
func (f *fit) learnNoise(m *model.Model) error {
	if f.dequantize != variationalNoise {
		return nil
	}
	return m.LearnNoise(m.StandardNoise())
}

// noiseOf is the noise of a part's rows where nothing adds any later: none where it is learned.
func (p part) noiseOf(m *model.Model) data.Noise {
	if m.Noise != nil {
		return noNoise
	}
	return p.noise(m.Seed)
}

// noNoise leaves whole numbers at the lowest points of their cells.
func noNoise(int, int) float64 { return 0 }

// maximize trains a model by the likelihood of rows in memory, or by its bound where the noise is learned.
func (f *fit) maximize(ctx context.Context, m *model.Model, rows, validation train.Data[float32]) (train.Result, error) {
	if m.Noise == nil {
		return train.MaximumLikelihood(ctx, m.Flow, m.Params, rows, validation, f.train)
	}
	d, err := m.Dequantized()
	if err != nil {
		return train.Result{}, err
	}
	return dequant.Fit(ctx, d, m.Params, rows, validation, dequant.Config{Train: f.train})
}

// maximizeFrom is maximize with rows from a source.
func (f *fit) maximizeFrom(ctx context.Context, m *model.Model, from train.Source[float32], validation train.Data[float32]) (train.Result, error) {
	if m.Noise == nil {
		return train.FromSource(ctx, m.Flow, m.Params, from, validation, f.train)
	}
	d, err := m.Dequantized()
	if err != nil {
		return train.Result{}, err
	}
	return dequant.FitSource(ctx, d, m.Params, from, validation, dequant.Config{Train: f.train})
}

// noiseWeights is the number of a model's weights that are its noise's.
func noiseWeights(p *param.Set) (n int) {
	for _, s := range p.Specs() {
		if strings.HasPrefix(s.Name, "noise.") {
			n += s.Shape.Size()
		}
	}
	return n
}

// boundOf writes the bound on the log-probability of each of some pictures, with one draw of the noise that the model has learned.
func boundOf(ctx context.Context, m *model.Model, threads int, x, cond matrix.Matrix[float32], out []float64) error {
	d, err := m.Dequantized()
	if err != nil {
		return err
	}
	c, err := dequant.Compile[float32](d, m.Params, diffeo.Options{Threads: threads})
	if err != nil {
		return err
	}
	return c.LogProb(ctx, diffeo.Draw{Seed: m.Seed}, 1, x, cond, out, nil)
}
