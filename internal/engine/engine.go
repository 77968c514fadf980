// Package engine lets tests run a graph on any engine by one call: named inputs in, named results out, in float64.
package engine

import (
	"context"
	"fmt"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/ref"
)

// Engine runs a graph. Layouts are those of ref.Call.
type Engine func(ctx context.Context, g *graph.Graph, call ref.Call) (ref.Result, error)

// Ref is the reference interpreter.
var Ref Engine = ref.Run

// CPU is the compiled engine in the number type T.
func CPU[T matrix.Float](o cpu.Options) Engine {
	return func(ctx context.Context, g *graph.Graph, call ref.Call) (ref.Result, error) {
		p, err := cpu.Compile[T](g, o)
		if err != nil {
			return ref.Result{}, err
		}
		return Run(ctx, p, g, call)
	}
}

// Run runs a compiled program.
func Run[T matrix.Float](ctx context.Context, p *cpu.Program[T], g *graph.Graph, call ref.Call) (ref.Result, error) {
	args := p.NewArgs()
	args.Rows, args.FirstRow = call.Rows, call.FirstRow
	for i, n := range g.Inputs {
		t := n.Out[0]
		data, ok := call.Inputs[string(n.Attr.(graph.Name))]
		size := t.Shape.Size()
		if t.Rows > 0 {
			size *= t.Rows * call.Rows
		}
		if ok && len(data) != size {
			return ref.Result{}, fmt.Errorf("engine: input %v has %d numbers, needs %d", n.Attr, len(data), size)
		}
		args.In[i].Data = make([]T, size)
		for k, x := range data {
			args.In[i].Data[k] = T(x)
		}
		if t.DType == graph.Uint32 {
			args.In[i].Bits = make([]uint32, size)
			for k, x := range data {
				args.In[i].Bits[k] = uint32(x)
			}
		}
	}
	for i, o := range g.Outputs {
		t := o.Value.Type()
		size := t.Shape.Size()
		if t.Rows > 0 {
			size *= t.Rows * call.Rows
		}
		args.Out[i].Data = make([]T, size)
	}
	if err := p.Run(ctx, &args); err != nil {
		return ref.Result{}, err
	}
	r := ref.Result{Outputs: map[string][]float64{}, Updates: map[string][]float64{}}
	for i, o := range g.Outputs {
		r.Outputs[o.Name] = wide(args.Out[i].Data)
	}
	for _, u := range g.Updates {
		for i, n := range g.Inputs {
			if n == u.Target {
				r.Updates[string(n.Attr.(graph.Name))] = wide(args.In[i].Data)
			}
		}
	}
	return r, nil
}

func wide[T matrix.Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
