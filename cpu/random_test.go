package cpu_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"diffeo/cpu"
	"diffeo/internal/optest"
	"diffeo/internal/tolerance"
	"diffeo/matrix"
	"diffeo/ref"
)

// Random graphs agree with the interpreter, with their first derivatives.
func TestRandomGraphs(t *testing.T) { rapid.Check(t, randomGraph) }

// FuzzRandomGraphs lets the fuzzer choose the graphs.
func FuzzRandomGraphs(f *testing.F) { f.Fuzz(rapid.MakeFuzz(randomGraph)) }

func randomGraph(t *rapid.T) {
	c := optest.Draw(t)
	order := rapid.IntRange(0, 1).Draw(t, "order")
	rows := rapid.SampledFrom([]int{1, 2, 15, 16, 17, 50}).Draw(t, "rows")
	o := cpu.Options{Threads: rapid.IntRange(1, 3).Draw(t, "threads"), TileRows: rapid.IntRange(1, 40).Draw(t, "tile")}
	compareCase[float64](t, c, order, rows, o)
	compareCase[float32](t, c, order, rows, o)
}

// compareCase checks one run of a random case. Its ops compose, and so do their errors: bounds are those of the second derivatives of single ops.
func compareCase[T matrix.Float](t *rapid.T, c optest.Case, order, rows int, o cpu.Options) {
	g, err := c.Graph(order)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cpu.Compile[T](g, o)
	if errors.Is(err, cpu.ErrUnsupported) {
		t.Fatalf("the generator makes no loops, so it must compile: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	call := ref.Call{Rows: rows, Inputs: c.Inputs(g, rows, 1)}
	want, err := runReference(g, call)
	if err != nil {
		t.Fatal(err)
	}
	got, err := run(p, g, call)
	if err != nil {
		t.Fatal(err)
	}
	bound := tolerance.OpsOf[T]().Second.Times(10)
	if err := differs[T](got, want, within(bound)); err != nil {
		t.Fatalf("%T, %d rows, %+v: %v\n%s", *new(T), rows, o, err, fmt.Sprint(g))
	}
}
