// Package optest is the table of ops that the tests of package graph and of every engine share: each row a small graph with
// its operands. Tests of graph check its derivatives on the reference interpreter; an engine runs the same graphs and must agree with it.
package optest

import (
	"fmt"

	"diffeo/graph"
)

// Case is one row of the table.
type Case struct {
	Name  string
	In    []Operand
	Build func(b *graph.Builder, in []graph.Value) []graph.Value

	// Order is how many times the outputs can be differentiated with respect to the float operands: 0, 1 or 2 (as often as
	// one likes). Why says what is in the way of more.
	Order int
	Why   string

	// Flat says that all first derivatives (1) or all second ones (2) are 0 by definition, so that a test need not insist on others.
	Flat int

	// Slack widens the tolerances by this factor where it is not 0; SlackWhy says why.
	Slack    float64
	SlackWhy string

	// Float64Only: the operands hold numbers that are 0 or infinite in float32.
	Float64Only bool
}

// Operand is one input of a case. The zero Operand is a per-row float [] between −2 and 2.
type Operand struct {
	Shape  graph.Shape
	Shared bool        // a parameter, or a shared input where DType is not Float or AsInput is set
	Groups int         // lanes per row; 0 is 1. Lanes differ: a random offset is added to the row's numbers
	DType  graph.DType // a per-row Bool is computed from a per-row float input; there are no per-row Uint32s

	AsInput bool // a shared float is an input and no parameter

	Low, High float64   // the interval that numbers lie in; both 0: −2 … 2
	Avoid     []float64 // kinks and poles, from which numbers keep a distance
	Step      float64   // where not 0: numbers are Step·(k+Phase) for whole k, so that operands of different Phase differ
	Phase     float64
	Distinct  bool      // the elements of a lane differ from one another by at least (High−Low)/(2·size)
	Values    []float64 // where set: element i of lane l is Values[(i+l) mod len], and nothing above but the shape matters
}

// Spread of the lanes of a group about their row's number, as a part of the interval.
const jitter = 0.25

func (o Operand) interval() (low, high float64) {
	if o.Low == 0 && o.High == 0 {
		return -2, 2
	}
	return o.Low, o.High
}

// InName is the name of the graph input that holds operand i.
func InName(i int) string { return fmt.Sprintf("x%d", i) }

// KeyName is the name of the random key that groups of lanes are made with.
const KeyName = "lanes.key"

// value writes an operand's source: leaf is the input or parameter, v what the case's code gets.
func (o Operand) value(b *graph.Builder, name string) (leaf, v graph.Value) {
	switch {
	case o.Shared && (o.DType != graph.Float || o.AsInput):
		leaf = b.SharedInput(name, o.DType, o.Shape...)
		return leaf, leaf
	case o.Shared:
		leaf = b.Param(name, o.Shape...)
		return leaf, leaf
	}
	leaf = b.Input(name, o.Shape...)
	v = leaf
	if o.Groups > 1 {
		low, high := o.interval()
		key := b.SharedInput(KeyName, graph.Uint32, 2)
		u := graph.Random(key, graph.Uniform01, name, o.Groups, o.Shape...)
		v = graph.Add(graph.SpreadRows(v, o.Groups), graph.Scale(graph.Offset(u, -0.5), jitter*(high-low)))
	}
	if o.DType == graph.Bool {
		v = graph.Greater(v, b.Scalar(0))
	}
	return leaf, v
}

// Graph builds the case. Outputs "y0", "y1", … are its results. With order 1 there are also "loss", a random projection of all
// results to one number, and "dx0", … its gradients with respect to the float operands; with order 2 also "loss2", a projection of those
// gradients, and "ddx0", … its gradients. Order must not exceed that of the case.
func (c Case) Graph(order int) (*graph.Graph, error) {
	if order > c.Order {
		return nil, fmt.Errorf("%s can be differentiated %d times (%s), not %d", c.Name, c.Order, c.Why, order)
	}
	return c.ForceGraph(order)
}

// ForceGraph is Graph for any order, also where the case says that it must fail.
func (c Case) ForceGraph(order int) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(b *graph.Builder) error {
		ins := make([]graph.Value, len(c.In))
		var leaves []graph.Value // the differentiable ones
		var names []string
		for i, o := range c.In {
			leaf, v := o.value(b, InName(i))
			ins[i] = v
			if o.DType == graph.Float {
				leaves, names = append(leaves, leaf), append(names, InName(i))
			}
		}
		ys := c.Build(b, ins)
		for i, y := range ys {
			b.Output(fmt.Sprintf("y%d", i), y)
		}
		prefix := ""
		for k := 1; k <= order; k++ {
			loss := project(b, fmt.Sprintf("w%d.", k), ys)
			b.Output([]string{"", "loss", "loss2"}[k], loss)
			prefix += "d"
			ys = graph.Gradient(loss, leaves...)
			for i, y := range ys {
				b.Output(prefix+names[i], y)
			}
		}
		return nil
	})
}

// project is Σ w·y over the elements of all float values and over all rows, with inputs w of the values' own types.
func project(b *graph.Builder, prefix string, ys []graph.Value) graph.Value {
	loss := b.Scalar(0)
	for i, y := range ys {
		t := y.Type()
		if t.DType != graph.Float {
			continue
		}
		_, w := Operand{Shape: t.Shape, Shared: t.Rows == 0, Groups: t.Rows}.value(b, fmt.Sprint(prefix, i))
		p := graph.Sum(graph.Mul(w, y))
		if t.Rows > 0 {
			p = graph.SumRows(p)
		}
		loss = graph.Add(loss, p)
	}
	return loss
}
