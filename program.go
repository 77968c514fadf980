package diffeo

import (
	"context"
	"sync"

	"diffeo/cpu"
	"diffeo/graph"
)

// The names of inputs and outputs in the graphs of this package. Parameters are below "base." and "transform.".
const (
	inputRows = "rows"
	inputCond = "cond"
	inputKey  = "key"
	outRows   = "out"
	outPerRow = "scalar"
)

// body writes the graph of one kind of call: from a batch, a condition and a random key, those that there are, to a
// batch and a number per row, those that are wanted.
type body func(b *graph.Builder, in, cond, key graph.Value) (out, perRow graph.Value)

// program is one kind of call, compiled at its first use.
type program[T Float] struct {
	owner   *Compiled[T]
	in, out int // columns of the batches; 0: none
	body    body

	once     sync.Once
	err      error
	compiled *cpu.Program[T]

	mu   sync.Mutex
	free []*arguments[T]
}

func (c *Compiled[T]) program(in, out int, body body) *program[T] {
	return &program[T]{owner: c, in: in, out: out, body: body}
}

// arguments are those of a call that is under way. The places of the inputs and outputs in args are looked up once; −1 where the
// program has none.
type arguments[T Float] struct {
	args               cpu.Args[T]
	key                [2]uint32
	rows, cond, out, n int
}

// call is what a caller brings; what its kind of call has not stays zero.
type call[T Float] struct {
	rows          int
	in, cond, out Matrix[T]
	perRow        []T
	draw          Draw
}

func (p *program[T]) compile() {
	c := p.owner
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		var in, cond graph.Value
		if p.in > 0 {
			in = b.Input(inputRows, p.in)
		}
		if c.context > 0 {
			cond = b.Input(inputCond, c.context)
		}
		out, perRow := p.body(b, in, cond, b.SharedInput(inputKey, graph.Uint32, 2))
		if out.Valid() { // a constant is the same on every row
			b.Output(outRows, graph.OnRows(out, max(1, out.Type().Rows)))
		}
		if perRow.Valid() {
			b.Output(outPerRow, graph.OnRows(perRow, max(1, perRow.Type().Rows)))
		}
		return nil
	})
	if err == nil {
		p.compiled, err = cpu.Compile[T](g, cpu.Options{Threads: c.threads, Frozen: true})
	}
	p.err = err
}

// run makes one call. The sizes were checked.
func (p *program[T]) run(ctx context.Context, c *call[T]) error {
	if p.once.Do(p.compile); p.err != nil {
		return p.err
	}
	if c.rows == 0 {
		return ctx.Err()
	}
	a := p.take()
	a.args.Rows, a.args.FirstRow = c.rows, c.draw.First
	a.key = [2]uint32{uint32(c.draw.Seed), uint32(c.draw.Seed >> 32)}
	a.bind(a.args.In, a.rows, c.in)
	a.bind(a.args.In, a.cond, c.cond)
	a.bind(a.args.Out, a.out, c.out)
	if a.n >= 0 {
		a.args.Out[a.n] = cpu.Array[T]{Data: c.perRow, Stride: 1}
	}
	err := p.compiled.Run(ctx, &a.args)
	p.give(a)
	return err
}

func (a *arguments[T]) bind(arrays []cpu.Array[T], at int, m Matrix[T]) {
	if at >= 0 {
		arrays[at] = cpu.Array[T]{Data: m.Data, Stride: m.Stride}
	}
}

func (p *program[T]) take() *arguments[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		a := p.free[n-1]
		p.free = p.free[:n-1]
		return a
	}
	a := &arguments[T]{args: p.compiled.NewArgs(), rows: -1, cond: -1, out: -1, n: -1}
	for i, name := range p.compiled.Inputs() {
		switch name {
		case inputRows:
			a.rows = i
		case inputCond:
			a.cond = i
		case inputKey:
			a.args.In[i].Bits = a.key[:]
		default:
			a.args.In[i].Data = p.owner.weights[name]
		}
	}
	for i, name := range p.compiled.Outputs() {
		switch name {
		case outRows:
			a.out = i
		case outPerRow:
			a.n = i
		}
	}
	return a
}

// give keeps the arguments for the next call, without the caller's memory.
func (p *program[T]) give(a *arguments[T]) {
	a.bind(a.args.In, a.rows, Matrix[T]{})
	a.bind(a.args.In, a.cond, Matrix[T]{})
	a.bind(a.args.Out, a.out, Matrix[T]{})
	if a.n >= 0 {
		a.args.Out[a.n] = cpu.Array[T]{}
	}
	p.mu.Lock()
	p.free = append(p.free, a)
	p.mu.Unlock()
}
