package train

import (
	"context"
	"math"
	"testing"

	"diffeo"
	"diffeo/matrix"
)

// p(x₁, x₂) = p(x₁)·p(x₂ | x₁): what a joint density says of x₂ given x₁, by quadrature, is what a conditional density learns from the same
// rows, in its scores and in its draws.
func TestJointAndConditionalAgree(t *testing.T) {
	split := func(d Data[float32]) Data[float32] {
		x, c := d.X, d.X
		x.Data, x.Cols, c.Cols = x.Data[1:], 1, 1
		return Data[float32]{X: x, Cond: c}
	}
	d, v := banana[float32](6000, 1), banana[float32](2000, 2)
	joint, jp := small(t, "maf", 2, 0)
	_, err := MaximumLikelihood(t.Context(), joint, jp, d, v, Config{Steps: 1500, Rate: 1e-2, Average: 0.99})
	must(t, err)
	conditional, cp := small(t, "realnvp", 1, 1)
	_, err = MaximumLikelihood(t.Context(), conditional, cp, split(d), split(v), Config{Steps: 1500, Rate: 1e-2, Average: 0.99})
	must(t, err)
	j, err := diffeo.Compile[float32](joint, jp, diffeo.Options{})
	must(t, err)
	c, err := diffeo.Compile[float32](conditional, cp, diffeo.Options{})
	must(t, err)

	// The joint on a grid of x₂ for a few x₁, where there are rows enough.
	const low, high, cells = -4, 8, 600
	at := []float32{-1.5, -1, -0.3, 0, 0.6, 1.2}
	grid := matrix.New[float32](cells, 2)
	for _, x := range at {
		for i := range cells {
			grid.Row(i)[0], grid.Row(i)[1] = x, low+(high-low)*(float32(i)+0.5)/cells
		}
		all := make([]float32, cells)
		must(t, j.LogProb(context.Background(), grid, matrix.Matrix[float32]{}, all))
		mass, mean, square := 0.0, 0.0, 0.0
		for i, l := range all {
			p, y := math.Exp(float64(l)), float64(grid.Row(i)[1])
			mass, mean, square = mass+p, mean+p*y, square+p*y*y
		}
		mean, square = mean/mass, square/mass
		logMarginal := math.Log(mass * (high - low) / cells)

		// The conditional on the same grid: the divergence of the two, and moments of its draws.
		y, given := matrix.New[float32](cells, 1), matrix.New[float32](cells, 1)
		for i := range cells {
			y.Data[i], given.Data[i] = grid.Row(i)[1], x
		}
		alone := make([]float32, cells)
		must(t, c.LogProb(context.Background(), y, given, alone))
		divergence := 0.0
		for i := range all {
			l := float64(all[i]) - logMarginal
			divergence += math.Exp(l) * (l - float64(alone[i])) * (high - low) / cells
		}
		if !(divergence > -1e-3 && divergence < 0.05) {
			t.Errorf("x₁ = %g: the divergence of the conditional from the joint's is %.4f nats", x, divergence)
		}
		const draws = 4000
		drawn, same := matrix.New[float32](draws, 1), matrix.New[float32](draws, 1)
		for i := range draws {
			same.Data[i] = x
		}
		must(t, c.Sample(context.Background(), diffeo.Draw{Seed: 7}, same, drawn))
		sum := 0.0
		for _, y := range drawn.Data {
			sum += float64(y)
		}
		deviation := math.Sqrt(square - mean*mean)
		if e := math.Abs(sum/draws - mean); e > 4*deviation/math.Sqrt(draws)+0.1 {
			t.Errorf("x₁ = %g: draws have mean %.3f, the joint says %.3f ± %.3f", x, sum/draws, mean, deviation)
		}
	}
}
