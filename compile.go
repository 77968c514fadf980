package diffeo

import (
	"fmt"
	"runtime"
	"sync"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/internal/memory"
	"diffeo/param"
)

// Options of Compile. The zero value is a good choice.
type Options struct {
	Threads int // workers of one call; 0: as many as Go uses processors. Results do not depend on it
}

// Compiled is a flow with its weights, ready to run in the number type T. It is immutable and safe for concurrent calls. Each kind of
// call is compiled when it is first made; after that calls allocate nothing.
//
// Matrices and slices that are results must not overlap those that are inputs. After an error results hold nothing useful.
// A context.Context that ends makes a call return its error soon.
type Compiled[T Float] struct {
	bound   *flow.Bound
	threads int
	dim     int // columns of the data
	base    int // columns of the base
	context int
	weights map[string][]T

	logProb, sample, sampleLogProb, forward, inverse *program[T]

	mu      sync.Mutex
	buffers []*buffer[T]
}

// Compile joins a flow with weights, which are copied and converted to T once. Errors: those of binding the flow; weights
// that are missing or have the wrong size (ErrShape); an event that is not a vector (ErrShape); a negative number of threads (ErrConfig).
func Compile[T Float](f Flow, params *Params, o Options) (*Compiled[T], error) {
	bound, err := f.Bind()
	if err != nil {
		return nil, err
	}
	if o.Threads < 0 {
		return nil, fmt.Errorf("%w: Threads: %d", fault.ErrConfig, o.Threads)
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	event, data := bound.Base.Event(), bound.Transform.DataShape()
	if len(event) != 1 || len(data) != 1 {
		return nil, fmt.Errorf("%w: rows are vectors, this flow goes from %v to %v", fault.ErrShape, event, data)
	}
	c := &Compiled[T]{
		bound: bound, threads: o.Threads, dim: data[0], base: event[0], context: f.Context,
		weights: make(map[string][]T, len(bound.Specs)),
	}
	sizes := make([]int, len(bound.Specs))
	for i, s := range bound.Specs {
		sizes[i] = s.Shape.Size()
	}
	weights := memory.Arrays[T](sizes...)
	read, err := param.Reading(params, bound.Specs, weights)
	if err != nil {
		return nil, err
	}
	read()
	for i, s := range bound.Specs {
		c.weights[s.Name] = weights[i]
	}
	c.logProb = c.program(c.dim, 0, func(b *graph.Builder, x, cond, _ graph.Value) (out, perRow graph.Value) {
		return graph.Value{}, bound.LogProb(b, x, cond)
	})
	c.sample = c.program(0, c.dim, func(b *graph.Builder, _, cond, key graph.Value) (out, perRow graph.Value) {
		x, _ := bound.Sample(b, key, 1, cond)
		return x, graph.Value{}
	})
	c.sampleLogProb = c.program(0, c.dim, func(b *graph.Builder, _, cond, key graph.Value) (out, perRow graph.Value) {
		return bound.Sample(b, key, 1, cond)
	})
	c.forward = c.program(c.base, c.dim, func(b *graph.Builder, u, cond, _ graph.Value) (out, perRow graph.Value) {
		return bound.Transform.Forward(b, u, cond)
	})
	c.inverse = c.program(c.dim, c.base, func(b *graph.Builder, x, cond, _ graph.Value) (out, perRow graph.Value) {
		return bound.Transform.Inverse(b, x, cond)
	})
	return c, nil
}

// Dim is the number of columns of the data.
func (c *Compiled[T]) Dim() int { return c.dim }

// Context is the number of columns of the condition, 0 where there is none.
func (c *Compiled[T]) Context() int { return c.context }
