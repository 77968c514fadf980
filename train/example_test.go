package train_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"diffeo"
	"diffeo/matrix"
	"diffeo/recipe"
	"diffeo/train"
)

// Fit two columns of which one is the square of the other with noise, and score two points.
func ExampleMaximumLikelihood() {
	rng := rand.New(rand.NewPCG(1, 2))
	table := matrix.New[float32](2000, 2)
	for r := range table.Rows {
		x := rng.NormFloat64()
		table.Row(r)[0], table.Row(r)[1] = float32(x), float32(x*x+rng.NormFloat64()/2)
	}
	f, err := recipe.MAF(recipe.Config{Dim: 2, Transforms: 3, Hidden: []int{32, 32}})
	if err != nil {
		fmt.Println(err)
		return
	}
	params, err := diffeo.Init(f, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	rows := train.Data[float32]{X: table.Slice(0, 1800)}
	held := train.Data[float32]{X: table.Slice(1800, 2000)}
	if _, err := train.MaximumLikelihood(ctx, f, params, rows, held, train.Config{Steps: 300}); err != nil {
		fmt.Println(err)
		return
	}
	density, err := diffeo.Compile[float32](f, params, diffeo.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	points, _ := matrix.Of([]float32{1, 1, 1, -1}, 2)
	logProb := make([]float32, 2)
	if err := density.LogProb(ctx, points, diffeo.Matrix[float32]{}, logProb); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("(1, 1) is likelier than (1, −1):", logProb[0] > logProb[1]+3)
	// Output: (1, 1) is likelier than (1, −1): true
}
