package cpu_test

import (
	"context"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/ref"
)

// An image that only convolutions of one window and the gradient of its ReLU read is computed in its frame, and no other; all agree with the interpreter.
func TestImagesInTheirFrames(t *testing.T) {
	const channels, height, width = 33, 3, 4
	for _, c := range []struct {
		name   string
		read   func(b *graph.Builder, y graph.Value) graph.Value
		frames map[string]int // of the result, without gradients
	}{
		{"one convolution", func(b *graph.Builder, y graph.Value) graph.Value {
			return graph.Conv(b.Param("v", 2, channels, 3, 3), y)
		}, map[string]int{"edges of frames": 1}},
		{"two of one window", func(b *graph.Builder, y graph.Value) graph.Value {
			return graph.Mul(graph.Conv(b.Param("v", 2, channels, 3, 3), y), graph.Conv(b.Param("v2", 2, channels, 3, 3), y))
		}, map[string]int{"edges of frames": 1}},
		{"two windows", func(b *graph.Builder, y graph.Value) graph.Value {
			return graph.Mul(graph.Conv(b.Param("v", 2, channels, 3, 3), y), graph.Conv(b.Param("v2", 2, channels, 1, 5), y))
		}, map[string]int{"image into its frame": 2}},
		{"somebody else", func(b *graph.Builder, y graph.Value) graph.Value {
			return graph.Mul(graph.Conv(b.Param("v", channels, channels, 3, 3), y), y)
		}, map[string]int{"image into its frame": 1}},
	} {
		params := map[string]int{"w": channels * 5, "v": channels * 2 * 9, "v2": channels * 2 * 9}
		switch c.name {
		case "somebody else":
			params["v"] = channels * channels * 9
		case "two windows":
			params["v2"] = channels * 2 * 5
		}
		for _, gradients := range []bool{false, true} {
			call := ref.Call{Rows: 7, Inputs: map[string][]float64{"x": normals(1, 7*5*height*width)}}
			g := build(t, func(b *graph.Builder) {
				w := b.Param("w", channels, 5, 1, 1) // no frame for its own input
				y := graph.ReLU(graph.Conv(w, b.Input("x", 5, height, width)))
				sum := graph.SumRows(graph.Square(c.read(b, y)))
				b.Output("sum", sum)
				if gradients {
					b.Output("gradient", graph.Gradient(graph.Sum(sum, 0, 1, 2), w)[0])
				}
			})
			for k, n := range g.Inputs {
				if name := string(n.Attr.(graph.Name)); name != "x" {
					call.Inputs[name] = normals(uint64(k+2), params[name])
				}
			}
			checkModel(t, c.name, g, call)
			if gradients {
				continue
			}
			for what, n := range map[string]int{"edges of frames": c.frames["edges of frames"], "image into its frame": c.frames["image into its frame"]} {
				if got := counted(t, g, call, what); got != n {
					t.Errorf("%s: %d times %q, want %d", c.name, got, what, n)
				}
			}
		}
	}
}

// counted is how many instructions of a kind the plan has.
func counted(t *testing.T, g *graph.Graph, call ref.Call, what string) (n int) {
	t.Helper()
	p := compile[float32](t, g, cpu.Options{})
	args := p.NewArgs()
	args.Rows = call.Rows
	for i, name := range p.Inputs() {
		for _, v := range call.Inputs[name] {
			args.In[i].Data = append(args.In[i].Data, float32(v))
		}
	}
	for i, o := range g.Outputs {
		args.Out[i].Data = make([]float32, o.Value.Shape().Size())
	}
	e, err := p.Explain(context.Background(), &args, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range e.Stages {
		for _, o := range s.Ops {
			if o.Kind == what {
				n += o.Count
			}
		}
	}
	return n
}
