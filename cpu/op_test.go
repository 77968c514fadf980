package cpu_test

import (
	"context"
	"errors"
	"testing"

	"diffeo/cpu"
	"diffeo/internal/engine"
	"diffeo/internal/optest"
	"diffeo/ref"
)

func TestOps(t *testing.T) {
	for _, c := range optest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			g, err := c.Graph(c.Order)
			if err != nil {
				t.Fatal(err)
			}
			p, err := cpu.Compile[float64](g, cpu.Options{Threads: 2, TileRows: 32})
			if errors.Is(err, cpu.ErrUnsupported) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range optest.RowCounts() {
				call := ref.Call{Rows: rows, Inputs: c.Inputs(g, rows, 1)}
				want, err := ref.Run(context.Background(), g, call)
				if err != nil {
					t.Fatal(err)
				}
				got, err := engine.Run(context.Background(), p, g, call)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, c.Name, want.Outputs, got.Outputs, 1e-9)
				compare(t, c.Name, want.Updates, got.Updates, 1e-9)
			}
		})
	}
}
