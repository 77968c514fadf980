package bench

import (
	"context"
	"testing"

	"diffeo/param"
)

// A training step of flows of several kinds and sizes, one thread.
func BenchmarkStep(b *testing.B) {
	for _, w := range []Workload{
		{Name: "maf-6", Kind: "maf", Univariate: "affine", Dim: 6, Transforms: 10, Hidden: []int{100, 100}},
		{Name: "maf-43", Kind: "maf", Univariate: "affine", Dim: 43, Transforms: 5, Hidden: []int{512, 512}},
		{Name: "nsf-ar-6", Kind: "maf", Univariate: "rqs", Bins: 8, Bound: 5, Dim: 6, Transforms: 10, Hidden: []int{256, 256}},
		{Name: "nsf-c-63", Kind: "coupling", Univariate: "rqs", Bins: 8, Bound: 5, Dim: 63, Transforms: 10, Hidden: []int{256, 256}},
		{Name: "realnvp-2", Kind: "coupling", Univariate: "affine", Between: "swap", Dim: 2, Transforms: 16, Hidden: []int{64, 64}},
	} {
		b.Run(w.Name, func(b *testing.B) {
			w.TrainBatch, w.EvalBatch = 512, 512
			bound, err := w.Flow().Bind()
			if err != nil {
				b.Fatal(err)
			}
			s, err := newStep(bound, param.New(bound.Specs, 0), w, 1)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.run(context.Background()); err != nil { // the first one warms up
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
