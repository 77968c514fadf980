package bench

import (
	"context"
	"os"
	"testing"

	"diffeo/param"
)

func BenchmarkStep(b *testing.B) {
	w, err := Load("../../../shared/bench/workloads.json", os.Getenv("W"))
	if err != nil {
		b.Fatal(err)
	}
	bound, err := w.Flow().Bind()
	if err != nil {
		b.Fatal(err)
	}
	s, err := newStep(bound, param.New(bound.Specs, 0), w, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.run(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
