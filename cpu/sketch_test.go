package cpu_test

import (
	"context"
	"errors"
	"testing"

	"diffeo/cpu"
	"diffeo/internal/engine"
	"diffeo/internal/sketch"
	"diffeo/ref"
)

// Every sketch that the engine can run agrees with the interpreter; those that it cannot are listed here.
func TestSketches(t *testing.T) {
	for _, s := range sketch.All() {
		t.Run(s.Name, func(t *testing.T) {
			g, err := s.Graph()
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range []int{s.Rows, 70} {
				call := ref.Call{Rows: rows, Inputs: s.Inputs(g, rows)}
				want, err := ref.Run(context.Background(), g, call)
				if err != nil {
					t.Fatal(err)
				}
				got, err := engine.CPU[float64](cpu.Options{Threads: 2, TileRows: 16})(context.Background(), g, call)
				if errors.Is(err, cpu.ErrUnsupported) {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				compare(t, s.Name, want.Outputs, got.Outputs, 1e-9)
				compare(t, s.Name, want.Updates, got.Updates, 1e-9)
			}
		})
	}
}
