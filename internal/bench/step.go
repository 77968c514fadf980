package bench

import (
	"context"
	"sync"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/internal/memory"
	"diffeo/param"
)

// step is a training step on one fixed batch: forward, backward and Adam in one program, without clipping.
type step struct {
	p    *cpu.Program[float32]
	args cpu.Args[float32]
	loss []float32
	c1   []float32 // bias corrections
	c2   []float32
	b1   float64 // powers of β₁ and β₂
	b2   float64
}

var adam = graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

// newStep compiles the step while the weights get their first values.
func newStep(f *flow.Bound, params *param.Set, w Workload, threads int) (*step, error) {
	sizes := make([]int, 0, 3*len(f.Specs))
	for _, s := range f.Specs {
		sizes = append(sizes, s.Shape.Size(), s.Shape.Size(), s.Shape.Size())
	}
	arrays := memory.Arrays[float32](sizes...) // weights beside their moments
	weights, shared := make([][]float32, len(f.Specs)), map[string][]float32{}
	for i, s := range f.Specs {
		weights[i] = arrays[3*i]
		shared[s.Name], shared["m "+s.Name], shared["v "+s.Name] = arrays[3*i], arrays[3*i+1], arrays[3*i+2]
	}
	read, err := param.Reading(params, f.Specs, weights)
	if err != nil {
		return nil, err
	}
	var filling sync.WaitGroup
	filling.Go(read)
	defer filling.Wait()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		x := b.Input("x", f.Transform.DataShape()...)
		var cond graph.Value
		if w.Context > 0 {
			cond = b.Input("cond", w.Context)
		}
		loss := graph.Neg(graph.MeanRows(f.LogProb(b, x, cond)))
		b.Output("loss", loss)
		var ps []graph.Value
		for _, s := range f.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		scalars := graph.AdamScalars{Rate: b.Scalar(1e-4), Correction1: b.SharedInput("c1", graph.Float),
			Correction2: b.SharedInput("c2", graph.Float), GradScale: b.Scalar(1)}
		for i, gradient := range graph.Gradient(loss, ps...) {
			s := f.Specs[i]
			if s.State {
				continue
			}
			m, v := b.Param("m "+s.Name, s.Shape...), b.Param("v "+s.Name, s.Shape...)
			p1, m1, v1 := graph.Adam(adam, ps[i], gradient, m, v, scalars)
			b.Update(ps[i], p1)
			b.Update(m, m1)
			b.Update(v, v1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p, err := cpu.Compile[float32](g, cpu.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	s := &step{p: p, args: p.NewArgs(), loss: make([]float32, 1), c1: make([]float32, 1), c2: make([]float32, 1), b1: 1, b2: 1}
	s.args.Rows = w.TrainBatch
	s.args.Out[0].Data = s.loss
	for i, n := range g.Inputs {
		in, t := &s.args.In[i], n.Out[0]
		switch name := string(n.Attr.(graph.Name)); name {
		case "x", "cond":
			in.Data = normal(w.TrainBatch, t.Shape.Size(), uint64(len(name))).Data
		case "c1":
			in.Data = s.c1
		case "c2":
			in.Data = s.c2
		default:
			in.Data = shared[name]
		}
	}
	return s, nil
}

// run makes a step and returns the loss before it.
func (s *step) run(ctx context.Context) (float64, error) {
	s.b1, s.b2 = s.b1*adam.Beta1, s.b2*adam.Beta2
	s.c1[0], s.c2[0] = float32(1-s.b1), float32(1-s.b2)
	err := s.p.Run(ctx, &s.args)
	return float64(s.loss[0]), err
}
