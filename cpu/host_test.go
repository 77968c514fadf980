package cpu_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// What goes wrong in Go code inside a graph becomes an error that names it; nothing is updated, and the program works on.
func TestHostErrors(t *testing.T) {
	broken := errors.New("broken")
	fail := func(in []float64) error { return nil }
	g := build(t, func(b *graph.Builder) {
		x, w := b.Input("x", 2), b.Param("w", 2)
		y := graph.Host("judge", func(_ context.Context, _ int, in, out [][]float64) error {
			copy(out[0], in[0])
			return fail(out[0])
		}, []graph.Value{graph.Sin(x)}, x.Shape())[0]
		b.Output("y", graph.Cos(y))
		b.Update(w, graph.SumRows(y))
	})
	for _, threads := range []int{1, 2} {
		p := compile[float64](t, g, cpu.Options{Threads: threads, TileRows: 16})
		call := ref.Call{Rows: 50, Inputs: map[string][]float64{"x": normals(1, 100), "w": {1, 2}}}
		fail = func([]float64) error { return nil }
		want := mustRun(t, p, g, call)
		agree[float64](t, "all well", want, reference(t, g, call), within(tolerance.Float64.Value))
		for _, c := range []struct {
			name string
			fail func(out []float64) error
			says string
			is   error
		}{
			{"an error", func([]float64) error { return broken }, "judge", broken},
			{"a panic", func([]float64) error { panic("help") }, "judge panicked: help", nil},
			{"a panic of the run time", func(out []float64) error { _ = out[:len(out):0]; return nil }, "judge panicked", nil},
			{"NaN", func(out []float64) error { out[7] = math.NaN(); return nil }, "judge returned NaN", fault.ErrNonFinite},
			{"an infinity", func(out []float64) error { out[99] = math.Inf(-1); return nil }, "judge returned -Inf", fault.ErrNonFinite},
		} {
			fail = c.fail
			_, err := run(p, g, call)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.name, err)
			}
			fail = func([]float64) error { return nil }
			got := mustRun(t, p, g, call)
			same(t, "after "+c.name, got.Outputs, want.Outputs)
		}
		call.Rows, call.Inputs["x"] = 0, nil
		mustRun(t, p, g, call)
	}
}

// An update waits until the run is known to succeed.
func TestNoUpdateAfterAnError(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		x, w := b.Input("x"), b.Param("w", 2)
		b.Update(w, graph.Scale(w, 2))
		b.Output("y", graph.Host("fails", func(context.Context, int, [][]float64, [][]float64) error { return errors.New("no") }, []graph.Value{x}, graph.Shape{})[0])
	})
	p := compile[float64](t, g, cpu.Options{})
	a := p.NewArgs()
	a.Rows = 1
	w := []float64{1, 2}
	for i, name := range p.Inputs() {
		a.In[i].Data = map[string][]float64{"x": {1}, "w": w}[name]
	}
	a.Out[0].Data = make([]float64, 1)
	if err := p.Run(context.Background(), &a); err == nil || w[0] != 1 || w[1] != 2 {
		t.Errorf("error %v, w is now %v", err, w)
	}
}
