package infer_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"diffeo"
	"diffeo/infer"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
	"diffeo/train"
)

// A rate of which only waiting times can be simulated: its posterior given their mean, on the numbers above 0.
func ExamplePosterior() {
	ctx := context.Background()
	const times = 20
	s := infer.Simulator{
		Parameters: []string{"rate"}, Observations: []string{"mean_wait"}, Support: []infer.Interval{infer.Above(0)},
		Prior: func(r *rand.Rand, theta []float64) { theta[0] = r.ExpFloat64() },
		Simulate: func(r *rand.Rand, theta, x []float64) error {
			x[0] = 0
			for range times {
				x[0] += r.ExpFloat64() / theta[0] / times
			}
			return nil
		},
	}
	sims, err := s.Draw(ctx, 4000, 1)
	if err != nil {
		log.Fatal(err)
	}
	// A small flow, for an example that ends soon. The zero PosteriorConfig has a larger one.
	m, _, err := infer.Posterior(ctx, sims, infer.PosteriorConfig{
		Support: s.Support, Recipe: "maf", Flow: recipe.Config{Transforms: 2, Hidden: []int{32}}, Train: train.Config{Steps: 1000, Rate: 5e-3, Average: 0.99},
	})
	if err != nil {
		log.Fatal(err)
	}
	posterior, err := model.Compile(m, diffeo.Options{})
	if err != nil {
		log.Fatal(err)
	}
	const n = 10000
	draws, given := matrix.New[float64](n, 1), matrix.New[float64](n, 1)
	for r := range n {
		given.Row(r)[0] = 0.5
	}
	if err := posterior.Sample(ctx, diffeo.Draw{Seed: 1}, given, draws); err != nil {
		log.Fatal(err)
	}
	mean := 0.0
	for r := range n {
		mean += draws.Row(r)[0] / n
	}
	// By its formula it is Gamma(21, 11), whose mean is 1.91.
	fmt.Printf("the mean of the posterior is 1.9 ± 0.1: %t\n", mean > 1.81 && mean < 2.01)
	// Output: the mean of the posterior is 1.9 ± 0.1: true
}
