package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// build makes a graph or ends the test.
func build(t *testing.T, f func(b *graph.Builder)) *graph.Graph {
	t.Helper()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		f(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// compute runs a graph on the reference interpreter or ends the test.
func compute(t *testing.T, rows int, in map[string][]float64, f func(b *graph.Builder)) map[string][]float64 {
	t.Helper()
	r, err := ref.Run(context.Background(), build(t, f), ref.Call{Rows: rows, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs
}

// near fails where two results differ by more than a few roundings.
func near(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if err := tolerance.Compare(got, want, tolerance.Float64.Gradient); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// count is how many nodes of an op the graph's results need, regions not included.
func count(g *graph.Graph, op graph.Op) int {
	n := 0
	for _, node := range g.Needed() {
		if node.Op == op {
			n++
		}
	}
	return n
}

// buildError is the *BuildError that f raises, or an error of the test.
func buildError(t *testing.T, f func(b *graph.Builder)) *graph.BuildError {
	t.Helper()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		f(b)
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
	e, ok := err.(*graph.BuildError)
	if !ok || g != nil {
		t.Fatalf("error %v (%T) and graph %v, want a *BuildError and none", err, err, g)
	}
	return e
}

// mentions fails unless every word is part of the message.
func mentions(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(fmt.Sprint(err), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// square is x², by its first operand alone.
func square(in []graph.Value) []graph.Value { return []graph.Value{graph.Square(in[0])} }
