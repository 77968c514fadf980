package dist_test

import (
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
)

// A reparametrised draw x(θ) has ∂/∂θ E f(x) = E ∂f(x)/∂θ. The left side is found by quadrature of the density, the right side from draws:
// it holds only if the derivative of the draw itself is right.
func TestDrawsAreReparametrised(t *testing.T) {
	for _, c := range []struct {
		name    string
		d       dist.Distribution
		low, up float64 // of the quadrature
	}{
		{"diagonal normal", dist.DiagonalNormal{Dim: 1, Loc: []float64{0.4}, LogScale: []float64{0.3}}, -12, 12},
		{"full normal", dist.FullNormal{Dim: 1, Loc: []float64{0.4}, Cholesky: []float64{0.3}}, -12, 12},
		{"Laplace", dist.Laplace{Dim: 1, Loc: []float64{0.4}, LogScale: []float64{0.3}}, -40, 40},
		{"logistic", dist.Logistic{Dim: 1, Loc: []float64{0.4}, LogScale: []float64{-0.3}}, -30, 30},
		{"Student's t", dist.StudentT{Dim: 1, DF: []float64{5}, Loc: []float64{0.4}, LogScale: []float64{0.3}}, -400, 400},
		{"Student's t of many degrees of freedom", dist.StudentT{Dim: 1, DF: []float64{100}}, -15, 15},
		{"von Mises", dist.VonMises{Dim: 1, Loc: []float64{0.4}, Concentration: []float64{3}}, -math.Pi, math.Pi},
		{"von Mises, flat", dist.VonMises{Dim: 1, Loc: []float64{0.4}, Concentration: []float64{0.2}}, -math.Pi, math.Pi},
		{"von Mises, narrow", dist.VonMises{Dim: 1, Loc: []float64{0.4}, Concentration: []float64{300}}, -math.Pi, math.Pi},
	} {
		t.Run(c.name, func(t *testing.T) { reparametrised(t, c.d, c.low, c.up) })
	}
}

func reparametrised(t *testing.T, d dist.Distribution, low, up float64) {
	const batches, rows, cells = 40, 500, 16001
	r := param.NewRegistry()
	bound, err := d.Bind(r.Scope(), nil)
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	set := param.New(specs, 1)
	in := map[string][]float64{}
	for _, s := range specs {
		in[s.Name] = set.Data(s.Name)
	}
	build := func(row func(b *graph.Builder) graph.Value) *graph.Graph {
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			mean := graph.MeanRows(graph.Reshape(row(b)))
			for _, s := range specs {
				b.Output(s.Name, graph.Gradient(mean, b.Param(s.Name, s.Shape...))[0])
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	// A function with the period of angles, since a draw may move across ±π.
	f := func(x graph.Value) graph.Value { return graph.Sin(graph.Offset(x, 0.5)) }
	density := build(func(b *graph.Builder) graph.Value {
		x := b.Input("x", 1)
		return graph.Scale(graph.Mul(f(x), graph.Exp(bound.LogProb(b, x, graph.Value{}))), up-low)
	})
	draws := build(func(b *graph.Builder) graph.Value {
		b.Input("x", 1)
		return f(bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
	})
	in["x"] = make([]float64, cells)
	for i := range in["x"] {
		in["x"][i] = low + (up-low)*(float64(i)+0.5)/cells
	}
	want, err := types[0].run(t.Context(), density, ref.Call{Rows: cells, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	in["x"] = make([]float64, rows)
	sum, squares := map[string]float64{}, map[string]float64{}
	for k := range batches {
		in["key"] = []float64{float64(k), 11}
		got, err := types[0].run(t.Context(), draws, ref.Call{Rows: rows, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		for n := range want.Outputs {
			sum[n] += got.Outputs[n][0] / batches
			squares[n] += got.Outputs[n][0] * got.Outputs[n][0] / batches
		}
	}
	for n := range want.Outputs {
		e := math.Sqrt((squares[n]-sum[n]*sum[n])/(batches-1)) + 1e-9
		if w := want.Outputs[n][0]; !(math.Abs(sum[n]-w) <= 5*e) {
			t.Errorf("∂/∂%s of a mean is %.6f by draws and %.6f by quadrature (standard error %.6f)", n, sum[n], w, e)
		}
	}
}
