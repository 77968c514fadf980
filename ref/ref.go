// Package ref interprets graphs in float64, one op after the other over whole batches: slow, short and obvious, the oracle of every
// test. It computes what package graph defines and nothing else.
package ref

import (
	"context"
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
)

// Call holds the inputs of a run. Per-row inputs are row-major, Rows × size; shared ones hold size numbers; Uint32 inputs hold whole
// numbers.
type Call struct {
	Rows     int
	FirstRow uint64 // the number of the first row, which random numbers depend on
	Inputs   map[string][]float64
	Looped   func(rounds int) // is told after each While how many steps it took for the slowest row; nil: nobody is
}

// Result holds what a run computed, in the layout of a Call: the outputs by name, and the new values of updated
// parameters and inputs by theirs.
type Result struct{ Outputs, Updates map[string][]float64 }

// Run computes a graph. The result shares no memory with the call or the graph. Errors: an input that is missing or has the wrong
// length, a negative number of rows (fault.ErrShape), a failing host call, the context's end.
func Run(ctx context.Context, g *graph.Graph, call Call) (Result, error) {
	if call.Rows < 0 {
		return Result{}, fmt.Errorf("%w: %d rows", fault.ErrShape, call.Rows)
	}
	m := &machine{ctx: ctx, call: call}
	need := map[*graph.Node]bool{}
	for _, n := range g.Needed() {
		need[n] = true
	}
	args := make([]array, len(g.Inputs))
	for i, n := range g.Inputs {
		name := string(n.Attr.(graph.Name))
		data, ok := call.Inputs[name]
		if !ok && !need[n] {
			continue
		}
		a := m.array(n.Out[0])
		if !ok || len(data) != len(a.data) {
			return Result{}, fmt.Errorf("%w: input %q is %s and needs %d numbers for %d rows, has %d",
				fault.ErrShape, name, n.Out[0], len(a.data), call.Rows, len(data))
		}
		a.data = data
		args[i] = a
	}
	env := m.run(g, args, need)
	if m.err != nil {
		return Result{}, m.err
	}
	r := Result{map[string][]float64{}, map[string][]float64{}}
	for _, o := range g.Outputs {
		r.Outputs[o.Name] = slices.Clone(env[o.Value].data)
	}
	for _, u := range g.Updates {
		r.Updates[string(u.Target.Attr.(graph.Name))] = slices.Clone(env[u.Value].data)
	}
	return r, nil
}

// array is a value of a run: lanes × size numbers; a shared value has one lane. Truth values are 0 and 1.
type array struct {
	graph.Type
	lanes int
	data  []float64
}

// lane is the elements of lane l; a shared value is the same on every lane.
func (a array) lane(l int) []float64 {
	if a.Rows == 0 {
		return a.data
	}
	n := a.Shape.Size()
	return a.data[l*n : (l+1)*n]
}

type machine struct {
	ctx  context.Context
	call Call
	err  error
}

func (m *machine) array(t graph.Type) array {
	lanes := 1
	if t.Rows > 0 {
		lanes = t.Rows * m.call.Rows
	}
	return array{t, lanes, make([]float64, lanes*t.Shape.Size())}
}

// run computes the nodes of a graph (those of need, or all) and returns every value.
func (m *machine) run(g *graph.Graph, args []array, need map[*graph.Node]bool) map[graph.Value]array {
	env := map[graph.Value]array{}
	for i, n := range g.Inputs {
		env[n.Result(0)] = args[i]
	}
	for _, n := range g.Nodes {
		if m.err == nil {
			m.err = m.ctx.Err()
		}
		if m.err != nil {
			return env
		}
		if need != nil && !need[n] || n.Op == graph.OpInput || n.Op == graph.OpParam || n.Op == graph.OpArg {
			continue
		}
		in := make([]array, len(n.In))
		for i, v := range n.In {
			in[i] = env[v]
		}
		for i, a := range m.node(n, in) {
			env[n.Result(i)] = a
		}
	}
	return env
}

// body runs a region with the given arguments and returns its results.
func (m *machine) body(g *graph.Graph, args []array) []array {
	env := m.run(g, args, nil)
	out := make([]array, len(g.Outputs))
	for i, o := range g.Outputs {
		out[i] = env[o.Value]
	}
	return out
}

// node computes one op.
func (m *machine) node(n *graph.Node, in []array) []array {
	switch n.Op {
	case graph.OpIf, graph.OpRepeat, graph.OpWhile, graph.OpCustom, graph.OpComposite:
		return m.region(n, in)
	case graph.OpHost:
		return m.host(n, in)
	}
	out := m.array(n.Out[0])
	switch n.Op {
	case graph.OpConst:
		out.data = n.Attr.(graph.Constant).Data
	case graph.OpRowCount:
		out.data[0] = float64(m.call.Rows)
	case graph.OpSumRows, graph.OpMatMulRows, graph.OpSpreadRows, graph.OpGroupSum, graph.OpGroupMax:
		acrossRows(n, in, out)
	case graph.OpRandom:
		m.random(n.Attr.(graph.Draw), in[0], out)
	default:
		for l := range out.lanes {
			row := make([][]float64, len(in))
			for i, a := range in {
				row[i] = a.lane(l)
			}
			oneRow(n, row, out.lane(l))
		}
	}
	return []array{out}
}

func (m *machine) host(n *graph.Node, in []array) []array {
	name, f := graph.HostFunction(n)
	ins, outs := make([][]float64, len(in)), make([][]float64, len(n.Out))
	for i, a := range in {
		ins[i] = a.data
	}
	out := make([]array, len(n.Out))
	for i, t := range n.Out {
		out[i] = m.array(t)
		outs[i] = out[i].data
	}
	m.err = hostCall(name, func() error { return f(m.ctx, in[0].lanes, ins, outs) })
	for k, a := range out {
		for i, x := range a.data {
			if m.err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
				m.err = fmt.Errorf("%w: %s returned %g as result %d at row %d", fault.ErrNonFinite, name, x, k, i/a.Shape.Size())
			}
		}
	}
	return out
}

// hostCall turns a panic of a host function into an error.
func hostCall(name string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v", name, r)
		}
	}()
	return f()
}
