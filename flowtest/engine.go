package flowtest

import (
	"context"

	"diffeo/graph"
	"diffeo/ref"
)

// Engine runs a graph. inputs holds the values of its inputs and parameters by name, row-major; so are the named outputs.
type Engine func(g *graph.Graph, rows int, inputs map[string][]float64) (map[string][]float64, error)

// Reference is the float64 interpreter.
func Reference(g *graph.Graph, rows int, inputs map[string][]float64) (map[string][]float64, error) {
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: inputs})
	return r.Outputs, err
}
