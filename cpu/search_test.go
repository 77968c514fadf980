package cpu_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// searched are maps of one variable whose inverse is searched for.
var searched = map[string]scalar.Map{
	"Bernstein polynomial":   scalar.Bernstein{Degree: 11},
	"sum of squares":         scalar.SumOfSquares{Polynomials: 2, Degree: 2},
	"mixture of logistics":   scalar.MixtureCDF{Components: 3, Weights: true},
	"mixture of normals":     scalar.MixtureCDF{Components: 2, Law: scalar.Normal, Squeeze: 1e-3},
	"monotonic networks":     scalar.MonotonicMLP{Signal: 2, Hidden: []int{3, 4}},
	"integrals of networks":  scalar.UnconstrainedMonotonic{Signal: 1, Hidden: []int{3}, Nodes: 8},
	"integrals of a network": scalar.UnconstrainedMonotonic{Signal: 1, Hidden: []int{3}, Nodes: 8, Shared: true},
	"two maps": scalar.Mixed{Groups: []scalar.Group{
		{Map: scalar.MixtureCDF{Components: 2}, Columns: []int{2, 0}}, {Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}, Columns: []int{1, 3}},
	}},
}

// rounds is the inverse of an autoregressive flow of a map, by as many rounds as there are columns: x ← f(u; net(x)). The number of rounds
// is n, or known while compiling.
func rounds(t *testing.T, m scalar.Map, dim int, known bool) (*graph.Graph, map[string][]float64) {
	t.Helper()
	r := param.NewRegistry()
	f, err := m.Bind(r.Scope().Sub("map"), dim)
	if err != nil {
		t.Fatal(err)
	}
	order := make([]int, dim)
	for d := range order {
		order[d] = d
	}
	net, err := nn.MADE{Hidden: []int{11, 9}}.BindMasked(r.Scope().Sub("net"), order, nil, f.Params())
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	set, weights := param.New(specs, 1), map[string][]float64{}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range specs {
		w := append([]float64(nil), set.Data(s.Name)...)
		for i := range w {
			w[i] = float64(float32(w[i] + 0.3*rng.NormFloat64()))
		}
		weights[s.Name] = w
	}
	return build(t, func(b *graph.Builder) {
		u, n := b.Input("u", dim), b.SharedInput("n", graph.Float)
		if known {
			n = b.Scalar(float64(dim))
		}
		forward := func(x graph.Value) (y, logDet graph.Value) { return f.Forward(b, u, net.Apply(b, x, graph.Value{})) }
		x := graph.Repeat(n, dim, []graph.Value{graph.ZerosLike(u)}, func(_ graph.Value, c []graph.Value) []graph.Value {
			y, _ := forward(c[0])
			return []graph.Value{y}
		})[0]
		_, logDet := forward(x)
		b.Output("x", x)
		b.Output("log-determinant", graph.Sum(logDet))
	}), weights
}

// In a triangular loop each column is searched for once, with the bits of as many rounds of the whole as there are columns, and no row depends
// on those beside it.
func TestSearchInATriangularLoop(t *testing.T) {
	const dim, rows = 4, 70
	for name, m := range searched {
		t.Run(name, func(t *testing.T) {
			g, weights := rounds(t, m, dim, true)
			h, _ := rounds(t, m, dim, false)
			call := ref.Call{Rows: rows, Inputs: map[string][]float64{"u": normals(1, rows*dim), "n": {dim}}}
			for k, v := range weights {
				call.Inputs[k] = v
			}
			for i, x := range []float64{1e30, -1e30, 50, -50, 0, 1e-30} {
				call.Inputs["u"][i*dim+i%dim] = x
			}
			alone := call
			alone.Rows, alone.Inputs = 1, map[string][]float64{}
			for k, v := range call.Inputs {
				alone.Inputs[k] = v
			}
			alone.Inputs["u"] = call.Inputs["u"][20*dim : 21*dim]
			for _, o := range []cpu.Options{{}, {TileRows: 16, Threads: 2}, {Frozen: true}} {
				p := compile[float32](t, g, o)
				got := mustRun(t, p, g, call).Outputs
				same(t, "float32", got, mustRun(t, compile[float32](t, h, o), h, call).Outputs)
				one := mustRun(t, p, g, alone).Outputs
				same(t, "row 20 alone", one, map[string][]float64{"x": got["x"][20*dim : 21*dim], "log-determinant": got["log-determinant"][20:21]})
			}
			columns := dim
			if name == "two maps" {
				columns = 2
			}
			if n := loops(t, g, rows, weights); n != columns {
				t.Errorf("%d loops for %d columns that search, and for the log-determinant, which needs no search", n, columns)
			}
			same(t, "float64", mustRun(t, compile[float64](t, g, cpu.Options{}), g, call).Outputs, mustRun(t, compile[float64](t, h, cpu.Options{}), h, call).Outputs)
		})
	}
}

// loops is how many loops stand in a program.
func loops(t *testing.T, g *graph.Graph, rows int, weights map[string][]float64) int {
	t.Helper()
	p := compile[float32](t, g, cpu.Options{})
	args := arguments(p, g, rows, weights)
	e, err := p.Explain(t.Context(), &args, 1)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range e.Stages {
		for _, o := range s.Ops {
			if o.Kind == "loop" {
				n += o.Count
			}
		}
	}
	return n
}

// arguments are those of a program of rounds.
func arguments(p *cpu.Program[float32], g *graph.Graph, rows int, weights map[string][]float64) cpu.Args[float32] {
	args := p.NewArgs()
	args.Rows = rows
	for i, n := range g.Inputs {
		data := weights[p.Inputs()[i]]
		switch p.Inputs()[i] {
		case "u":
			data = normals(1, rows*n.Out[0].Shape.Size())
		case "n":
			data = []float64{0}
		}
		for _, x := range data {
			args.In[i].Data = append(args.In[i].Data, float32(x))
		}
	}
	for i, o := range g.Outputs {
		args.Out[i].Data = make([]float32, rows*o.Value.Shape().Size())
	}
	return args
}

// A loop in a loop allocates nothing either.
func TestNoAllocationsInASearch(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const dim, rows = 4, 100
	g, weights := rounds(t, searched["monotonic networks"], dim, true)
	p := compile[float32](t, g, cpu.Options{TileRows: 16})
	args := arguments(p, g, rows, weights)
	if n := testing.AllocsPerRun(10, func() {
		if err := p.Run(context.Background(), &args); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
