// Package sketch holds graphs of the kinds of flow that are hard on the design: batch statistics, images, solvers inside a graph,
// random numbers of terms, code of the host, groups of rows, a matrix for each row. They are unpolished: bijections proper live in
// package bijection. Their tests check the mathematics on the reference interpreter, and every engine runs them
// and must agree with it.
package sketch

import (
	"hash/fnv"
	"math/rand/v2"

	"diffeo/graph"
)

// Sketch is one graph with what it takes to run it.
type Sketch struct {
	Name string
	Uses string // what it asks of the graph and of engines
	Mode graph.Mode
	Rows int // enough for its checks; any number of rows from 1 on works

	// Build writes the graph. An output "loss" is one number for all rows, and outputs "grad NAME" are its derivatives with respect to
	// the inputs and parameters NAME.
	Build func(b *graph.Builder) error

	Given map[string][]float64 // shared inputs that cannot be any numbers
}

// All lists the sketches.
func All() []Sketch {
	key := []float64{20260, 7}
	running := map[string][]float64{}
	for _, name := range []string{"first", "second"} {
		running[name+".variance"] = []float64{0.5, 1, 2, 1.5}
	}
	glow := map[string][]float64{"mix.scale": {1.2, -0.7, 0.9, 1.1, -1.3, 0.8, 0.6, 1.5}}
	return []Sketch{
		{
			Name: "batch norm, training", Uses: "SumRows that feeds rows again, twice; updates",
			Mode: graph.Train, Rows: 7, Build: batchNorm, Given: running,
		},
		{
			Name: "batch norm, evaluating", Uses: "parameters alone",
			Mode: graph.Evaluate, Rows: 7, Build: batchNorm, Given: running,
		},
		{
			Name: "Glow step", Uses: "rank 5 transposes, slices, pads, shared triangular products, images",
			Mode: graph.Train, Rows: 2, Build: glowStep, Given: glow,
		},
		{
			Name: "continuous flow", Uses: "Custom around While, rows that stop one by one, a VJP inside both, second derivatives",
			Mode: graph.Train, Rows: 3, Build: continuous(exactTrace, false),
			Given: map[string][]float64{"tolerance": {1e-4}},
		},
		{
			Name: "continuous flow, Hutchinson", Uses: "as the continuous flow; captured random numbers; a While that goes on while any row does, with sums over rows inside",
			Mode: graph.Train, Rows: 3, Build: continuous(hutchinson(drawnSigns), true),
			Given: map[string][]float64{"tolerance": {1e-4}, "key": key},
		},
		{
			Name: "Newton inverse", Uses: "While inside Custom, implicit derivative, differentiated twice",
			Mode: graph.Train, Rows: 5, Build: newtonInverse,
		},
		{
			Name: "residual block", Uses: "Repeat with a trip count known at run time and a VJP inside, differentiated; While; updates",
			Mode: graph.Train, Rows: 3, Build: residualBlock(drawnSigns),
			Given: map[string][]float64{"terms": {4}, "key": key},
		},
		{
			Name: "reverse KL", Uses: "random rows without any per-row input, a host call inside the training graph",
			Mode: graph.Train, Rows: 6, Build: reverseKL(Banana), Given: map[string][]float64{"key": key},
		},
		{
			Name: "importance-weighted bound", Uses: "groups of rows: SpreadRows, GroupSum, GroupMax, random numbers for each lane",
			Mode: graph.Train, Rows: 4, Build: weightedBound(5), Given: map[string][]float64{"key": key},
		},
		{
			Name: "conditional Sylvester", Uses: "matrix products with a matrix in every row, While over a stack of them",
			Mode: graph.Train, Rows: 3, Build: sylvester,
		},
	}
}

// Graph builds the sketch.
func (s Sketch) Graph() (*graph.Graph, error) { return graph.Build(s.Mode, s.Build) }

// Inputs makes input data for the graph: the numbers of Given, small normal numbers for other parameters, standard normal ones
// for rows. The first rows do not depend on how many there are.
func (s Sketch) Inputs(g *graph.Graph, rows int) map[string][]float64 {
	data := map[string][]float64{}
	for _, n := range g.Inputs {
		name, t := string(n.Attr.(graph.Name)), n.Out[0]
		if given, ok := s.Given[name]; ok {
			data[name] = given
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(name))
		r := rand.New(rand.NewPCG(h.Sum64(), 1))
		count, scale := t.Shape.Size(), 0.4
		if t.PerRow() {
			count, scale = count*rows*t.Rows, 1
		}
		x := make([]float64, count)
		for i := range x {
			x[i] = scale * r.NormFloat64()
		}
		data[name] = x
	}
	return data
}

// minimize names the loss and its gradients with respect to inputs and parameters.
func minimize(b *graph.Builder, loss graph.Value, wrt ...graph.Value) {
	b.Output("loss", loss)
	for i, g := range graph.Gradient(loss, wrt...) {
		b.Output("grad "+string(wrt[i].Node().Attr.(graph.Name)), g)
	}
}
