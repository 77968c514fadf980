package train

import (
	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
)

// The names of inputs and outputs in the graphs of this package. Parameters are below "base." and "transform.".
const (
	inputX    = "x"
	inputCond = "cond"
	outLoss   = "loss"
	outRows   = "rows"
	prefixG   = "gradient "
	prefixM   = "first moment "
	prefixV   = "second moment "
)

// The constants of Adam (Kingma and Ba, arXiv 1412.6980).
var adam = graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

// inputs declares the data of a graph.
func inputs(b *graph.Builder, f *flow.Bound) (x, cond graph.Value) {
	x = b.Input(inputX, f.Transform.DataShape()...)
	if f.Cond != nil {
		cond = b.Input(inputCond, f.Cond...)
	}
	return x, cond
}

// gradientGraph computes the loss and, for every parameter, its gradient. It changes nothing but state.
func gradientGraph(f *flow.Bound) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(b *graph.Builder) error {
		x, cond := inputs(b, f)
		loss := graph.Neg(graph.MeanRows(f.LogProb(b, x, cond)))
		b.Output(outLoss, loss)
		var names []string
		var params []graph.Value
		for _, s := range f.Specs {
			if !s.State {
				names, params = append(names, s.Name), append(params, b.Param(s.Name, s.Shape...))
			}
		}
		for i, g := range graph.Gradient(loss, params...) {
			b.Output(prefixG+names[i], g)
		}
		return nil
	})
}

// adamGraph updates parameters and moments in place from the gradients. It is a program of its own, run only once the loss
// and the gradient are known to be finite, so that a step that is skipped has touched nothing.
func adamGraph(f *flow.Bound) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(b *graph.Builder) error {
		scalars := graph.AdamScalars{
			Rate:        b.SharedInput("rate", graph.Float),
			Correction1: b.SharedInput("correction1", graph.Float),
			Correction2: b.SharedInput("correction2", graph.Float),
			GradScale:   b.SharedInput("scale", graph.Float),
		}
		for _, s := range f.Specs {
			if s.State {
				continue
			}
			p, g := b.Param(s.Name, s.Shape...), b.Param(prefixG+s.Name, s.Shape...)
			m, v := b.Param(prefixM+s.Name, s.Shape...), b.Param(prefixV+s.Name, s.Shape...)
			p1, m1, v1 := graph.Adam(adam, p, g, m, v, scalars)
			b.Update(p, p1)
			b.Update(m, m1)
			b.Update(v, v1)
		}
		return nil
	})
}

// scoreGraph computes the log-density of every row.
func scoreGraph(f *flow.Bound) (*graph.Graph, error) {
	return graph.Build(graph.Evaluate, func(b *graph.Builder) error {
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
