package train

import (
	"math"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
)

// The names of inputs and outputs in the graphs of this package. Parameters are below "base." and "transform.".
const (
	inputX     = "x"
	inputCond  = "cond"
	inputW     = "weight"
	outLoss    = "loss"
	outNorm    = "norm"
	outEnabled = "enabled"
	outRows    = "rows"
	inputDone  = "done"
	prefixG    = "gradient "
	prefixM    = "first moment "
	prefixV    = "second moment "
)

// The constants of Adam (Kingma and Ba, arXiv 1412.6980), without decay.
var adam = graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

// inputs declares the data of a graph.
func inputs(b *graph.Builder, f *flow.Bound) (x, cond graph.Value) {
	x = b.Input(inputX, f.Transform.DataShape()...)
	if f.Cond != nil {
		cond = b.Input(inputCond, f.Cond...)
	}
	return x, cond
}

// gradients writes the loss and its gradient with respect to every parameter that is trained.
func gradients(b *graph.Builder, f *flow.Bound, freeze string, o Objective) (loss graph.Value, names []string, params, grads []graph.Value) {
	loss = graph.MeanRows(o(b, f))
	for _, s := range f.Specs {
		if !s.State && !frozen(s, freeze) {
			names, params = append(names, s.Name), append(params, b.Param(s.Name, s.Shape...))
		}
	}
	return loss, names, params, graph.Gradient(loss, params...)
}

// stepGraph is a training step: loss, gradient, norm, clipping and Adam, the updates in place. Where the loss or the norm is not finite
// the output enabled is 0 and no parameter or moment changes.
func stepGraph(f *flow.Bound, c Config, o Objective) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(b *graph.Builder) error {
		loss, names, params, grads := gradients(b, f, c.Freeze, o)
		squares := b.Scalar(0)
		for _, g := range grads {
			squares = graph.Add(squares, graph.Sum(graph.Square(g)))
		}
		norm := graph.Sqrt(squares)
		enabled := graph.And(graph.Finite(loss), graph.Finite(norm))
		scale := b.Scalar(1)
		if !math.IsInf(c.Clip, 1) {
			scale = graph.Min(scale, graph.Div(b.Scalar(c.Clip), graph.Max(norm, b.Scalar(tiny))))
		}
		b.Output(outLoss, loss)
		b.Output(outNorm, norm)
		b.Output(outEnabled, graph.ToFloat(enabled))
		s := graph.AdamScalars{
			Rate:        b.SharedInput("rate", graph.Float),
			Correction1: b.SharedInput("correction1", graph.Float),
			Correction2: b.SharedInput("correction2", graph.Float),
			GradScale:   scale,
			Enabled:     enabled,
		}
		for i, p := range params {
			m, v := b.Param(prefixM+names[i], p.Shape()...), b.Param(prefixV+names[i], p.Shape()...)
			p1, m1, v1 := graph.Adam(adamOf(c, p.Shape()), p, grads[i], m, v, s)
			b.Update(p, p1)
			b.Update(m, m1)
			b.Update(v, v1)
		}
		return nil
	})
}

// adamOf are the constants for a parameter: only matrices, and what has more axes, decay. A bias or a scale that went to 0 would
// move the density, not make it smoother.
func adamOf(c Config, s graph.Shape) graph.AdamConfig {
	a := adam
	if len(s) >= 2 {
		a.WeightDecay = c.Decay
	}
	return a
}

// tiny keeps a norm of 0 from dividing; it is a normal number in float32.
const tiny = 1e-30

// gradientGraph gives the loss and the gradients themselves: for finding out what went wrong.
func gradientGraph(f *flow.Bound, freeze string, o Objective) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(b *graph.Builder) error {
		loss, names, _, grads := gradients(b, f, freeze, o)
		b.Output(outLoss, loss)
		for i, g := range grads {
			b.Output(prefixG+names[i], g)
		}
		return nil
	})
}

// scoreGraph computes the log-density of every row.
func scoreGraph(f *flow.Bound, mode graph.Mode) (*graph.Graph, error) {
	return graph.Build(mode, func(b *graph.Builder) error {
		x, cond := inputs(b, f)
		b.Output(outRows, graph.OnRows(f.LogProb(b, x, cond), 1))
		return nil
	})
}

// program is a compiled graph whose arguments stay bound from call to call.
type program[T matrix.Float] struct {
	*cpu.Program[T]
	args cpu.Args[T]
}

// compile builds and compiles a graph, and binds each argument to what find returns for its name.
func compile[T matrix.Float](g *graph.Graph, err error, threads int, in, out func(name string) cpu.Array[T]) (*program[T], error) {
	if err != nil {
		return nil, err
	}
	c, err := cpu.Compile[T](g, cpu.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	p := &program[T]{c, c.NewArgs()}
	for i, name := range c.Inputs() {
		p.args.In[i] = in(name)
	}
	for i, name := range c.Outputs() {
		p.args.Out[i] = out(name)
	}
	return p, nil
}

func rowsOf[T matrix.Float](m matrix.Matrix[T]) cpu.Array[T] {
	return cpu.Array[T]{Data: m.Data, Stride: m.Stride}
}
