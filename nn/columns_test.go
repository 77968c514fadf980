package nn_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// The columns of a matrix give what rows give one by one.
func TestColumnsAreRows(t *testing.T) {
	const in, out, n, seed = 3, 2, 7, 5
	t.Logf("seed %d", seed)
	for _, m := range []nn.MLP{{Hidden: []int{5, 4}, Activation: "tanh"}, {Hidden: []int{}}, {}} {
		r := param.NewRegistry()
		net, err := m.BindColumns(r.Scope(), in, out)
		if err != nil {
			t.Fatal(err)
		}
		specs, err := r.Specs()
		if err != nil {
			t.Fatal(err)
		}
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			b.Output("rows", net.Apply(b, b.Input("x", in), graph.Value{}))
			b.Output("columns", net.ApplyColumns(b, b.Param("matrix", in, n)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		rows, matrix := make([]float64, n*in), make([]float64, n*in)
		for i := range n {
			for j := range in {
				rows[i*in+j] = rng.NormFloat64()
				matrix[j*n+i] = rows[i*in+j]
			}
		}
		inputs := map[string][]float64{"x": rows, "matrix": matrix}
		set := param.New(specs, seed)
		for _, s := range specs {
			inputs[s.Name] = set.Data(s.Name)
		}
		got, err := ref.Run(t.Context(), g, ref.Call{Rows: n, Inputs: inputs})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range out {
				if a, b := got.Outputs["columns"][j*n+i], got.Outputs["rows"][i*out+j]; !tolerance.Float64.Value.Allows(a, b) {
					t.Errorf("%+v: output %d of column %d is %.17g, of row %d %.17g", m, j, i, a, i, b)
				}
			}
		}
	}
	if _, err := (nn.MLP{Activation: "nope"}).BindColumns(param.NewRegistry().Scope(), 1, 1); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("an unknown activation gives %v", err)
	}
}
