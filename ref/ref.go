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
	m := &machine{ctx: ctx, call: call, plans: map[*graph.Graph][]step{}}
	need := map[*graph.Node]bool{}
	for _, s := range m.plan(g) {
		need[s.node] = true
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
	env := m.run(g, args)
	if m.err != nil {
		return Result{}, m.err
	}
	r := Result{map[string][]float64{}, map[string][]float64{}}
	for _, o := range g.Outputs {
		r.Outputs[o.Name] = slices.Clone(env.of(o.Value).data)
	}
	for _, u := range g.Updates {
		r.Updates[string(u.Target.Attr.(graph.Name))] = slices.Clone(env.of(u.Value).data)
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
	ctx   context.Context
	call  Call
	err   error
	plans map[*graph.Graph][]step
}

// step is one node of a graph to be computed.
type step struct {
	node *graph.Node
	row  rowOp // if it knows nothing of other rows
}

// plan lists the nodes that a graph's results need, in order. It is made once in a run: bodies of loops are computed often.
func (m *machine) plan(g *graph.Graph) []step {
	if p, ok := m.plans[g]; ok {
		return p
	}
	var p []step
	for _, n := range g.Needed() {
		p = append(p, step{n, rowOpOf(n)})
	}
	m.plans[g] = p
	return p
}

// values are the results of each node of a graph.
type values [][]array

func (vs values) of(v graph.Value) array { return vs[v.Node().ID][v.Index()] }

func (m *machine) array(t graph.Type) array {
	lanes := 1
	if t.Rows > 0 {
		lanes = t.Rows * m.call.Rows
	}
	return array{t, lanes, make([]float64, lanes*t.Shape.Size())}
}

// run computes the nodes of a graph that its results need.
func (m *machine) run(g *graph.Graph, args []array) values {
	env := make(values, len(g.Nodes))
	for i, n := range g.Inputs {
		env[n.ID] = args[i : i+1]
	}
	for _, s := range m.plan(g) {
		if m.err == nil {
			m.err = m.ctx.Err()
		}
		n := s.node
		switch n.Op {
		case graph.OpInput, graph.OpParam, graph.OpArg:
			continue
		}
		if m.err != nil { // the results have no meaning, but shapes
			for _, t := range n.Out {
				env[n.ID] = append(env[n.ID], m.array(t))
			}
			continue
		}
		in := make([]array, len(n.In))
		for i, v := range n.In {
			in[i] = env.of(v)
		}
		env[n.ID] = m.node(s, in)
	}
	return env
}

// body runs a region with the given arguments and returns its results.
func (m *machine) body(g *graph.Graph, args []array) []array {
	env := m.run(g, args)
	out := make([]array, len(g.Outputs))
	for i, o := range g.Outputs {
		out[i] = env.of(o.Value)
	}
	return out
}

// node computes one op.
func (m *machine) node(s step, in []array) []array {
	n := s.node
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
	case graph.OpSumRows, graph.OpMatMulRows, graph.OpConvRows, graph.OpSpreadRows, graph.OpGroupSum, graph.OpGroupMax:
		acrossRows(n, in, out)
	case graph.OpRandom:
		m.random(n.Attr.(graph.Draw), in[0], out)
	default:
		row := make([][]float64, len(in))
		for l := range out.lanes {
			for i, a := range in {
				row[i] = a.lane(l)
			}
			s.row(row, out.lane(l))
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
