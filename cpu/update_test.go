package cpu_test

import (
	"fmt"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// stateCases are graphs whose results and updates share memory in every way that is allowed: all reads see old values.
var stateCases = map[string]func(b *graph.Builder, x, a, c graph.Value){
	"a new value": func(b *graph.Builder, x, a, c graph.Value) { b.Update(a, graph.Scale(a, 0.5)) },
	"a new value that is also a result": func(b *graph.Builder, x, a, c graph.Value) {
		n := graph.Add(a, graph.MeanRows(x))
		b.Update(a, n)
		b.Output("new", n)
		b.Output("old", a)
	},
	"swap": func(b *graph.Builder, x, a, c graph.Value) { b.Update(a, c); b.Update(c, a) },
	"from the old value of another": func(b *graph.Builder, x, a, c graph.Value) {
		b.Update(a, graph.Exp(c))
		b.Update(c, graph.Sub(c, a))
	},
	"one value for two": func(b *graph.Builder, x, a, c graph.Value) {
		n := graph.Mul(a, c)
		b.Update(a, n)
		b.Update(c, n)
	},
	"itself":         func(b *graph.Builder, x, a, c graph.Value) { b.Update(a, a) },
	"a constant":     func(b *graph.Builder, x, a, c graph.Value) { b.Update(a, b.Zeros(a.Shape()...)) },
	"its own mirror": func(b *graph.Builder, x, a, c graph.Value) { b.Update(a, graph.Take(a, 0, mirror(a))) },
	"itself but for the order of the last": func(b *graph.Builder, x, a, c graph.Value) {
		n := a.Shape()[0]
		b.Update(a, graph.Concat(0, graph.Slice(a, 0, 0, n-2), graph.Slice(a, 0, n-1, n), graph.Slice(a, 0, n-2, n-1)))
	},
	"a shifted view": func(b *graph.Builder, x, a, c graph.Value) {
		b.Update(a, graph.Pad(graph.Slice(a, 0, 0, a.Shape()[0]-1), 0, 1, 0))
	},
	"the first element everywhere": func(b *graph.Builder, x, a, c graph.Value) {
		b.Update(a, graph.Broadcast(graph.Slice(a, 0, 0, 1), a.Shape()...))
	},
	"results that are inputs": func(b *graph.Builder, x, a, c graph.Value) {
		b.Output("x", x)
		b.Output("a", a)
		b.Output("again", a)
		b.Output("mirror", graph.Take(x, 0, mirror(x)))
		b.Update(a, graph.SumRows(x))
	},
	"results that are constants": func(b *graph.Builder, x, a, c graph.Value) {
		b.Output("scalar", b.Scalar(3))
		b.Output("rows", graph.OnRows(b.Const([]float64{1, 2}, 2), 1))
		b.Output("partly", graph.Pad(x, 0, 1, 2))
		b.Output("count", b.RowCount())
	},
	"results that are one value": func(b *graph.Builder, x, a, c graph.Value) {
		y, s := graph.Tanh(x), graph.SumRows(x)
		b.Output("y", y)
		b.Output("y again", graph.Reshape(y, y.Shape()[0], 1))
		b.Output("y once more", y)
		b.Output("s", s)
		b.Output("s again", s)
	},
	"Adam in place": func(b *graph.Builder, x, a, c graph.Value) { adamStep(b, x, a) },
	"Adam whose new parameter is averaged": func(b *graph.Builder, x, a, c graph.Value) {
		n := adamStep(b, x, a)
		b.Update(c, graph.Add(graph.Scale(c, 0.9), graph.Scale(n, 0.1)))
	},
	"Adam whose old parameter is averaged": func(b *graph.Builder, x, a, c graph.Value) {
		adamStep(b, x, a)
		b.Update(c, graph.Add(graph.Scale(c, 0.9), graph.Scale(a, 0.1)))
	},
	"Adam whose old parameter goes elsewhere": func(b *graph.Builder, x, a, c graph.Value) {
		adamStep(b, x, a)
		b.Update(c, a)
		b.Output("old", graph.Take(a, 0, mirror(a)))
	},
	"Adam whose gradient is another's old parameter": func(b *graph.Builder, x, a, c graph.Value) {
		adamStep(b, x, a)
		adamOf(b, c, graph.Take(a, 0, mirror(a)), b.SharedInput("rate", graph.Float))
	},
	"Adam whose gradient is its parameter": func(b *graph.Builder, x, a, c graph.Value) {
		adamOf(b, a, a, b.SharedInput("rate", graph.Float))
	},
	"Adam whose rate is updated": func(b *graph.Builder, x, a, c graph.Value) {
		adamStep(b, x, a)
		rate := b.SharedInput("rate", graph.Float)
		b.Update(rate, graph.Scale(rate, 0.5))
	},
	"Adam whose new parameter is read by rows": func(b *graph.Builder, x, a, c graph.Value) {
		b.Output("y", graph.Mul(x, adamStep(b, x, a)))
	},
	"running statistics": func(b *graph.Builder, x, a, c graph.Value) {
		mean := graph.MeanRows(x)
		z := graph.Sub(x, mean)
		b.Output("z", z)
		b.Update(a, graph.Add(graph.Scale(a, 0.9), graph.Scale(mean, 0.1)))
		b.Update(c, graph.Add(graph.Scale(c, 0.9), graph.Scale(graph.MeanRows(graph.Square(z)), 0.1)))
	},
}

func mirror(x graph.Value) []int {
	index := make([]int, x.Shape()[0])
	for i := range index {
		index[i] = len(index) - 1 - i
	}
	return index
}

// adamStep moves a towards the mean of the rows.
func adamStep(b *graph.Builder, x, a graph.Value) graph.Value {
	g := graph.Gradient(graph.MeanRows(graph.Sum(graph.Square(graph.Sub(x, a)))), a)[0]
	return adamOf(b, a, g, b.SharedInput("rate", graph.Float))
}

func adamOf(b *graph.Builder, p, g, rate graph.Value) graph.Value {
	name := string(p.Node().Attr.(graph.Name))
	m, v := b.Param("m "+name, p.Shape()...), b.Param("v "+name, p.Shape()...)
	s := graph.AdamScalars{Rate: rate, Correction1: b.Scalar(0.1), Correction2: b.Scalar(0.01), GradScale: b.Scalar(0.5)}
	p1, m1, v1 := graph.Adam(graph.AdamConfig{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-6}, p, g, m, v, s)
	b.Update(p, p1)
	b.Update(m, m1)
	b.Update(v, v1)
	return p1
}

func TestState(t *testing.T) {
	for name, f := range stateCases {
		for _, n := range []int{3, 9001} { // 9001: an instruction works on at most 8192 numbers
			t.Run(fmt.Sprint(name, " of ", n), func(t *testing.T) {
				g := build(t, func(b *graph.Builder) { f(b, b.Input("x", n), b.Param("a", n), b.Param("c", n)) })
				call := ref.Call{Rows: 3, Inputs: map[string][]float64{}}
				for _, in := range g.Inputs {
					size := in.Out[0].Shape.Size() * max(1, 3*in.Out[0].Rows)
					data := make([]float64, size)
					for i := range data {
						data[i] = float64((i*37+int(in.Attr.String()[1])*5)%11)/8 + 0.25
					}
					call.Inputs[string(in.Attr.(graph.Name))] = data
				}
				want := reference(t, g, call)
				for _, threads := range []int{1, 2} {
					p := compile[float64](t, g, cpu.Options{Threads: threads})
					for range 2 {
						agree[float64](t, fmt.Sprint(threads, " threads"), mustRun(t, p, g, call), want, within(tolerance.Float64.Gradient))
					}
				}
			})
		}
	}
}
