package cpu_test

import (
	"context"
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/recipe"
)

// BenchmarkDraws times draws of recipes whose maps are searched for their inverse, beside maf.
func BenchmarkDraws(b *testing.B) {
	for _, name := range []string{"maf", "naf", "sospf", "bpf", "gf", "unaf"} {
		for _, dim := range []int{8, 64} {
			for _, density := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/columns=%d/density=%t", name, dim, density), func(b *testing.B) { benchmarkDraws(b, name, dim, density) })
			}
		}
	}
}

func benchmarkDraws(b *testing.B, name string, dim int, density bool) {
	const rows = 256
	c := recipe.Config{Dim: dim, Transforms: 2, Hidden: []int{64, 64}}
	bound, weights := boundConfig(b, name, c)
	g := build(b, func(b *graph.Builder) {
		x, lp := bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{})
		b.Output("x", x)
		if density {
			b.Output("lp", lp)
		}
	})
	p := compile[float32](b, g, cpu.Options{Frozen: true})
	args := p.NewArgs()
	args.Rows = rows
	for i, name := range p.Inputs() {
		if name == "key" {
			args.In[i].Bits = []uint32{1, 2}
		}
		for _, x := range weights[name] {
			args.In[i].Data = append(args.In[i].Data, float32(x))
		}
	}
	for i, o := range g.Outputs {
		args.Out[i].Data = make([]float32, rows*o.Value.Shape().Size())
	}
	for b.Loop() {
		if err := p.Run(context.Background(), &args); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/rows*1e6, "µs/row")
}
