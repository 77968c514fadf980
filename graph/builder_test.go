package graph_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"diffeo/graph"
	"diffeo/ref"
)

func refRun(g *graph.Graph, rows int, in map[string][]float64) (ref.Result, error) {
	return ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: in})
}

// TestBuildReturnsErrors: mistakes and the caller's own errors come back; every other panic is none of Build's business.
func TestBuildReturnsErrors(t *testing.T) {
	mine := errors.New("mine")
	if g, err := graph.Build(graph.Train, func(*graph.Builder) error { return mine }); err != mine || g != nil {
		t.Errorf("%v, %v", g, err)
	}
	_, err := graph.Build(graph.Train, func(b *graph.Builder) error { b.Zeros(-1); return nil })
	var e *graph.BuildError
	if !errors.As(err, &e) {
		t.Errorf("%v is no *BuildError", err)
	}
	for _, cause := range []any{"a string", mine} {
		func() {
			defer func() {
				if r := recover(); r != cause {
					t.Errorf("the panic %v came through as %v", cause, r)
				}
			}()
			_, _ = graph.Build(graph.Train, func(*graph.Builder) error { panic(cause) })
		}()
	}
}

// TestFailIsOpenToOthers: code outside the package raises the same errors, and they point to it.
func TestFailIsOpenToOthers(t *testing.T) {
	_, file, line, _ := runtime.Caller(0)
	e := buildError(t, func(*graph.Builder) { graph.Fail("spline", "%d bins", 0) })
	if e.Op != "spline" || e.Msg != "0 bins" || !strings.HasPrefix(e.Site, file) || !strings.HasSuffix(e.Site, itoa(line+1)) {
		t.Errorf("%+v", e)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// TestErrorsDeepInRegions point to the caller, however many frames of this package lie between.
func TestErrorsDeepInRegions(t *testing.T) {
	_, file, line, _ := runtime.Caller(0)
	e := buildError(t, func(b *graph.Builder) {
		body := func(_ graph.Value, c []graph.Value) []graph.Value { return []graph.Value{loop(b)} }
		for range 6 {
			inner := body
			body = func(_ graph.Value, c []graph.Value) []graph.Value { return graph.Repeat(b.Scalar(2), 2, c, inner) }
		}
		y := graph.Repeat(b.Scalar(2), 2, []graph.Value{vec(b)}, body)
		graph.Gradient(graph.Sum(y[0]), vec(b))
	})
	if e.Site != file+":"+itoa(line+8) {
		t.Errorf("the error points to %s, want line %d", e.Site, line+8)
	}
}

// TestSites: a node knows the line outside the package that made it, and a derivative the line of what it differentiates.
func TestSites(t *testing.T) {
	build(t, func(b *graph.Builder) {
		x := b.Input("x", 3)
		_, file, line, _ := runtime.Caller(0)
		y := graph.LogSumExp(x, 0)
		if s := y.Node().Site(); s != file+":"+itoa(line+1) {
			t.Errorf("LogSumExp is at %s, want line %d", s, line+1)
		}
		g := graph.Gradient(y, x)[0]
		if s := g.Node().Site(); s != file+":"+itoa(line+1) {
			t.Errorf("its derivative is at %s, want line %d", s, line+1)
		}
	})
}

func TestMode(t *testing.T) {
	for _, mode := range []graph.Mode{graph.Train, graph.Evaluate} {
		g, err := graph.Build(mode, func(b *graph.Builder) error {
			if b.Training() != (mode == graph.Train) {
				t.Errorf("mode %d: training %t", mode, b.Training())
			}
			return nil
		})
		if err != nil || g.Mode != mode {
			t.Errorf("%v, mode %d", err, g.Mode)
		}
	}
}

// TestShapesAreCopied: the caller's slices may change afterwards.
func TestShapesAreCopied(t *testing.T) {
	build(t, func(b *graph.Builder) {
		s := []int{2, 3}
		index := []int{1, 0}
		values := []graph.Value{b.Input("x", s...), b.Param("w", s...), b.Zeros(s...), b.Const(make([]float64, 6), s...),
			graph.Random(key(b), graph.Normal, "n", 1, s...), graph.Broadcast(b.Scalar(1), s...), graph.Reshape(b.Input("y", 6), s...)}
		taken := graph.Take(values[0], 0, index)
		s[0], index[0] = 99, 99
		for i, v := range values {
			if !v.Shape().Equal(graph.Shape{2, 3}) {
				t.Errorf("value %d is now %s", i, v.Type())
			}
		}
		if i := taken.Node().Attr.(graph.Indices).Index; !slices.Equal(i, []int{1, 0}) {
			t.Errorf("the positions are now %v", i)
		}
	})
}

// TestUpdates: all ops of a run read the old values, also those of updates of one another.
func TestUpdates(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		p, q, n := b.Param("p", 2), b.Param("q", 2), b.SharedInput("n", graph.Float)
		b.Update(p, q)
		b.Update(q, graph.Add(p, q))
		b.Update(n, graph.Offset(n, 1))
		b.Output("sum", graph.Add(p, q))
	})
	in := map[string][]float64{"p": {1, 2}, "q": {10, 20}, "n": {5}}
	for range 2 { // running changes nothing by itself
		r, err := refRun(g, 3, in)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "sum", r.Outputs["sum"], 11, 22)
		near(t, "p", r.Updates["p"], 10, 20)
		near(t, "q", r.Updates["q"], 11, 22)
		near(t, "n", r.Updates["n"], 6)
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		t    graph.Type
		want string
	}{
		{graph.Type{}, "float[]"}, {graph.Type{DType: graph.Bool, Shape: graph.Shape{2, 3}, Rows: 1}, "bool[2,3] row"},
		{graph.Type{DType: graph.Uint32, Rows: 4}, "uint32[] row×4"},
	} {
		if c.t.String() != c.want {
			t.Errorf("%q, want %q", c.t, c.want)
		}
	}
	if !(graph.Type{}).Equal(graph.Type{Shape: graph.Shape{}}) || (graph.Type{}).Equal(graph.Type{Rows: 1}) {
		t.Error("nil and [] are both scalars, rows make a difference")
	}
	if (graph.Shape{2, 3, 4}).Size() != 24 || (graph.Shape{}).Size() != 1 || (graph.Shape{3, 0}).Size() != 0 {
		t.Error("sizes")
	}
}
