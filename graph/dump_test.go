package graph_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"diffeo/graph"
	"diffeo/internal/optest"
)

var update = flag.Bool("update", false, "write the golden files of package graph anew")

// everything is a program with every kind of node in it.
func everything(b *graph.Builder) {
	x, w := b.Input("x", 3), b.Param("w", 2, 3)
	key := b.SharedInput("key", graph.Uint32, 2)
	h := graph.Tanh(graph.Add(graph.Linear(w, x), graph.Random(key, graph.Normal, "noise", 1, 2)))
	long := b.Const([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 9)
	double := func(_ context.Context, _ int, in, out [][]float64) error { return nil }
	hosted := graph.Host("double", double, []graph.Value{h}, graph.Shape{2})[0]
	branch := graph.If(b.SharedInput("truth", graph.Bool),
		func() []graph.Value { return []graph.Value{graph.Exp(h)} }, func() []graph.Value { return []graph.Value{graph.Mul(h, h)} })[0]
	rolled := graph.Repeat(b.Scalar(3), 4, []graph.Value{branch}, func(i graph.Value, c []graph.Value) []graph.Value {
		return []graph.Value{graph.Add(c[0], i)}
	})[0]
	solved := graph.While([]graph.Value{rolled}, func(c []graph.Value) graph.Value { return graph.Greater(graph.Sum(c[0]), b.Scalar(1)) },
		func(c []graph.Value) []graph.Value { return []graph.Value{graph.Scale(c[0], 0.5)} })[0]
	own := graph.Custom("own", []graph.Value{h}, square, func(c graph.CustomCall) (in, captured []graph.Value) {
		return []graph.Value{c.Grad[0]}, nil
	})[0]
	lanes := graph.GroupLogSumExp(graph.SpreadRows(graph.Slice(own, 0, 0, 1), 4), 4)
	loss := graph.MeanRows(graph.Add(graph.Sum(own), graph.Sum(lanes)))
	b.Output("hosted", hosted)
	b.Output("solved", graph.Concat(0, solved, graph.Take(x, 0, []int{2, 0})))
	b.Output("loss", loss)
	b.Output("long", graph.Neg(long))
	g := graph.Gradient(loss, w)[0]
	p, _, _ := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}, w, g, w, w,
		graph.AdamScalars{Rate: loss, Correction1: loss, Correction2: loss, GradScale: loss})
	b.Update(w, p)
}

// TestDump holds the text of a graph: a change here shows in reviews.
func TestDump(t *testing.T) {
	got := []byte(build(t, everything).String())
	path := filepath.Join("testdata", "everything.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the dump differs from %s (go test ./graph -update writes it anew):\n%s", path, got)
	}
}

// TestEqualProgramsHaveEqualDumps: nothing in a graph depends on addresses, maps or the clock.
func TestEqualProgramsHaveEqualDumps(t *testing.T) {
	for range 3 {
		if a, b := build(t, everything).String(), build(t, everything).String(); a != b {
			t.Fatalf("two dumps of one program:\n%s\n%s", a, b)
		}
	}
	for _, c := range optest.Cases() {
		var dumps [2]string
		for i := range dumps {
			g, err := c.Graph(c.Order)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			dumps[i] = g.String()
		}
		if dumps[0] != dumps[1] {
			t.Errorf("%s: two dumps differ:\n%s\n%s", c.Name, dumps[0], dumps[1])
		}
	}
}
