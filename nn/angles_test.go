package nn_test

import (
	"errors"
	"math"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// Angles become cosines and sines behind the other columns.
func TestAnglesComputeTheirFormula(t *testing.T) {
	for _, c := range []struct {
		columns []int
		want    func(a, b, c float64) []float64
	}{
		{[]int{1}, func(a, b, c float64) []float64 { return []float64{a, c, math.Cos(b), math.Sin(b)} }},
		{[]int{0, 2}, func(a, b, c float64) []float64 {
			return []float64{b, math.Cos(a), math.Cos(c), math.Sin(a), math.Sin(c)}
		}},
		{[]int{0, 1, 2}, func(a, b, c float64) []float64 {
			return []float64{math.Cos(a), math.Cos(b), math.Cos(c), math.Sin(a), math.Sin(b), math.Sin(c)}
		}},
	} {
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			net, shape, err := nn.Angles{Columns: c.columns}.Bind(&param.Scope{}, graph.Shape{3})
			if err != nil {
				return err
			}
			y := net.Apply(b, graph.Value{}, b.Input("c", 3))
			if !y.Shape().Equal(shape) {
				t.Errorf("angles %v: %v, said to be %v", c.columns, y.Shape(), shape)
			}
			b.Output("y", y)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		in := []float64{0.5, -3, 2, math.Pi, 0, -math.Pi}
		r, err := ref.Run(t.Context(), g, ref.Call{Rows: 2, Inputs: map[string][]float64{"c": in}})
		if err != nil {
			t.Fatal(err)
		}
		want := append(c.want(in[0], in[1], in[2]), c.want(in[3], in[4], in[5])...)
		for i, v := range r.Outputs["y"] {
			if math.Abs(v-want[i]) > 1e-15 {
				t.Errorf("angles %v: number %d is %v, want %v", c.columns, i, v, want[i])
			}
		}
	}
}

func TestAnglesRefuse(t *testing.T) {
	for _, columns := range [][]int{nil, {-1}, {2}, {1, 0}, {1, 1}} {
		if _, _, err := (nn.Angles{Columns: columns}).Bind(&param.Scope{}, graph.Shape{2}); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("angles %v of two columns: %v", columns, err)
		}
	}
	if _, _, err := (nn.Angles{Columns: []int{0}}).Bind(&param.Scope{}, graph.Shape{2, 2}); !errors.Is(err, fault.ErrShape) {
		t.Errorf("a matrix of angles: %v", err)
	}
}
