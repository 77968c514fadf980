package cpu_test

import (
	"context"
	"errors"
	"fmt"
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

// run runs a program on named inputs.
func run[T matrix.Float](p *cpu.Program[T], g *graph.Graph, call ref.Call) (ref.Result, error) {
	return engine.Run(context.Background(), p, g, call)
}

// mustRun runs a program on named inputs or fails the test.
func mustRun[T matrix.Float](t testing.TB, p *cpu.Program[T], g *graph.Graph, call ref.Call) ref.Result {
	t.Helper()
	r, err := run(p, g, call)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// runReference runs a graph on the interpreter.
func runReference(g *graph.Graph, call ref.Call) (ref.Result, error) {
	return ref.Run(context.Background(), g, call)
}

// reference runs a graph on the interpreter or fails the test.
func reference(t testing.TB, g *graph.Graph, call ref.Call) ref.Result {
	t.Helper()
	r, err := runReference(g, call)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// differs compares results of the number type T with the reference, number by number, within a bound of the largest number that each
// result holds: where terms cancel, the error is that of the terms.
func differs[T matrix.Float](got, want ref.Result, bound func(name string) tolerance.Bound) error {
	var errs []error
	for k, pair := range [2][2]map[string][]float64{{got.Outputs, want.Outputs}, {got.Updates, want.Updates}} {
		kind := [2]string{"", "update of "}[k]
		if len(pair[0]) != len(pair[1]) {
			errs = append(errs, fmt.Errorf("%d results, want %d", len(pair[0]), len(pair[1])))
		}
		for name, w := range pair[1] {
			b := bound(name)
			b.Abs *= max(1, largest[T](w))
			g := make([]T, len(pair[0][name]))
			for i, x := range pair[0][name] {
				g[i] = T(x)
			}
			if err := tolerance.Compare(g, w, b); err != nil {
				errs = append(errs, fmt.Errorf("%s%s: %w", kind, name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// agree fails the test where results differ.
func agree[T matrix.Float](t testing.TB, what string, got, want ref.Result, bound func(name string) tolerance.Bound) {
	t.Helper()
	if err := differs[T](got, want, bound); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// within is the same bound for every result.
func within(b tolerance.Bound) func(string) tolerance.Bound {
	return func(string) tolerance.Bound { return b }
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
