package cpu_test

import (
	"errors"
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/internal/sketch"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// unsupportedSketches are the sketches that the engine refuses, and why.
var unsupportedSketches = map[string]string{
	"continuous flow, Hutchinson": "a While that sums over rows to know whether to go on",
	"residual block":              "a Repeat whose derivative sums the gradients of captured weights over rows",
}

// Every sketch that the engine can run agrees with the interpreter.
func TestSketches(t *testing.T) {
	found := 0
	for _, s := range sketch.All() {
		t.Run(s.Name, func(t *testing.T) {
			g, err := s.Graph()
			if err != nil {
				t.Fatal(err)
			}
			p, err := cpu.Compile[float64](g, cpu.Options{Threads: 2, TileRows: 16})
			if why := unsupportedSketches[s.Name]; why != "" {
				if found++; !errors.Is(err, cpu.ErrUnsupported) {
					t.Errorf("%v: take it from the list of what is unsupported (%s)", err, why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range []int{1, s.Rows, 70} {
				call := ref.Call{Rows: rows, Inputs: s.Inputs(g, rows)}
				bound := tolerance.Float64.Second.Times(100) // whole models: some thousand ops one after the other
				agree[float64](t, fmt.Sprintf("%d rows", rows), mustRun(t, p, g, call), reference(t, g, call), within(bound))
			}
		})
	}
	if found != len(unsupportedSketches) {
		t.Errorf("%d of the %d sketches on the list exist", found, len(unsupportedSketches))
	}
}
