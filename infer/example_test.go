package infer_test

import (
	"context"
	"fmt"
	"log"

	"diffeo"
	"diffeo/graph"
	"diffeo/infer"
	"diffeo/recipe"
	"diffeo/train"
)

// A posterior that is known up to its constant: fitted, drawn from, and corrected by importance weights.
func ExampleReverseKL() {
	ctx := context.Background()
	target := infer.Target{Dim: 2, Graph: func(b *graph.Builder, x graph.Value) graph.Value {
		x0, x1 := graph.Slice(x, 0, 0, 1), graph.Slice(x, 0, 1, 2)
		bend := graph.Sub(x1, graph.Scale(graph.Square(x0), 0.5))
		return graph.Scale(graph.Sum(graph.Add(graph.Square(x0), graph.Square(bend))), -0.5) // Z = 2π
	}}
	f, err := recipe.RealNVP(recipe.Config{Dim: 2, Transforms: 4, Hidden: []int{32}})
	if err != nil {
		log.Fatal(err)
	}
	params, err := diffeo.Init(f, 1)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := infer.ReverseKL[float32](ctx, f, params, target, infer.Config{Train: train.Config{Steps: 500, Batch: 128, Rate: 5e-3}}); err != nil {
		log.Fatal(err)
	}
	draws, err := infer.Draw[float32](ctx, f, params, target, 4000, infer.Options{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	_, k, err := draws.Pareto()
	if err != nil {
		log.Fatal(err)
	}
	logZ, _ := draws.LogConstant()
	fmt.Printf("log Z = %.1f, k̂ below 0.7: %t, more than 3500 effective draws: %t\n", logZ, k < 0.7, draws.ESS() > 3500)
	// Output: log Z = 1.8, k̂ below 0.7: true, more than 3500 effective draws: true
}
