package vae

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"diffeo"
	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
)

// Compiled is an autoencoder with its weights, ready to run in the number type T. It is immutable and safe for concurrent calls; each kind of call is compiled when it is
// first made. Random numbers of a row are functions of diffeo.Draw's seed and the row's number alone.
type Compiled[T matrix.Float] struct {
	joint   *joint
	weights map[string][]T
	threads int

	mu       sync.Mutex
	programs map[kind]*cpu.Program[T]
}

// kind is a kind of call, with so many draws a row.
type kind struct {
	name  string
	draws int
}

// The names of inputs and of the output.
const (
	inputRows = "rows"
	inputKey  = "key"
	output    = "out"
)

// Compile joins an autoencoder with weights, which are copied. Errors: those of Bind; weights that are missing or have the wrong size (fault.ErrShape); a negative number of threads
// (fault.ErrConfig).
func Compile[T matrix.Float](a Autoencoder, params *param.Set, o diffeo.Options) (*Compiled[T], error) {
	m, specs, err := a.bind()
	if err != nil {
		return nil, err
	}
	if o.Threads < 0 {
		return nil, fmt.Errorf("%w: Threads: %d", fault.ErrConfig, o.Threads)
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	c := &Compiled[T]{joint: m, weights: map[string][]T{}, threads: o.Threads, programs: map[kind]*cpu.Program[T]{}}
	for _, s := range specs {
		values := params.Data(s.Name)
		if len(values) != s.Shape.Size() {
			return nil, fmt.Errorf("%w: parameter %q needs %d values, %d are given: are these weights of another autoencoder?", fault.ErrShape, s.Name, s.Shape.Size(), len(values))
		}
		w := make([]T, len(values))
		for i, x := range values {
			w[i] = T(x)
		}
		c.weights[s.Name] = w
	}
	return c, nil
}

// Dim is the number of columns of the data.
func (c *Compiled[T]) Dim() int { return c.joint.Event().Size() }

// Latent is the number of columns of z.
func (c *Compiled[T]) Latent() int { return c.joint.posterior.Transform.DataShape().Size() }

// Encode fills z [rows, Latent] with a draw of the posterior for each row of x [rows, Dim].
func (c *Compiled[T]) Encode(ctx context.Context, d diffeo.Draw, x, z matrix.Matrix[T]) error {
	return c.run(ctx, kind{"encode", 1}, d, c.Dim(), x, z, c.Latent(), func(b *graph.Builder, x, key graph.Value) graph.Value {
		z, _ := c.joint.posterior.Sample(b, key, 1, c.joint.encoder.Apply(b, graph.Value{}, x))
		return z
	})
}

// Decode fills x [rows, Dim] with the centre of p(x|z) for each row of z [rows, Latent]: the probabilities of a Bernoulli decoder, the means of a Gaussian one; of a flow,
// what it makes of the centre of its base. A base without a centre (see dist.Tempered) is fault.ErrConfig.
func (c *Compiled[T]) Decode(ctx context.Context, z, x matrix.Matrix[T]) error {
	centre, err := c.joint.centre()
	if err != nil {
		return err
	}
	return c.run(ctx, kind{"decode", 1}, diffeo.Draw{}, c.Latent(), z, x, c.Dim(), func(b *graph.Builder, z, key graph.Value) graph.Value {
		x, _ := c.joint.decoder.Transform.Forward(b, centre(b, z, key), z)
		return x
	})
}

// nearly0 is a temperature at which a draw is the centre, to the rounding of either number type.
const nearly0 = 1e-20

// centre writes that of the decoder's base.
func (m *joint) centre() (func(b *graph.Builder, cond, key graph.Value) graph.Value, error) {
	switch d := m.decoder.Base.(type) {
	case bernoulli:
		return func(b *graph.Builder, cond, _ graph.Value) graph.Value { return d.Centre(b, cond) }, nil
	case dist.Scaler:
		s, err := d.Scaled(nearly0)
		return func(b *graph.Builder, cond, key graph.Value) graph.Value { return s.Sample(b, key, 1, cond) }, err
	}
	return nil, fmt.Errorf("%w: the decoder's base has no centre; draw from it instead", fault.ErrConfig)
}

// Sample fills x [rows, Dim] with draws of the model: z from the prior, x from the decoder.
func (c *Compiled[T]) Sample(ctx context.Context, d diffeo.Draw, x matrix.Matrix[T]) error {
	return c.run(ctx, kind{"sample", 1}, d, 0, matrix.Matrix[T]{Rows: x.Rows}, x, c.Dim(), func(b *graph.Builder, _, key graph.Value) graph.Value {
		return c.joint.Sample(b, key, 1, graph.Value{})
	})
}

// SamplePrior fills z [rows, Latent] with draws of the prior; Decode then gives the centres that Sample draws around.
func (c *Compiled[T]) SamplePrior(ctx context.Context, d diffeo.Draw, z matrix.Matrix[T]) error {
	return c.run(ctx, kind{"prior", 1}, d, 0, matrix.Matrix[T]{Rows: z.Rows}, z, c.Latent(), func(b *graph.Builder, _, key graph.Value) graph.Value {
		z, _ := c.joint.prior.Sample(b, key, 1, graph.Value{})
		return z
	})
}

// body writes the graph of a kind of call from its rows, which some have not, and a random key.
type body func(b *graph.Builder, in, key graph.Value) graph.Value

func (c *Compiled[T]) program(k kind, columns int, write body) (*cpu.Program[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.programs[k]; p != nil {
		return p, nil
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		var in graph.Value
		if columns > 0 {
			in = b.Input(inputRows, columns)
		}
		b.Output(output, graph.OnRows(write(b, in, b.SharedInput(inputKey, graph.Uint32, 2)), 1))
		return nil
	})
	if err != nil {
		return nil, err
	}
	p, err := cpu.Compile[T](g, cpu.Options{Threads: c.threads, Frozen: true})
	if err == nil {
		c.programs[k] = p
	}
	return p, err
}

// run makes a call of a kind.
func (c *Compiled[T]) run(ctx context.Context, k kind, d diffeo.Draw, columns int, in, out matrix.Matrix[T], outs int, write body) error {
	if err := checkRows("rows", in, columns); err != nil {
		return err
	}
	if out.Rows != in.Rows || out.Cols != outs {
		return fmt.Errorf("%w: the result is %d×%d, and %d×%d are needed", fault.ErrShape, out.Rows, out.Cols, in.Rows, outs)
	}
	if err := out.Check(); err != nil {
		return err
	}
	p, err := c.program(k, columns, write)
	if err != nil || in.Rows == 0 {
		return err
	}
	a := p.NewArgs()
	a.Rows, a.FirstRow = in.Rows, d.First
	for i, name := range p.Inputs() {
		switch name {
		case inputRows:
			a.In[i] = cpu.Array[T]{Data: in.Data, Stride: in.Stride}
		case inputKey:
			a.In[i] = cpu.Array[T]{Bits: []uint32{uint32(d.Seed), uint32(d.Seed >> 32)}}
		default:
			a.In[i] = cpu.Array[T]{Data: c.weights[name]}
		}
	}
	a.Out[0] = cpu.Array[T]{Data: out.Data, Stride: out.Stride}
	return p.Run(ctx, &a)
}

// checkRows reports rows of the wrong size, and cells that are not finite. 0 columns: there is nothing to check.
func checkRows[T matrix.Float](what string, m matrix.Matrix[T], columns int) error {
	if columns == 0 {
		return nil
	}
	if err := m.Check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if m.Cols != columns {
		return fmt.Errorf("%w: %s have %d columns, the autoencoder takes %d", fault.ErrShape, what, m.Cols, columns)
	}
	for r := range m.Rows {
		for k, x := range m.Row(r) {
			if x-x != 0 {
				return fmt.Errorf("%w: row %d, column %d is %v, and has to be a finite number", fault.ErrData, r, k, x)
			}
		}
	}
	return nil
}
