package cpu_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/recipe"
)

func BenchmarkW1(b *testing.B)   { benchTrain(b, "maf", 6, 10, []int{100, 100}, 1) }
func BenchmarkW1t2(b *testing.B) { benchTrain(b, "maf", 6, 10, []int{100, 100}, 2) }
func BenchmarkW2(b *testing.B)   { benchTrain(b, "maf", 43, 5, []int{512, 512}, 1) }

func benchTrain(tb *testing.B, name string, dim, transforms int, hidden []int, threads int) {
	f, err := recipe.New(name, recipe.Config{Dim: dim, Transforms: transforms, Hidden: hidden})
	if err != nil {
		tb.Fatal(err)
	}
	bound, _ := f.Bind()
	set := param.New(bound.Specs, 1)
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		x := b.Input("x", dim)
		loss := graph.Neg(graph.MeanRows(bound.LogProb(b, x, graph.Value{})))
		b.Output("loss", loss)
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		gs := graph.Gradient(loss, ps...)
		s := graph.AdamScalars{Rate: b.SharedInput("rate", graph.Float), Correction1: b.Scalar(0.1), Correction2: b.Scalar(0.001), GradScale: b.Scalar(1)}
		for i, p := range ps {
			m, v := b.Param("m."+bound.Specs[i].Name, p.Shape()...), b.Param("v."+bound.Specs[i].Name, p.Shape()...)
			p1, m1, v1 := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}, p, gs[i], m, v, s)
			b.Update(p, p1)
			b.Update(m, m1)
			b.Update(v, v1)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	p, err := cpu.Compile[float32](g, cpu.Options{Threads: threads})
	if err != nil {
		tb.Fatal(err)
	}
	a := p.NewArgs()
	a.Rows = 512
	for i, n := range g.Inputs {
		size := n.Out[0].Shape.Size()
		if n.Out[0].Rows > 0 {
			size *= a.Rows
		}
		a.In[i].Data = make([]float32, size)
		for k, v := range set.Data(string(n.Attr.(graph.Name))) {
			a.In[i].Data[k] = float32(v)
		}
		if n.Out[0].Rows > 0 {
			for k := range a.In[i].Data {
				a.In[i].Data[k] = float32(rand.NormFloat64())
			}
		}
		if string(n.Attr.(graph.Name)) == "rate" {
			a.In[i].Data[0] = 1e-4
		}
	}
	a.Out[0].Data = make([]float32, 1)
	for tb.Loop() {
		if err := p.Run(context.Background(), &a); err != nil {
			tb.Fatal(err)
		}
	}
}
