package cpu_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"diffeo/cpu"
	"diffeo/graph"
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
	looped := rapid.Bool().Draw(t, "looped")
	if looped {
		c = repeated(c)
	}
	order := rapid.IntRange(0, 1).Draw(t, "order")
	rows := rapid.SampledFrom([]int{1, 2, 15, 16, 17, 50}).Draw(t, "rows")
	o := cpu.Options{Threads: rapid.IntRange(1, 3).Draw(t, "threads"), TileRows: rapid.IntRange(1, 40).Draw(t, "tile")}
	compareCase[float64](t, c, order, rows, o, looped)
	compareCase[float32](t, c, order, rows, o, looped)
}

// repeated puts a case into a loop: its first operand moves a little with every trip, by a number that its results make.
func repeated(c optest.Case) optest.Case {
	once := c.Build
	c.Build = func(b *graph.Builder, in []graph.Value) []graph.Value {
		x := in[0]
		number := func(v graph.Value) graph.Value { return graph.Scale(graph.Sum(v), 0.1) }
		return graph.Repeat(b.Scalar(2), 3, []graph.Value{number(x)}, func(i graph.Value, carry []graph.Value) []graph.Value {
			own := append([]graph.Value{graph.Add(x, graph.Tanh(carry[0]))}, in[1:]...)
			next := graph.Add(carry[0], graph.Scale(i, 0.1))
			for _, y := range once(b, own) {
				if rows := y.Type().Rows; rows == 0 || rows == x.Type().Rows {
					next = graph.Tanh(graph.Add(next, number(y)))
				}
			}
			return []graph.Value{next}
		})
	}
	return c
}

// compareCase checks one run of a random case. Its ops compose, and so do their errors: bounds are those of the second derivatives of single ops.
func compareCase[T matrix.Float](t *rapid.T, c optest.Case, order, rows int, o cpu.Options, looped bool) {
	g, err := c.Graph(order)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cpu.Compile[T](g, o)
	if looped && errors.Is(err, cpu.ErrUnsupported) { // sums over rows inside
		return
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
	bound := tolerance.Of[T]().Second.Times(10)
	if err := differs[T](got, want, within(bound)); err != nil {
		t.Fatalf("%T, %d rows, %+v: %v\n%s", *new(T), rows, o, err, fmt.Sprint(g))
	}
}
