package flowtest

import (
	"context"
	"sync"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/matrix"
	"diffeo/ref"
)

// Compiled is the compiled engine in the number type T; with float32 set Options.Float32 too. It keeps every program that it
// compiles, so make one for a test, not for a process.
func Compiled[T matrix.Float]() Engine {
	var programs sync.Map // *graph.Graph → *cpu.Program[T]
	return func(g *graph.Graph, rows int, inputs map[string][]float64) (map[string][]float64, error) {
		p, ok := programs.Load(g)
		if !ok {
			compiled, err := cpu.Compile[T](g, cpu.Options{})
			if err != nil {
				return nil, err
			}
			p, _ = programs.LoadOrStore(g, compiled)
		}
		r, err := engine.Run(context.Background(), p.(*cpu.Program[T]), g, ref.Call{Rows: rows, Inputs: inputs})
		return r.Outputs, err
	}
}
