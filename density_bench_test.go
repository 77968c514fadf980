package diffeo_test

import (
	"context"
	"testing"

	"diffeo"
	"diffeo/matrix"
	"diffeo/recipe"
)

// One row through the public API.
func BenchmarkLogProbOneRow(b *testing.B) {
	f, err := recipe.MAF(recipe.Config{Dim: 6, Transforms: 10, Hidden: []int{100, 100}})
	if err != nil {
		b.Fatal(err)
	}
	params, err := diffeo.Init(f, 0)
	if err != nil {
		b.Fatal(err)
	}
	c, err := diffeo.Compile[float32](f, params, diffeo.Options{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	x, out := matrix.New[float32](1, 6), make([]float32, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.LogProb(context.Background(), x, diffeo.Matrix[float32]{}, out); err != nil {
			b.Fatal(err)
		}
	}
}
