package flowtest_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// mapped is one direction of a map, as it is timed.
type mapped struct {
	name  string
	list  []param.Spec
	in    map[string]graph.Shape // per-row inputs: the points x, and theta or the condition
	apply func(b *graph.Builder, in map[string]graph.Value) (y, logDet graph.Value)
	low   float64 // of the points
	high  float64
}

// directions are those of the maps of the table: the plain rows, or all.
func directions(t testing.TB, all bool) (list []mapped) {
	t.Helper()
	moreScalars, moreBijections := scalars, bijections
	if !all {
		moreScalars, moreBijections = nil, nil
	}
	for _, r := range rows(plainScalars, moreScalars) {
		list = append(list, scalarDirections(t, r)...)
	}
	for _, r := range rows(plainBijections, moreBijections) {
		list = append(list, bijectionDirections(t, r)...)
	}
	return list
}

func scalarDirections(t testing.TB, r scalarRow) []mapped {
	t.Helper()
	d := r.o.Dim
	if d == 0 {
		d = 3
	}
	var f scalar.Bound
	list := specs(t, func(s *param.Scope) (err error) {
		f, err = r.m.Bind(s, d)
		return err
	})
	one := func(way string, within scalar.Interval, f func(b *graph.Builder, x, theta graph.Value) (y, logDet graph.Value), params int) mapped {
		in := map[string]graph.Shape{"x": {d}}
		if params > 0 {
			in["theta"] = graph.Shape{params, d}
		}
		return mapped{r.name + "/" + way, list, in, func(b *graph.Builder, in map[string]graph.Value) (graph.Value, graph.Value) {
			y, l := f(b, in["x"], in["theta"])
			return y, graph.Sum(l)
		}, max(within.Low, -2), min(within.High, 2)}
	}
	return []mapped{one("forward", f.Domain(), f.Forward, f.Params()), one("inverse", f.Codomain(), f.Inverse, f.Params())}
}

func bijectionDirections(t testing.TB, r bijectionRow) []mapped {
	t.Helper()
	m, list, shape, cond := boundBijection(t, r)
	one := func(way string, f func(b *graph.Builder, x, cond graph.Value) (y, logDet graph.Value)) mapped {
		in := map[string]graph.Shape{"x": shape}
		if cond != nil {
			in["c"] = cond
		}
		return mapped{r.name + "/" + way, list, in, func(b *graph.Builder, in map[string]graph.Value) (graph.Value, graph.Value) {
			return f(b, in["x"], in["c"])
		}, -2, 2}
	}
	return []mapped{one("forward", m.Forward), one("inverse", m.Inverse)}
}

// call is a compiled program with its arguments, ready to be run again and again.
type call struct {
	p *cpu.Program[float32]
	a cpu.Args[float32]
}

// prepare compiles a direction for one thread, its values alone or with the gradients of points, condition and parameters.
func (m mapped) prepare(t testing.TB, gradient bool, rows int) *call {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		in, wrt := map[string]graph.Value{}, []graph.Value{}
		for _, name := range []string{"x", "theta", "c"} {
			if shape, ok := m.in[name]; ok {
				in[name] = b.Input(name, shape...)
				wrt = append(wrt, in[name])
			}
		}
		y, l := m.apply(b, in)
		b.Output("y", graph.OnRows(y, 1))
		b.Output("l", graph.OnRows(l, 1))
		if !gradient {
			return nil
		}
		for _, s := range m.list {
			wrt = append(wrt, b.Param(s.Name, s.Shape...))
		}
		loss := graph.SumRows(graph.OnRows(graph.Add(graph.Sum(graph.Flatten(y)), l), 1))
		for i, d := range graph.Gradient(loss, wrt...) {
			b.Output(strings.Repeat("∂", i+1), d)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	p, err := cpu.Compile[float32](g, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	c, rng, set := &call{p: p, a: p.NewArgs()}, rand.New(rand.NewPCG(1, 9)), param.New(m.list, 1)
	c.a.Rows = rows
	for i, name := range p.Inputs() {
		shape, perRow := m.in[name]
		if !perRow {
			for _, x := range set.Data(name) {
				c.a.In[i].Data = append(c.a.In[i].Data, float32(x+0.1*rng.NormFloat64()))
			}
			continue
		}
		for range rows * shape.Size() {
			x := rng.NormFloat64()
			if name == "x" {
				x = m.low + (m.high-m.low)*(0.05+0.9*rng.Float64())
			}
			c.a.In[i].Data = append(c.a.In[i].Data, float32(x))
		}
	}
	for i, o := range g.Outputs {
		n := o.Value.Type().Shape.Size()
		if o.Value.PerRow() {
			n *= rows
		}
		c.a.Out[i].Data = make([]float32, n)
	}
	return c
}

func (c *call) run(t testing.TB) {
	if err := c.p.Run(context.Background(), &c.a); err != nil {
		t.Fatal(err)
	}
}

// A warm program of any map, either way and with gradients, allocates nothing.
func TestMapsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, m := range directions(t, !testing.Short()) {
		for _, gradient := range []bool{false, true} {
			c := m.prepare(t, gradient, 20)
			c.run(t)
			if n := testing.AllocsPerRun(2, func() { c.run(t) }); n != 0 {
				t.Errorf("%s (gradients: %t): %g allocations", m.name, gradient, n)
			}
			for k, o := range c.a.Out {
				for i, x := range o.Data {
					if x != x { // −Inf is the log-derivative outside of a codomain
						t.Errorf("%s (gradients: %t): result %d is NaN at %d", m.name, gradient, k, i)
						break
					}
				}
			}
		}
	}
}

// BenchmarkMaps times every map of the catalogue, both ways, its values alone and with gradients, in float32: map/direction/value|gradient.
func BenchmarkMaps(b *testing.B) {
	const rows = 512
	for _, m := range directions(b, false) {
		for _, gradient := range []bool{false, true} {
			b.Run(strings.NewReplacer(", ", ",", " ", "_").Replace(m.name)+"/"+map[bool]string{false: "value", true: "gradient"}[gradient], func(b *testing.B) {
				c := m.prepare(b, gradient, rows)
				c.run(b) // the first one warms up
				b.ReportAllocs()
				for b.Loop() {
					c.run(b)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}
