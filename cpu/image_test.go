package cpu_test

import (
	"context"
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/recipe"
	"diffeo/ref"
)

// imageFlow is a glow of two scales under a condition, of images of 27 channels after the squeezes and of lines of two and four pixels.
var imageFlow = recipe.Config{Image: []int{3, 8, 8}, Levels: 2, Transforms: 2, Hidden: []int{34}, Context: 2}

const imageDim = 3 * 8 * 8

// imageStep is the graph of a training step of it.
func imageStep(t testing.TB, c recipe.Config) (*graph.Graph, model, map[string][]float64) {
	t.Helper()
	bound, weights := boundConfig(t, "glow", c)
	g := build(t, func(b *graph.Builder) {
		loss := graph.Neg(graph.MeanRows(bound.LogProb(b, b.Input("x", imageDim), b.Input("c", 2))))
		b.Output("loss", loss)
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		for i, g := range graph.Gradient(loss, ps...) {
			b.Output("gradient of "+bound.Specs[i].Name, g)
		}
	})
	return g, bound, weights
}

func imageCall(weights map[string][]float64, rows int) ref.Call {
	call := ref.Call{Rows: rows, Inputs: map[string][]float64{"x": normals(1, rows*imageDim), "c": normals(2, 2*rows), "key": {1, 2}}}
	for name, w := range weights {
		call.Inputs[name] = w
	}
	return call
}

// imageArgs are the arguments of a step for so many rows.
func imageArgs(p *cpu.Program[float32], g *graph.Graph, weights map[string][]float64, rows int) cpu.Args[float32] {
	args := p.NewArgs()
	args.Rows = rows
	call := imageCall(weights, rows)
	for i, name := range p.Inputs() {
		for _, v := range call.Inputs[name] {
			args.In[i].Data = append(args.In[i].Data, float32(v))
		}
	}
	for i, o := range g.Outputs {
		args.Out[i].Data = make([]float32, o.Value.Shape().Size())
	}
	return args
}

// The gradients of a flow of images agree with the interpreter, also where the transforms are computed once more for them.
func TestImageStep(t *testing.T) {
	for _, recompute := range []bool{false, true} {
		c := imageFlow
		c.Recompute = recompute
		g, _, weights := imageStep(t, c)
		call := imageCall(weights, 11)
		delete(call.Inputs, "key")
		checkModel(t, "glow", g, call)
	}
}

// A whole training step, whose gradients only the clip and Adam read, agrees with the interpreter, and has the same bits with any number of threads.
func TestImageTraining(t *testing.T) {
	bound, weights := boundConfig(t, "glow", imageFlow)
	call := imageCall(weights, 27)
	delete(call.Inputs, "key")
	call.Inputs["rate"] = []float64{1e-3}
	g := build(t, func(b *graph.Builder) {
		loss := graph.Neg(graph.MeanRows(bound.LogProb(b, b.Input("x", imageDim), b.Input("c", 2))))
		b.Output("loss", loss)
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
			call.Inputs["m "+s.Name], call.Inputs["v "+s.Name] = normals(3, s.Shape.Size()), make([]float64, s.Shape.Size())
		}
		norm, gs := b.Scalar(0), graph.Gradient(loss, ps...)
		for _, g := range gs {
			norm = graph.Add(norm, graph.Sum(graph.Square(g)))
		}
		scalars := graph.AdamScalars{Rate: b.SharedInput("rate", graph.Float), Correction1: b.Scalar(0.1), Correction2: b.Scalar(0.01),
			GradScale: graph.Min(b.Scalar(1), graph.Div(b.Scalar(5), graph.Sqrt(norm)))}
		for i, g := range gs {
			m, v := b.Param("m "+bound.Specs[i].Name, bound.Specs[i].Shape...), b.Param("v "+bound.Specs[i].Name, bound.Specs[i].Shape...)
			p1, m1, v1 := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-6}, ps[i], g, m, v, scalars)
			b.Update(ps[i], p1)
			b.Update(m, m1)
			b.Update(v, v1)
		}
	})
	checkModel(t, "training", g, call)
	want := mustRun(t, compile[float32](t, g, cpu.Options{}), g, call)
	for _, threads := range []int{2, 3, 5} {
		got := mustRun(t, compile[float32](t, g, cpu.Options{Threads: threads}), g, call)
		same(t, fmt.Sprint(threads, " threads"), got.Outputs, want.Outputs)
		same(t, fmt.Sprint("updates, ", threads, " threads"), got.Updates, want.Updates)
	}
}

// Draws of images and their log-densities agree with the interpreter.
func TestImageSampling(t *testing.T) {
	bound, weights := boundConfig(t, "glow", imageFlow)
	g := build(t, func(b *graph.Builder) {
		x, lp := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, b.Input("c", 2))
		b.Output("x", x)
		b.Output("lp", lp)
	})
	call := imageCall(weights, 9)
	delete(call.Inputs, "x")
	checkModel(t, "glow", g, call)
}

// A step has the same bits with any number of threads, and a row's log-density the same ones in any company.
func TestImagesAreIndependent(t *testing.T) {
	g, bound, weights := imageStep(t, imageFlow)
	call := imageCall(weights, 37)
	delete(call.Inputs, "key")
	want := mustRun(t, compile[float32](t, g, cpu.Options{Threads: 1}), g, call).Outputs
	for _, threads := range []int{2, 3} {
		same(t, "threads", mustRun(t, compile[float32](t, g, cpu.Options{Threads: threads}), g, call).Outputs, want)
	}
	c := imageFlow
	c.Recompute = true
	sparing, _, _ := imageStep(t, c)
	for _, threads := range []int{1, 2, 3} {
		same(t, "threads, computing once more", mustRun(t, compile[float32](t, sparing, cpu.Options{Threads: threads}), sparing, call).Outputs, want)
	}
	s := build(t, func(b *graph.Builder) { b.Output("lp", bound.LogProb(b, b.Input("x", imageDim), b.Input("c", 2))) })
	all := mustRun(t, compile[float32](t, s, cpu.Options{Threads: 2}), s, call).Outputs["lp"]
	frozen := compile[float32](t, s, cpu.Options{Frozen: true})
	for _, rows := range []int{1, 2, 5} {
		for first := 0; first+rows <= 37; first += 9 {
			some := imageCall(weights, rows)
			delete(some.Inputs, "key")
			some.Inputs["x"], some.Inputs["c"] = call.Inputs["x"][first*imageDim:][:rows*imageDim], call.Inputs["c"][first*2:][:2*rows]
			for r, lp := range mustRun(t, frozen, s, some).Outputs["lp"] {
				if lp != all[first+r] {
					t.Errorf("row %d of %d: %x, among 37 rows %x", r, rows, lp, all[first+r])
				}
			}
		}
	}
}

// A warm step of a flow of images allocates nothing.
func TestImagesAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, recompute := range []bool{false, true} {
		c := imageFlow
		c.Recompute = recompute
		g, _, weights := imageStep(t, c)
		p := compile[float32](t, g, cpu.Options{Threads: 2})
		args := imageArgs(p, g, weights, 19)
		step := func() {
			if err := p.Run(context.Background(), &args); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%g allocations, recomputing %t", n, recompute)
		}
	}
}

// The memory of a tile hardly grows with the number of steps where they are computed once more, and filters are copied for one convolution at a time, which saves three tenths of the
// shared numbers at least.
func TestRecomputingSavesMemory(t *testing.T) {
	tile := func(steps int, recompute bool) (most, arena int) {
		c := imageFlow
		c.Transforms, c.Recompute = steps, recompute
		g, _, weights := imageStep(t, c)
		p := compile[float32](t, g, cpu.Options{TileRows: 2})
		args := imageArgs(p, g, weights, 2)
		e, err := p.Explain(context.Background(), &args, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range e.Stages {
			most = max(most, s.TileBytes)
		}
		return most, e.ArenaBytes
	}
	more := func(recompute bool) (added, arena int) {
		few, fewShared := tile(1, recompute)
		many, manyShared := tile(4, recompute)
		return many - few, manyShared - fewShared
	}
	added, shared := more(true)
	plain, plainShared := more(false)
	if !(6*added < plain) {
		t.Errorf("three steps more take %d bytes of a tile, without recomputing %d", added, plain)
	}
	if !(10*shared < 7*plainShared) {
		t.Errorf("three steps more take %d shared bytes, without recomputing %d", shared, plainShared)
	}
}

// Filters that do not lie in one piece, a part of the channels of others, are brought into one wherever they are put into order then.
func TestRecomputingWithScatteredFilters(t *testing.T) {
	step := func(recompute bool) *graph.Graph {
		return build(t, func(b *graph.Builder) {
			w, x := b.Param("w", 16, 20, 3, 3), b.Input("x", 18, 4, 4)
			part := graph.Slice(w, 1, 1, 19)
			convolve := func(in []graph.Value) []graph.Value { return []graph.Value{graph.Tanh(graph.Conv(part, in[0]))} }
			y := convolve
			if recompute {
				y = func(in []graph.Value) []graph.Value { return graph.Recompute("convolution", in, convolve) }
			}
			loss := graph.MeanRows(graph.Sum(graph.Reshape(graph.Square(y([]graph.Value{x})[0]), 16*4*4), 0))
			b.Output("loss", loss)
			b.Output("gradient", graph.Gradient(loss, w)[0])
		})
	}
	call := ref.Call{Rows: 5, Inputs: map[string][]float64{"w": normals(1, 16*20*9), "x": normals(2, 5*18*16)}}
	plain, sparing := step(false), step(true)
	checkModel(t, "scattered filters", sparing, call)
	same(t, "recomputing", mustRun(t, compile[float32](t, sparing, cpu.Options{}), sparing, call).Outputs, mustRun(t, compile[float32](t, plain, cpu.Options{}), plain, call).Outputs)
}
