package nn_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// The outputs of a column depend on the columns that it sees and on no other, however deep the network.
func TestDAGSeesWhatItMay(t *testing.T) {
	sees := [][]bool{
		{false, false, false, false, false},
		{true, false, false, false, false},
		{true, false, false, false, false},
		{false, true, true, false, false},
		{true, false, false, true, false},
	}
	const d, outs = 5, 2
	for _, hidden := range [][]int{{}, {4}, {9, 6}, {5, 8, 7}} {
		r := param.NewRegistry()
		net, err := nn.DAG{Hidden: hidden, Activation: "tanh"}.BindWired(r.Scope(), sees, nil, outs)
		if err != nil {
			t.Fatal(err)
		}
		specs, err := r.Specs()
		if err != nil {
			t.Fatal(err)
		}
		in, set := map[string][]float64{"x": {0.3, -1, 0.5, 2, -0.7}}, param.New(specs, 4)
		for _, s := range specs {
			in[s.Name] = set.Data(s.Name)
		}
		for c := range d {
			g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
				x := b.Input("x", d)
				y := graph.Slice(net.Apply(b, x, graph.Value{}), 1, c, c+1)
				b.Output("g", graph.Gradient(graph.OnRows(graph.Sum(y), 1), x)[0])
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := ref.Run(context.Background(), g, ref.Call{Rows: 1, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			for e, got := range out.Outputs["g"] {
				if (got != 0) != sees[c][e] {
					t.Errorf("hidden %v: column %d by column %d has derivative %g", hidden, c, e, got)
				}
			}
		}
	}
}

func TestBadDAGs(t *testing.T) {
	chain := [][]bool{{false, false, false}, {true, false, false}, {true, true, false}}
	for _, c := range []struct {
		name, say string
		m         nn.DAG
		sees      [][]bool
		cond      graph.Shape
		outs      int
		want      error
	}{
		{"no columns", "0 columns", nn.DAG{}, nil, nil, 1, fault.ErrShape},
		{"no parameters", "0 parameters", nn.DAG{}, chain, nil, 0, fault.ErrShape},
		{"a row that is too short", "row 1", nn.DAG{}, [][]bool{{false, false}, {true}}, nil, 1, fault.ErrShape},
		{"fewer units than sets", "2 different sets", nn.DAG{Hidden: []int{1}}, chain, nil, 1, fault.ErrConfig},
		{"fewer units than sets, of a condition too", "3 different sets", nn.DAG{Hidden: []int{2}}, chain, graph.Shape{1}, 1, fault.ErrConfig},
		{"no units", "hidden layer 0", nn.DAG{Hidden: []int{0}}, chain, nil, 1, fault.ErrConfig},
		{"condition of an image", "condition", nn.DAG{}, chain, graph.Shape{2, 2}, 1, fault.ErrShape},
		{"activation", "nope", nn.DAG{Activation: "nope"}, chain, nil, 1, fault.ErrConfig},
	} {
		_, err := c.m.BindWired(param.NewRegistry().Scope(), c.sees, c.cond, c.outs)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want %v that says %q", c.name, err, c.want, c.say)
		}
	}
	if _, err := (nn.DAG{}).BindMasked(param.NewRegistry().Scope(), []int{0, 0}, nil, 1); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("an order that is none: %v", err)
	}
}
