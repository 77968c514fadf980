package bijection_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// Inverse is the product of the matrices that the packed parameter holds, and the log-determinant the sum of the log-diagonal.
func TestLULinearIsItsMatrices(t *testing.T) {
	const d = 3
	lu := []float64{0.4, 2, -1, 0.5, -0.3, 3, -2, 0.25, 1.5} // L below the diagonal, U above it
	bias := []float64{10, 20, 30}
	x := []float64{1, -2, 0.5}
	for _, free := range []bool{false, true} {
		l, u, want := [d][d]float64{}, [d][d]float64{}, 0.
		for i := range d {
			raw := lu[i*d+i]
			l[i][i], u[i][i] = 1, 1e-3+math.Log1p(math.Exp(raw+math.Log(math.Expm1(1-1e-3))))
			want += math.Log(u[i][i])
			if free {
				want += math.Log(math.Abs(raw)) - math.Log(u[i][i])
				l[i][i], u[i][i] = raw, 1
			}
			for j := range i {
				l[i][j], u[j][i] = lu[i*d+j], lu[j*d+i]
			}
		}
		product := func(m [d][d]float64, v []float64) []float64 {
			y := make([]float64, d)
			for i := range d {
				for j := range d {
					y[i] += m[i][j] * v[j]
				}
			}
			return y
		}
		y := product(l, product(u, x))
		r := param.NewRegistry()
		m, err := bijection.LULinear{Free: free}.Bind(r.Scope(), graph.Shape{d}, nil)
		if err != nil {
			t.Fatal(err)
		}
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			v, logDet := m.Inverse(b, b.Input("x", d), graph.Value{})
			b.Output("u", v)
			b.Output("logdet", logDet)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := ref.Run(context.Background(), g, ref.Call{Rows: 1, Inputs: map[string][]float64{"x": x, "lu": lu, "bias": bias}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range d {
			if e := math.Abs(out.Outputs["u"][i] - y[i] - bias[i]); e > 1e-12 {
				t.Errorf("free %t: u is %v, want %v plus %v", free, out.Outputs["u"], y, bias)
			}
		}
		if got := out.Outputs["logdet"][0]; math.Abs(got-want) > 1e-12 {
			t.Errorf("free %t: log-determinant %g, want %g", free, got, want)
		}
	}
}

func TestBadLinearMaps(t *testing.T) {
	for _, c := range []struct {
		name string
		m    bijection.Bijection
		base graph.Shape
		want error
	}{
		{"image", bijection.LULinear{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"a scaled free diagonal", bijection.LULinear{Free: true, Diagonal: scalar.PlainExp{}}, graph.Shape{3}, fault.ErrConfig},
		{"a diagonal out of its domain", bijection.LULinear{Diagonal: scalar.Softplus{Floor: -1}}, graph.Shape{3}, fault.ErrConfig},
		{"signs of a free diagonal", bijection.LULinear{Free: true, Negative: make([]bool, 3)}, graph.Shape{3}, fault.ErrConfig},
		{"signs of other columns", bijection.LULinear{Negative: make([]bool, 2)}, graph.Shape{3}, fault.ErrShape},
		{"activation norm of a matrix", bijection.ActNorm{}, graph.Shape{3, 4}, fault.ErrShape},
		{"activation norm of no form", bijection.ActNorm{Form: 7}, graph.Shape{3}, fault.ErrConfig},
		{"no columns of a static map", bijection.Static{Columns: []int{}}, graph.Shape{3}, fault.ErrConfig},
		{"a column too many", bijection.Static{Columns: []int{0, 3}}, graph.Shape{3}, fault.ErrConfig},
		{"columns that descend", bijection.Static{Columns: []int{1, 0}}, graph.Shape{3}, fault.ErrConfig},
		{"a column twice", bijection.Static{Columns: []int{1, 1}}, graph.Shape{3}, fault.ErrConfig},
		{"columns of an image", bijection.Static{Columns: []int{1}}, graph.Shape{3, 4, 4}, fault.ErrShape},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), c.base, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}
