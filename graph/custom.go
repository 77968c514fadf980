package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Ops whose derivative or whose computation is given by a function.
const (
	OpStopGradient Op = "stopgradient" // identity with derivative 0
	OpCustom       Op = "custom"       // Attr customDerivative; Body[0] computes the results
	OpComposite    Op = "composite"    // Attr Composed; Body[0] is the decomposition
	OpHost         Op = "host"         // Attr HostFunc
)

// StopGradient is x with derivative 0.
func StopGradient(x Value) Value {
	x.present()
	if x.node.Op == OpConst || x.node.Op == OpStopGradient {
		return x
	}
	return builderOf(x).node(OpStopGradient, nil, []Value{x}, x.Type()).Result(0)
}

// CustomCall is what a custom derivative sees: the inputs, the outer values that the forward code captured (parameters among
// them), the results, and the gradient of each result. Inputs and captured values come under names of their own, on which
// the results do not depend: VJP with respect to them is the partial derivative, with the results held fixed.
type CustomCall struct {
	In, Captured, Out, Grad []Value
	NeedIn, NeedCaptured    []bool // which gradients will be used; the others may be left out
}

// Needed lists the inputs, from the given one on, and the captured values whose gradients will be used, and where in the results of a
// Derivative these go.
func (c CustomCall) Needed(from int, in, captured []Value) (wrt []Value, to []*Value) {
	for i := from; i < len(c.In); i++ {
		if c.NeedIn[i] {
			wrt, to = append(wrt, c.In[i]), append(to, &in[i])
		}
	}
	for i, v := range c.Captured {
		if c.NeedCaptured[i] {
			wrt, to = append(wrt, v), append(to, &captured[i])
		}
	}
	return wrt, to
}

// Derivative writes the gradients of a CustomCall's inputs and captured values. An invalid Value stands for zero. It is graph code
// and is differentiated again where that is asked for.
type Derivative func(c CustomCall) (in, captured []Value)

type customDerivative struct {
	name     string
	inputs   int
	captured []Value         // as the forward code knew them
	subst    map[Value]Value // what stood for what when it ran
	d        Derivative
}

func (c customDerivative) String() string { return c.name }

// Custom is forward(in) with the derivative d in place of that of forward's ops: for a solver by the implicit function
// theorem, for an ordinary differential equation by its adjoint. Code that forward calls may be called by d again:
// the outer values that forward captured then stand for those of the CustomCall.
func Custom(name string, in []Value, forward func(in []Value) []Value, d Derivative) []Value {
	b := builderOf(in...)
	if d == nil {
		Fail(OpCustom, "%s has no derivative: Composite differentiates its own ops", name)
	}
	args := make([]Type, len(in))
	for i, v := range in {
		args[i] = v.Type()
	}
	g, captured := b.region(args, forward)
	known := make([]Value, len(captured))
	for v, arg := range g.imports {
		if arg.node.Op == OpArg {
			known[slices.Index(g.Inputs, arg.node)-len(in)] = v
		}
	}
	ins := append(append([]Value(nil), in...), captured...)
	return results(b.fresh(OpCustom, customDerivative{name, len(in), known, b.subst, d}, ins, []*Graph{g}, g.outTypes()...))
}

// Composed is the attribute of OpComposite: a named op that an engine may have a kernel for. Config tells variants apart.
type Composed struct {
	Name   string
	Config Attr // nil if there is but one variant
	d      Derivative
}

func (c Composed) String() string {
	if c.Config == nil {
		return c.Name
	}
	return c.Name + " " + c.Config.String()
}

// Composite is decompose(in), kept together under a name so that an engine can run a kernel of its own for it. The
// decomposition is the op's definition; it captures nothing but constants. d may give the derivative
// as graph code (often another composite); nil differentiates the decomposition.
func Composite(name string, config Attr, in []Value, decompose func(in []Value) []Value, d Derivative) []Value {
	b := builderOf(in...)
	return b.composite(Composed{name, config, d}, in, b.body(name, in, decompose))
}

func (b *Builder) composite(c Composed, in []Value, body *Graph) []Value {
	return results(b.fresh(OpComposite, c, in, []*Graph{body}, body.outTypes()...))
}

// body is the decomposition of a composite.
func (b *Builder) body(name string, in []Value, decompose func(in []Value) []Value) *Graph {
	args := make([]Type, len(in))
	for i, v := range in {
		args[i] = v.Type()
	}
	g, captured := b.region(args, decompose)
	if len(captured) > 0 {
		Fail(OpComposite, "%s uses a value from outside, made at %s: make it an input", name, captured[0].node.Site())
	}
	return g
}

// composite is Composite for a decomposition that is a function of the configuration and of the inputs' types: equal ones in
// one graph share the body. A training step has an optimizer update for every parameter and a spline for every map.
func composite(name string, config Attr, in []Value, decompose func(in []Value) []Value, d Derivative) []Value {
	b, c := builderOf(in...), Composed{name, config, d}
	var key strings.Builder
	key.WriteString(c.String())
	for _, v := range in {
		key.WriteByte(' ')
		key.WriteString(v.Type().String())
	}
	body := b.top.bodies[key.String()]
	if body == nil {
		body = b.body(name, in, decompose)
		if b.top.bodies == nil {
			b.top.bodies = map[string]*Graph{}
		}
		b.top.bodies[key.String()] = body
	}
	return b.composite(c, in, body)
}

// HostFunc is Go code inside a graph. It reads row-major batches, in[k] of rows × the size of input k, and fills out
// likewise. It runs on the caller's goroutine, once for the whole batch or for a part of it; an error or a
// non-finite result ends the run with an error, and so does a panic.
type HostFunc func(ctx context.Context, rows int, in, out [][]float64) error

type hostCall struct {
	Name string
	F    HostFunc
}

func (h hostCall) String() string { return h.Name }

// HostFunction returns the Go function of an OpHost node.
func HostFunction(n *Node) (string, HostFunc) { h := n.Attr.(hostCall); return h.Name, h.F }

// Host calls a Go function on per-row values; out lists the shapes of its per-row results. It has no derivative: see HostLogDensity.
func Host(name string, f HostFunc, in []Value, out ...Shape) []Value {
	b := builderOf(in...)
	rows := joinRows(OpHost, in...)
	if rows == 0 {
		Fail(OpHost, "%s has no per-row input", name)
	}
	types := make([]Type, len(out))
	for i, s := range out {
		types[i] = Type{Float, axes(OpHost, s), rows}
	}
	ins := make([]Value, len(in))
	for i, v := range in {
		ins[i] = OnRows(v, rows)
	}
	return results(b.fresh(OpHost, hostCall{name, f}, ins, nil, types...))
}

// HostLogDensity is a log-density in Go: f returns at a point x its value and writes its gradient. The result [] per row
// can be differentiated once with respect to x.
func HostLogDensity(name string, x Value, f func(x, gradient []float64) (float64, error)) Value {
	d := x.Shape().Size()
	batch := func(ctx context.Context, rows int, in, out [][]float64) error {
		for r := range rows {
			v, err := f(in[0][r*d:(r+1)*d], out[1][r*d:(r+1)*d])
			if err != nil {
				return fmt.Errorf("%s at row %d: %w", name, r, err)
			}
			out[0][r] = v
		}
		return ctx.Err()
	}
	forward := func(in []Value) []Value { return Host(name, batch, in, Shape{}, x.Shape()) }
	derivative := func(c CustomCall) (in, captured []Value) {
		return []Value{Mul(expand(c.Grad[0], c.In[0].Shape()), StopHost(name, c.Out[1]))}, nil
	}
	return Custom(name, []Value{x}, forward, derivative)[0]
}

// StopHost marks the gradient that a host call returned: differentiating it again is an error, because the host gave no second
// derivative, and silence would give a wrong one.
func StopHost(name string, x Value) Value {
	forward := func(in []Value) []Value { return in }
	return Custom("gradient of "+name, []Value{x}, forward, func(CustomCall) (in, captured []Value) {
		Fail(OpHost, "%s is Go code and has a first derivative only", name)
		return nil, nil
	})[0]
}

// expand puts axes of length 1 behind x and repeats it to the shape.
func expand(x Value, shape Shape) Value {
	s := append(Shape(nil), x.Shape()...)
	for len(s) < len(shape) {
		s = append(s, 1)
	}
	return Broadcast(Reshape(x, s...), shape...)
}
