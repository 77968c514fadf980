package vae

import (
	"math"
	"testing"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/train"
)

// Every recipe that draws cheaply under a condition is a posterior, those that score cheaply when they are turned round: a step searches and iterates nowhere, and
// training learns what the four columns of the rows have in common, two bits.
func TestPosteriors(t *testing.T) {
	const rows = 256
	x := matrix.New[float64](rows, 4)
	for i := range x.Data {
		x.Data[i] = float64(i / 4 >> (i % 4 / 2) & 1)
	}
	for name, turned := range map[string]bool{
		"iaf": false, "realnvp": false, "nice": false, "nsf-c": false, "maf": true, "planar": true, "radial": true, "sylvester": true,
	} {
		c := recipe.Config{Dim: 3, Context: 8, Transforms: 2, Hidden: []int{8}}
		f, err := recipe.New(name, c)
		must(t, err)
		m := f.Transform
		if turned {
			m = bijection.Invert{Bijection: m}
		}
		a := Autoencoder{Encoder: nn.Embedding{Layers: []int{8}}, Posterior: Posterior(3, 8, m), Decoder: BernoulliDecoder(3, 4, nn.MLP{Hidden: []int{8}})}
		bound, err := a.Bind()
		must(t, err)
		g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
			loss := graph.MeanRows(Config{}.objective(b, bound))
			var params []graph.Value
			for _, s := range bound.Specs {
				params = append(params, b.Param(s.Name, s.Shape...))
			}
			for i, d := range graph.Gradient(loss, params...) {
				b.Output(bound.Specs[i].Name, d)
			}
			return nil
		})
		must(t, err)
		for _, n := range g.Nodes {
			if n.Op == graph.OpWhile || n.Op == graph.OpRepeat {
				t.Errorf("%s: a step has the op %s", name, n.Op)
			}
		}
		first := param.New(bound.Specs, 1)
		var losses []float64
		cfg := train.Config{Steps: 500, Batch: 64, Rate: 1e-2, Seed: 1, Threads: 1, Progress: func(p train.Progress) { losses = append(losses, p.Loss) }}
		r, err := Fit(t.Context(), a, first, train.Data[float64]{X: x}, train.Data[float64]{}, Config{Train: cfg, Warmup: 0.6})
		must(t, err)
		after, _ := meanError(losses[450:])
		// The entropy of the rows is 2·log 2; what does not look at z gets to 4·log 2.
		if r.Skipped != 0 || r.Dropped != 0 || !(after > 2*math.Ln2-0.1 && after < 3*math.Ln2) {
			t.Errorf("%s: a loss of %g in the end, %d steps skipped, %d rows dropped", name, after, r.Skipped, r.Dropped)
		}
	}
}
