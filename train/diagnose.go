package train

import (
	"context"
	"fmt"
	"strings"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
)

// Skip is a step that changed nothing because its loss or gradient was not finite.
type Skip struct {
	Step  int    // from 1
	Where string // the first transform or parameter that was not finite; rows and columns are counted from 0
}

// skip counts a bad step and finds out where it went wrong, which takes a while.
func (t *trainer[T]) skip(ctx context.Context) *Skip {
	r := &t.result
	s := Skip{r.Steps, t.diagnose(ctx)}
	r.Skipped++
	if len(r.Skips) < maxSkips {
		r.Skips = append(r.Skips, s)
	}
	return &s
}

// diagnose says what was not finite first in the step that has just been made with the current batch.
func (t *trainer[T]) diagnose(ctx context.Context) string {
	trace, what := t.traceGradient, "the gradient's norm"
	if !finite(t.loss()) {
		if t.dataless() {
			return fmt.Sprintf("the loss is %v", t.loss())
		}
		trace, what = t.traceForward, "the loss"
	}
	t.weights.keepState()
	defer t.weights.restoreState()
	where, err := trace(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Sprintf("%s is not finite (it could not be traced: %v)", what, err)
	}
	return where
}

// traceGradient computes the batch's gradients once more and looks at each.
func (t *trainer[T]) traceGradient(ctx context.Context) (string, error) {
	g, err := gradientGraph(t.bound, t.config.Freeze, t.objective)
	grads := map[string][]T{outLoss: {0}}
	p, err := compile(g, err, 1, t.find(t.x, t.cond), func(name string) cpu.Array[T] {
		if grads[name] == nil {
			grads[name] = make([]T, len(t.named(strings.TrimPrefix(name, prefixG)).Data))
		}
		return cpu.Array[T]{Data: grads[name]}
	})
	if err != nil {
		return "", err
	}
	p.args.Rows = t.config.Batch
	if err := p.Run(ctx, &p.args); err != nil {
		return "", err
	}
	count, first := 0, ""
	for _, s := range t.weights.specs {
		for k, x := range grads[prefixG+s.Name] {
			if !finite(float64(x)) {
				if count++; count == 1 {
					first = fmt.Sprintf("the gradient of %s is %v at position %d", s.Name, x, k)
				}
				break
			}
		}
	}
	switch {
	case count > 1:
		return fmt.Sprintf("%s (and %d more parameters have a gradient that is not finite)", first, count-1), nil
	case count == 1:
		return first, nil
	}
	return "the gradient is too large to square", nil
}

// stage is a part of the way from a row to its log-density.
type stage struct {
	name  string
	apply func(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value)
}

// stages takes a flow apart: the transforms of a chain in the order in which scoring runs them, then the base. Bound again one by
// one under the names of the whole, they read the same parameters.
func (t *trainer[T]) stages() ([]stage, error) {
	base := stage{"the base density", func(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
		return x, t.bound.Base.LogProb(b, x, cond)
	}}
	chain, ok := t.flow.Transform.(bijection.Chain)
	if !ok {
		return []stage{{"the transform", t.bound.Transform.Inverse}, base}, nil
	}
	scope, shape := param.NewRegistry().Scope().Sub("transform"), t.bound.Base.Event()
	list := make([]stage, len(chain.Transforms))
	for i, m := range chain.Transforms {
		s := scope.At("transforms", i)
		bound, err := m.Bind(s, shape, t.bound.Cond)
		if err != nil {
			return nil, err
		}
		shape = bound.DataShape()
		list[len(list)-1-i] = stage{fmt.Sprintf("transform %d (%s)", i, s.Path()), bound.Inverse}
	}
	return append(list, base), nil
}

// traceForward runs the batch once more and looks at what every stage gives.
func (t *trainer[T]) traceForward(ctx context.Context) (string, error) {
	stages, err := t.stages()
	if err != nil {
		return "", err
	}
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		x, cond := inputs(b, t.bound)
		for i, s := range stages {
			var l graph.Value
			x, l = s.apply(b, x, cond)
			b.Output(fmt.Sprint("value ", i), graph.OnRows(x, 1))
			b.Output(fmt.Sprint("log ", i), graph.OnRows(l, 1))
		}
		return nil
	})
	var values []matrix.Matrix[T]
	p, err := compile(g, err, 1, t.find(t.x, t.cond), func(string) cpu.Array[T] {
		m := matrix.New[T](t.config.Batch, 1)
		if len(values)%2 == 0 { // outputs come in order
			m = matrix.New[T](t.config.Batch, g.Outputs[len(values)].Value.Shape().Size())
		}
		values = append(values, m)
		return rowsOf(m)
	})
	if err != nil {
		return "", err
	}
	p.args.Rows = t.config.Batch
	if err := p.Run(ctx, &p.args); err != nil {
		return "", err
	}
	what := [2]string{"a value of", "a log-determinant of"}
	for i, m := range values {
		for r := range m.Rows {
			for k, x := range m.Row(r) {
				if finite(float64(x)) {
					continue
				}
				s := stages[i/2].name
				if i == len(values)-1 {
					return fmt.Sprintf("the log of %s is %v for %s", s, x, t.source.Place(r)), nil
				}
				return fmt.Sprintf("%s %s is %v for %s, column %d", what[i%2], s, x, t.source.Place(r), k), nil
			}
		}
	}
	return fmt.Sprintf("the mean of the log-densities is %v, though each is finite", -t.loss()), nil
}
