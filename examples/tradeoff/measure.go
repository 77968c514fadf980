package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
)

// costs are processor seconds a row.
type costs struct {
	columns  int
	maf, iaf cost
}

// cost is that of the direction that takes one pass, and of the other one: as the engine runs it, and as it is written, pass by pass.
type cost struct{ direct, inverse, written float64 }

// job is a call that is measured.
type job struct {
	to  *float64
	run func() error
	all []float64
}

// measure takes all costs in turn, so that a machine that becomes slower does so for all of them.
func (c config) measure(ctx context.Context) ([]costs, error) {
	list := make([]costs, len(c.columns))
	var jobs []*job
	for i, d := range c.columns {
		list[i].columns = d
		for name, to := range map[string]*cost{"maf": &list[i].maf, "iaf": &list[i].iaf} {
			some, err := c.jobs(ctx, name, d, to)
			if err != nil {
				return nil, fmt.Errorf("%s of %d columns: %w", name, d, err)
			}
			jobs = append(jobs, some...)
		}
	}
	for round := range c.rounds + 1 { // the first one warms up
		for _, j := range jobs {
			begun := processorTime()
			if err := j.run(); err != nil {
				return nil, err
			}
			if spent := processorTime() - begun; round > 0 {
				j.all = append(j.all, spent/float64(c.rows))
			}
		}
	}
	for _, j := range jobs {
		slices.Sort(j.all)
		*j.to = j.all[len(j.all)/2]
	}
	return list, nil
}

// jobs are the calls of one flow.
func (c config) jobs(ctx context.Context, name string, d int, to *cost) ([]*job, error) {
	f, err := recipe.New(name, recipe.Config{Dim: d, Transforms: c.transforms, Hidden: c.hidden})
	if err != nil {
		return nil, err
	}
	bound, err := f.Bind()
	if err != nil {
		return nil, err
	}
	params := param.New(bound.Specs, 1)
	ways := map[string]*[2]*float64{"score": {&to.direct, nil}, "draw": {&to.inverse, &to.written}}
	if name == "iaf" {
		ways = map[string]*[2]*float64{"draw": {&to.direct, nil}, "score": {&to.inverse, &to.written}}
	}
	var list []*job
	for what, place := range ways {
		for k, seconds := range place {
			if seconds == nil {
				continue
			}
			_, run, err := c.call(ctx, bound, params, what, k == 1)
			if err != nil {
				return nil, err
			}
			list = append(list, &job{to: seconds, run: run})
		}
	}
	return list, nil
}

// call compiles one direction and returns its results and what computes them.
func (c config) call(ctx context.Context, bound *flow.Bound, params *param.Set, what string, asWritten bool) (out []float32, run func() error, err error) {
	d := bound.Transform.DataShape().Size()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		if what == "score" {
			b.Output("out", bound.LogProb(b, b.Input("x", d), graph.Value{}))
			return nil
		}
		x, _ := bound.Sample(b, b.Key(), 1, graph.Value{})
		b.Output("out", x)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	p, err := cpu.Compile[float32](g, cpu.Options{Threads: 1, Frozen: true, AsWritten: asWritten})
	if err != nil {
		return nil, nil, err
	}
	a := p.NewArgs()
	a.Rows = c.rows
	rng := rand.New(rand.NewPCG(1, uint64(d)))
	for i, name := range p.Inputs() {
		switch name {
		case graph.KeyInput:
			a.In[i].Bits = []uint32{1, 2}
		case "x":
			x := make([]float32, c.rows*d)
			for k := range x {
				x[k] = float32(rng.NormFloat64())
			}
			a.In[i] = cpu.Array[float32]{Data: x, Stride: d}
		default:
			values := params.Data(name)
			w := make([]float32, len(values))
			for k, v := range values {
				w[k] = float32(v)
			}
			a.In[i] = cpu.Array[float32]{Data: w}
		}
	}
	width := d
	if what == "score" {
		width = 1
	}
	out = make([]float32, c.rows*width)
	a.Out[0] = cpu.Array[float32]{Data: out, Stride: width}
	return out, func() error { return p.Run(ctx, &a) }, nil
}
