package train_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/train"
)

// What maps and bases learn from batches beside gradients moves with the steps: the running averages of a batch norm, and the normalizer of a resampled
// base, which then fits two bumps that no normal could, and is normalised to 1 when it is compiled.
func TestStateLearns(t *testing.T) {
	const seed = 4
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	x := matrix.New[float32](3000, 1)
	for r := range x.Rows {
		x.Row(r)[0] = float32(7 + (1+rng.Float64())*(1-2*float64(r%2)))
	}
	f := flow.Flow{
		Base:      dist.Resampled{Dim: 1, Net: nn.MLP{Hidden: []int{32, 32}, Activation: "tanh"}, Tries: 20},
		Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.BatchNorm{}}},
	}
	params, err := diffeo.Init(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, held := train.Data[float32]{X: x.Slice(0, 2700)}, train.Data[float32]{X: x.Slice(2700, 3000)}
	if _, err := train.MaximumLikelihood(t.Context(), f, params, rows, held, train.Config{Steps: 600, Rate: 5e-3}); err != nil {
		t.Fatal(err)
	}
	mean, variance := params.Data("transform.transforms.0.running_mean")[0], params.Data("transform.transforms.0.running_variance")[0]
	if math.Abs(mean-7) > 0.2 || math.Abs(variance-7./3) > 0.2 {
		t.Errorf("the running averages are %.3f and %.3f, those of the data 7 and 2.33", mean, variance)
	}
	if z := params.Data("base.normalizer")[0]; !(z > 0 && z < 1) {
		t.Errorf("the moving average of the normalizer is %g", z)
	}
	density, err := diffeo.Compile[float32](f, params, diffeo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	score := func(x diffeo.Matrix[float32]) []float32 {
		l := make([]float32, x.Rows)
		if err := density.LogProb(t.Context(), x, diffeo.Matrix[float32]{}, l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	loss, total := 0., 0.
	for _, l := range score(held.X) {
		loss -= float64(l) / 300
	}
	if loss > 1.3 { // the truth is log 2 = 0.69, the best normal 1.84
		t.Errorf("the held rows cost %.3f nats each", loss)
	}
	const cells, width = 4000, 30.
	grid := matrix.New[float32](cells, 1)
	for i := range cells {
		grid.Row(i)[0] = float32(7 + width*((float64(i)+0.5)/cells-0.5))
	}
	for _, l := range score(grid) {
		total += math.Exp(float64(l)) * width / cells
	}
	if math.Abs(total-1) > 5e-3 {
		t.Errorf("the density integrates to %.4f", total)
	}
}
