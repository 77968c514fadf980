package cpu_test

import (
	"context"
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/internal/tolerance"
	"diffeo/matrix"
	"diffeo/ref"
)

// build makes a graph or fails the test.
func build(t testing.TB, f func(b *graph.Builder)) *graph.Graph {
	t.Helper()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error { f(b); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// compile makes a program or fails the test.
func compile[T matrix.Float](t testing.TB, g *graph.Graph, o cpu.Options) *cpu.Program[T] {
	t.Helper()
	p, err := cpu.Compile[T](g, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mustRun runs a program on named inputs or fails the test.
func mustRun[T matrix.Float](t testing.TB, p *cpu.Program[T], g *graph.Graph, call ref.Call) ref.Result {
	t.Helper()
	r, err := engine.Run(context.Background(), p, g, call)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reference runs a graph on the interpreter or fails the test.
func reference(t testing.TB, g *graph.Graph, call ref.Call) ref.Result {
	t.Helper()
	r, err := ref.Run(context.Background(), g, call)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// agree checks results of the number type T against the reference, number by number, within b of the largest number that each
// result holds: where terms cancel, the error is that of the terms.
func agree[T matrix.Float](t testing.TB, what string, got, want ref.Result, bound func(name string) tolerance.Bound) {
	t.Helper()
	for k, pair := range [2][2]map[string][]float64{{got.Outputs, want.Outputs}, {got.Updates, want.Updates}} {
		kind := [2]string{"", "update of "}[k]
		if len(pair[0]) != len(pair[1]) {
			t.Errorf("%s: %d results, want %d", what, len(pair[0]), len(pair[1]))
		}
		for name, w := range pair[1] {
			b := bound(name)
			b.Abs *= max(1, largest[T](w))
			g := make([]T, len(pair[0][name]))
			for i, x := range pair[0][name] {
				g[i] = T(x)
			}
			if err := tolerance.Compare(g, w, b); err != nil {
				t.Errorf("%s: %s%s: %v", what, kind, name, err)
			}
		}
	}
}

// same checks that two results are the same bits.
func same(t testing.TB, what string, got, want map[string][]float64) {
	t.Helper()
	for name, w := range want {
		g := got[name]
		if len(g) != len(w) {
			t.Errorf("%s: %s: %d numbers, want %d", what, name, len(g), len(w))
			continue
		}
		for i := range w {
			if math.Float64bits(g[i]) != math.Float64bits(w[i]) {
				t.Errorf("%s: %s[%d] = %x, want the same bits as %x", what, name, i, g[i], w[i])
				break
			}
		}
	}
}

// largest is the largest finite magnitude among numbers that T can hold.
func largest[T matrix.Float](xs []float64) float64 {
	m := 0.
	for _, x := range xs {
		if v := math.Abs(float64(T(x))); v > m && !math.IsInf(v, 0) {
			m = v
		}
	}
	return m
}
