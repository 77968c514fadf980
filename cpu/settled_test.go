package cpu_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/recipe"
	"diffeo/ref"
)

// reverseKL is the gradient of E[‖x‖²/2 + log p(x)] over draws x of a flow under a condition of two columns, with respect to every parameter
// and the condition.
func reverseKL(t *testing.T, name string, config recipe.Config) (*graph.Graph, map[string][]float64) {
	bound, weights := boundConfig(t, name, config)
	return build(t, func(b *graph.Builder) {
		c := b.Input("c", 2)
		x, lp := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, c)
		cost := graph.Add(graph.Scale(graph.Sum(graph.Square(x)), 0.5), lp)
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		b.Output("cost", cost)
		b.Output("gradient of c", graph.Gradient(cost, c)[0])
		for i, g := range graph.Gradient(graph.MeanRows(cost), ps...) {
			b.Output("gradient of "+bound.Specs[i].Name, g)
		}
	}), weights
}

// The gradients of reverse KL pass through the slow direction of an autoregressive flow. They agree with the interpreter, do
// not depend on the number of threads, and a row's do not depend on the rows beside it.
func TestReverseKL(t *testing.T) {
	const rows = 70
	check := func(t *testing.T, name string, config recipe.Config) {
		g, weights := reverseKL(t, name, config)
		call := ref.Call{Rows: rows, FirstRow: 3, Inputs: map[string][]float64{"key": {1, 2}, "c": normals(2, 2*rows)}}
		for k, v := range weights {
			call.Inputs[k] = v
		}
		checkModel(t, name, g, call)
		all := mustRun(t, compile[float32](t, g, cpu.Options{TileRows: 16}), g, call).Outputs
		for k, v := range mustRun(t, compile[float32](t, g, cpu.Options{TileRows: 16, Threads: 3}), g, call).Outputs {
			if !slices.Equal(v, all[k]) {
				t.Errorf("%s differs between 1 and 3 threads", k)
			}
		}
		one := call
		one.Rows, one.FirstRow = 1, call.FirstRow+20
		one.Inputs = maps.Clone(call.Inputs)
		one.Inputs["c"] = call.Inputs["c"][40:42]
		alone := mustRun(t, compile[float32](t, g, cpu.Options{}), g, one).Outputs
		if !slices.Equal(alone["gradient of c"], all["gradient of c"][40:42]) || alone["cost"][0] != all["cost"][20] {
			t.Error("row 20 alone has other bits")
		}
	}
	for _, name := range recipe.Names() {
		t.Run(name, func(t *testing.T) {
			dim := 5
			switch {
			case name == "unaf": // the interpreter takes long
				dim = 2
			case searching[name]:
				dim = 4
			}
			check(t, name, sized(name, dim, 2))
		})
	}
	// Many columns and few hidden units: the rows of several steps begin together.
	for name, c := range map[string]recipe.Config{
		"in order and reversed":             {Hidden: []int{30, 26}, Transforms: 2},
		"in random order":                   {Hidden: []int{21}, Transforms: 1, Order: recipe.Random},
		"residual, with smooth activations": {Hidden: []int{24}, Blocks: 1, Transforms: 1, Activation: "silu"},
		"without hidden units: one product": {Hidden: []int{}, Transforms: 2},
	} {
		t.Run("maf, "+name, func(t *testing.T) {
			c.Dim, c.Context = 40, 2
			check(t, "maf", c)
		})
	}
}

// What stands behind a triangular loop and computes its body again costs no product more: the log-densities of draws, and all but
// the products of the weights' gradients, once.
func TestNothingIsComputedTwice(t *testing.T) {
	const dim, transforms = 5, 2
	bound, _ := boundFlow(t, "maf", dim, 0)
	products := func(output func(b *graph.Builder, x, lp graph.Value)) (gemm, outer float64) {
		g := build(t, func(b *graph.Builder) {
			x, lp := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{})
			output(b, x, lp)
		})
		p := compile[float64](t, g, cpu.Options{})
		args := p.NewArgs()
		args.Rows = 16
		for i, n := range g.Inputs {
			args.In[i].Data, args.In[i].Bits = make([]float64, n.Out[0].Shape.Size()), make([]uint32, 2)
		}
		for i, o := range g.Outputs {
			t := o.Value.Type()
			args.Out[i].Data = make([]float64, t.Shape.Size()*max(1, t.Rows*args.Rows))
		}
		e, err := p.Explain(context.Background(), &args, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range e.Stages {
			for _, o := range s.Ops {
				switch o.Kind {
				case "matrix product":
					gemm += o.GFLOP
				case "weight gradient":
					outer += o.GFLOP
				}
			}
		}
		return gemm, outer
	}
	draws, _ := products(func(b *graph.Builder, x, _ graph.Value) { b.Output("x", x) })
	both, _ := products(func(b *graph.Builder, x, lp graph.Value) { b.Output("x", x); b.Output("lp", lp) })
	backward, weights := products(func(b *graph.Builder, x, lp graph.Value) {
		cost := graph.MeanRows(graph.Add(graph.Sum(graph.Square(x)), lp))
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		for i, g := range graph.Gradient(cost, ps...) {
			b.Output(fmt.Sprint(i), g)
		}
	})
	if draws == 0 || both != draws {
		t.Errorf("products take %g GFLOP for draws and %g with their log-densities", draws, both)
	}
	if backward > 2.01*draws || weights > 1.25*draws {
		t.Errorf("products take %g GFLOP for draws; for gradients %g and %g for those of weights, want twice and about once", draws, backward, weights)
	}
}
