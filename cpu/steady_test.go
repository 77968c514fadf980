package cpu_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/ref"
)

// A warm program allocates nothing, in a training step as in scoring.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, threads := range []int{1, 2} {
		p, a := trainer[float32](t, "maf", cpu.Options{Threads: threads, TileRows: 16}, 200)
		step := func() {
			if err := p.Run(context.Background(), a); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%d threads: %g allocations in a training step", threads, n)
		}
		const dim = 5
		bound, weights := boundFlow(t, "realnvp", dim, 2)
		g := build(t, func(b *graph.Builder) { b.Output("lp", bound.LogProb(b, b.Input("x", dim), b.Input("c", 2))) })
		q := compile[float64](t, g, cpu.Options{Threads: threads, TileRows: 16})
		args := q.NewArgs()
		args.Rows = 300
		for i, name := range q.Inputs() {
			switch name {
			case "x":
				args.In[i].Data = normals(1, 300*dim)
			case "c":
				args.In[i].Data = normals(2, 300*2)
			default:
				args.In[i].Data = weights[name]
			}
		}
		args.Out[0].Data = make([]float64, 300)
		score := func() {
			if err := q.Run(context.Background(), &args); err != nil {
				t.Fatal(err)
			}
		}
		score()
		if n := testing.AllocsPerRun(100, score); n != 0 {
			t.Errorf("%d threads: %g allocations in LogProb", threads, n)
		}
	}
}

// Callers of one program do not disturb each other, and its helpers end when they have had nothing to do for a while.
func TestConcurrentCalls(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	g := centred(t)
	p := compile[float64](t, g, cpu.Options{Threads: 3, TileRows: 16})
	var wait sync.WaitGroup
	for k := range 8 {
		rows := 10 + 60*k
		want := mustRun(t, p, g, centredCall(rows))
		wait.Go(func() {
			for range 20 {
				got, err := run(p, g, centredCall(rows))
				if err != nil {
					t.Error(err)
					return
				}
				same(t, "rows beside other callers", got.Outputs, want.Outputs)
			}
		})
	}
	wait.Wait()
}

// A helper that went to sleep wakes for the next job, and one that ended is started again.
func TestPauses(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	g := centred(t)
	p := compile[float64](t, g, cpu.Options{Threads: 2, TileRows: 16})
	want := mustRun(t, p, g, centredCall(500))
	for _, pause := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 99 * time.Millisecond, 101 * time.Millisecond, 150 * time.Millisecond} {
		time.Sleep(pause)
		for range 3 {
			same(t, pause.String(), mustRun(t, p, g, centredCall(500)).Outputs, want.Outputs)
		}
	}
}

// A context that ends stops a run between tiles and inside loops that would never end; nothing is updated, and the program works on.
func TestCancellation(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	forever := func(b *graph.Builder, x graph.Value) graph.Value {
		on := b.SharedInput("on", graph.Bool)
		return graph.While([]graph.Value{x}, func(c []graph.Value) graph.Value {
			return graph.And(on, graph.Greater(graph.Sum(graph.Square(c[0])), b.Scalar(-1)))
		}, func(c []graph.Value) []graph.Value { return []graph.Value{graph.Sin(c[0])} })[0]
	}
	for name, f := range map[string]func(b *graph.Builder, x, w graph.Value) graph.Value{
		"rows":   func(b *graph.Builder, x, w graph.Value) graph.Value { return graph.SumRows(forever(b, x)) },
		"shared": func(b *graph.Builder, x, w graph.Value) graph.Value { return forever(b, w) },
	} {
		g := build(t, func(b *graph.Builder) {
			x, w := b.Input("x", 3), b.Param("w", 3)
			y := f(b, x, w)
			b.Output("y", y)
			b.Update(w, graph.Add(w, y))
		})
		for _, threads := range []int{1, 2} {
			p := compile[float64](t, g, cpu.Options{Threads: threads, TileRows: 16})
			a := p.NewArgs()
			a.Rows = 100
			w := []float64{1, 2, 3}
			for i, name := range p.Inputs() {
				a.In[i].Data = map[string][]float64{"x": normals(1, 300), "w": w, "on": {1}}[name]
			}
			a.Out[0].Data = make([]float64, 3)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			if err := p.Run(ctx, &a); err != context.DeadlineExceeded {
				t.Errorf("%s, %d threads: %v, want the context's error", name, threads, err)
			}
			cancel()
			if w[0] != 1 || w[1] != 2 || w[2] != 3 {
				t.Errorf("%s, %d threads: the run was cut short, yet w is now %v", name, threads, w)
			}
			if err := p.Run(ctx, &a); err != context.DeadlineExceeded {
				t.Errorf("%s: %v from a context that ended before", name, err)
			}
			call := ref.Call{Rows: 100, Inputs: map[string][]float64{"x": normals(1, 300), "w": {1, 2, 3}, "on": {0}}}
			got, want := mustRun(t, p, g, call), reference(t, g, call)
			same(t, name+" afterwards", got.Updates, want.Updates)
		}
	}
}
