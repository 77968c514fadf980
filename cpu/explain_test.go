package cpu_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
)

// The multiplications and additions of a product are counted over all rows, lanes that fill a vector included; the zeros of a mask are
// not. The program goes on as before.
func TestExplain(t *testing.T) {
	const n, k, rows = 32, 16, 64
	mask := make([]float64, n*k)
	for i := range n {
		for j := range k / 2 * (1 + i/(n/2)) { // half of the columns, then all
			mask[i*k+j] = 1
		}
	}
	g := build(t, func(b *graph.Builder) {
		w := graph.Mul(b.Param("w", n, k), b.Const(mask, n, k))
		y := graph.Linear(w, b.Input("x", k))
		b.Output("y", y)
		b.Output("g", graph.Gradient(graph.SumRows(graph.Sum(graph.Square(y))), b.Param("w", n, k))[0])
	})
	p := compile[float32](t, g, cpu.Options{Threads: 2})
	args := p.NewArgs()
	args.Rows = rows
	for i, in := range g.Inputs {
		args.In[i].Data = make([]float32, in.Out[0].Shape.Size()*max(1, in.Out[0].Rows*rows))
	}
	args.Out[0].Data, args.Out[1].Data = make([]float32, n*rows), make([]float32, n*k)
	e, err := p.Explain(context.Background(), &args, 3)
	if err != nil {
		t.Fatal(err)
	}
	if e.Rows != rows || e.Tiles < 1 || e.Shards < 1 || e.ShardBytes < 4*n*k || len(e.Stages) < 2 {
		t.Errorf("the plan is %+v", e)
	}
	want := 2 * float64(n*k*3/4) * rows / 1e9
	found := map[string]float64{}
	for _, s := range e.Stages {
		sum := 0.0
		for _, o := range s.Ops {
			sum += o.Seconds
			found[o.Kind] += o.GFLOP
			if o.Count < 1 || o.Seconds < 0 || strings.Contains(o.Kind, "cpu") {
				t.Errorf("an operation is %+v", o)
			}
		}
		if math.Abs(sum-s.Seconds) > 1e-9+1e-6*s.Seconds {
			t.Errorf("operations take %g s of a stage's %g", sum, s.Seconds)
		}
	}
	for _, kind := range []string{"matrix product", "weight gradient"} {
		if math.Abs(found[kind]-want) > 1e-6*want {
			t.Errorf("%s: %g GFLOP, want %g", kind, found[kind], want)
		}
	}
	if err := p.Run(context.Background(), &args); err != nil {
		t.Error(err)
	}
	args.Rows = -1
	if _, err := p.Explain(context.Background(), &args, 1); err == nil {
		t.Error("a negative number of rows was accepted")
	}
	if peak := cpu.Peak[float32](); !(peak > 0) {
		t.Errorf("the peak is %g GFLOP/s", peak)
	}
}
