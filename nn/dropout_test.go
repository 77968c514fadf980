package nn_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/nn"
	"diffeo/ref"
)

// droppers are networks of every kind with dropout.
var droppers = map[string]struct{ with, without any }{
	"MLP":           {nn.MLP{Hidden: []int{7, 6}, Activation: "tanh", Dropout: 0.3}, nn.MLP{Hidden: []int{7, 6}, Activation: "tanh"}},
	"residual":      {nn.Residual{Hidden: 7, Activation: "tanh", Context: nn.Gated, Dropout: 0.3}, nn.Residual{Hidden: 7, Activation: "tanh", Context: nn.Gated}},
	"MADE":          {nn.MADE{Hidden: []int{7, 6}, Activation: "tanh", Dropout: 0.3}, nn.MADE{Hidden: []int{7, 6}, Activation: "tanh"}},
	"residual MADE": {nn.ResidualMADE{Hidden: 7, Activation: "tanh", Dropout: 0.3}, nn.ResidualMADE{Hidden: 7, Activation: "tanh"}},
	"DAG":           {nn.DAG{Hidden: []int{9}, Activation: "tanh", Dropout: 0.3}, nn.DAG{Hidden: []int{9}, Activation: "tanh"}},
}

// Nothing is left out but in training: graphs for evaluation and for first values compute, to the bit, what a network without dropout does, and ask for no key.
// In training gradients are those of the network without the units that the key leaves out.
func TestDropoutIsForTraining(t *testing.T) {
	for name, c := range droppers {
		t.Run(name, func(t *testing.T) {
			with, without := newTrained(t, c.with, 5, 3), newTrained(t, c.without, 5, 3)
			for _, mode := range []graph.Mode{graph.Evaluate, graph.Start} {
				g := with.graph(mode)
				if reads(g, graph.KeyInput) {
					t.Errorf("mode %d: it asks for a key", mode)
				}
				if a, b := with.run(g), without.run(without.graph(mode)); !slices.Equal(a.Outputs["y"], b.Outputs["y"]) {
					t.Errorf("mode %d: %v, without dropout %v", mode, a.Outputs["y"], b.Outputs["y"])
				}
			}
			g := with.graph(graph.Train)
			if slices.Equal(with.run(g).Outputs["y"], without.run(without.graph(graph.Train)).Outputs["y"]) {
				t.Error("nothing is left out in training")
			}
			with.gradients(g)
		})
	}
}

// Behind one hidden layer the mean over many keys is the network without dropout, and the squared deviation that of independent units. What is left
// out of a row does not depend on the rows beside it.
func TestDropoutKeepsTheMean(t *testing.T) {
	const rows, p = 20_000, 0.3
	n := newTrained(t, nn.MLP{Hidden: []int{6}, Activation: "tanh", Dropout: p}, rows, 3)
	for _, input := range []string{"x", "c"} {
		d := len(n.in[input]) / rows
		for r := range rows {
			copy(n.in[input][r*d:], n.in[input][:d]) // all rows are the first
		}
	}
	whole, g := n.run(n.graph(graph.Evaluate)).Outputs["y"][:4], n.graph(graph.Train)
	y := n.run(g).Outputs["y"]
	hidden, last := n.hidden(), n.in["layers.1.weight"]
	for i := range 4 {
		mean, square, want := 0.0, 0.0, 0.0
		for r := range rows {
			e := y[4*r+i] - whole[i]
			mean += e / rows
			square += e * e / rows
		}
		for j, h := range hidden {
			want += math.Pow(last[6*i+j]*h, 2) * p / (1 - p)
		}
		if math.Abs(mean) > 5*math.Sqrt(want/rows) || math.Abs(square/want-1) > 0.1 {
			t.Errorf("output %d: the mean is off by %g with a variance of %g, want %g", i, mean, square, want)
		}
	}
	few := *n
	few.in = map[string][]float64{}
	for k, v := range n.in {
		few.in[k] = v
	}
	few.rows, few.in["x"], few.in["c"] = 10, n.in["x"][:30], n.in["c"][:20]
	if !slices.Equal(few.run(g).Outputs["y"], y[:40]) {
		t.Error("what is left out of a row depends on the rows beside it")
	}
	few.in["key"] = []float64{7, 10}
	if slices.Equal(few.run(g).Outputs["y"], y[:40]) {
		t.Error("two keys leave the same out")
	}
}

// hidden are the units of the first row of an MLP of one hidden layer.
func (n *trained) hidden() []float64 {
	w, b, v := n.in["layers.0.weight"], n.in["layers.0.bias"], n.in["layers.0.context"]
	out := make([]float64, len(b))
	for j := range out {
		s := b[j]
		for k := range 3 {
			s += w[3*j+k] * n.in["x"][k]
		}
		for k := range 2 {
			s += v[2*j+k] * n.in["c"][k]
		}
		out[j] = math.Tanh(s)
	}
	return out
}

// The engine leaves out what the interpreter does.
func TestDropoutOnTheEngine(t *testing.T) {
	for name, c := range droppers {
		n := newTrained(t, c.with, 300, 4)
		g := n.graph(graph.Train)
		got, err := engine.CPU[float64](cpu.Options{Threads: 2})(context.Background(), g, ref.Call{Rows: n.rows, Inputs: n.in})
		if err != nil {
			t.Fatal(err)
		}
		want := n.run(g)
		for out, v := range want.Outputs {
			for i, x := range v {
				if !(math.Abs(got.Outputs[out][i]-x) <= 1e-11*(1+math.Abs(x))) {
					t.Fatalf("%s: %s[%d] is %g, on the interpreter %g", name, out, i, got.Outputs[out][i], x)
				}
			}
		}
	}
}

// A masked network stays one whatever is left out.
func TestDropoutKeepsMasks(t *testing.T) {
	const d = 3
	n := newTrained(t, nn.MADE{Hidden: []int{12}, Activation: "tanh", Dropout: 0.5}, 50, 6)
	order := []int{1, 0, 2} // that of newTrained
	for column := range d {
		g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
			x := b.Input("x", d)
			y := graph.Slice(n.net.Apply(b, x, b.Input("c", 2)), 1, column, column+1)
			b.Output("g", graph.Gradient(graph.SumRows(graph.Sum(y)), x)[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range n.run(g).Outputs["g"] {
			if e := i % d; got != 0 && order[e] >= order[column] {
				t.Fatalf("column %d depends on column %d", column, e)
			}
		}
	}
}
