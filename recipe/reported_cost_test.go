package recipe_test

import (
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/recipe"
)

// cost is the arithmetic of the matrix products of a program for a batch, and the memory of what it holds at once.
type cost struct {
	flop         float64
	tile, spills int // bytes
}

// costOf compiles what build writes for a flow of maf and counts.
func costOf(t *testing.T, c recipe.Config, way string, rows int) cost {
	t.Helper()
	f, err := recipe.MAF(c)
	if err != nil {
		t.Fatal(err)
	}
	b, weights := bind(t, f, 0.1)
	g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
		x := g.Input("x", c.Dim)
		switch way {
		case "score":
			g.Output("l", b.LogProb(g, x, graph.Value{}))
		case "draw":
			y, l := b.Transform.Forward(g, x, graph.Value{})
			g.Output("y", y)
			g.Output("l", l)
		case "train":
			l := graph.SumRows(b.LogProb(g, x, graph.Value{}))
			for _, s := range b.Specs {
				g.Output(s.Name, graph.Gradient(l, g.Param(s.Name, s.Shape...))[0])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := cpu.Compile[float32](g, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := p.NewArgs()
	a.Rows = rows
	weights["x"] = normals(rows, c.Dim)
	for i, name := range p.Inputs() {
		for _, x := range weights[name] {
			a.In[i].Data = append(a.In[i].Data, float32(x))
		}
	}
	for i, o := range g.Outputs {
		n := o.Value.Type().Shape.Size()
		if o.Value.PerRow() {
			n *= rows
		}
		a.Out[i].Data = make([]float32, n)
	}
	e, err := p.Explain(t.Context(), &a, 1)
	if err != nil {
		t.Fatal(err)
	}
	out := cost{spills: e.SpillBytes}
	for _, s := range e.Stages {
		out.tile = max(out.tile, s.TileBytes)
		for _, op := range s.Ops {
			out.flop += op.GFLOP * 1e9
		}
	}
	return out
}

// Drawing from an autoregressive flow of 16 columns multiplies as much as scoring does, and not 16 times.
func drawsCostAsScores(t *testing.T) {
	c := recipe.Config{Dim: 16, Transforms: 3, Hidden: []int{64, 64}}
	score, draw := costOf(t, c, "score", 256), costOf(t, c, "draw", 256)
	if !(score.flop > 1e6) || draw.flop > 1.1*score.flop {
		t.Errorf("a draw multiplies %g times as much as a score: %g and %g", draw.flop/score.flop, draw.flop, score.flop)
	}
}

// Scoring and drawing hold no more with ten times the depth; training holds the activations of a tile of rows, however large the batch.
func memoryAndDepth(t *testing.T) {
	c := recipe.Config{Dim: 8, Transforms: 3, Hidden: []int{32}}
	deep := c
	deep.Transforms = 30
	for _, way := range []string{"score", "draw"} {
		few, many := costOf(t, c, way, 300), costOf(t, deep, way, 300)
		if few.tile == 0 || float64(many.tile) > 1.2*float64(few.tile) || many.spills != 0 {
			t.Errorf("%s: %d bytes with 3 transforms, %d and %d spilled with 30", way, few.tile, many.tile, many.spills)
		}
	}
	small, large := costOf(t, deep, "train", 300), costOf(t, deep, "train", 6000)
	if small.tile == 0 || large.tile > small.tile || large.spills != 0 {
		t.Errorf("a training step holds %d bytes for 300 rows, %d and %d spilled for 6000", small.tile, large.tile, large.spills)
	}
}
