package nn_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// trained is a network from 3 columns (and a condition of 2) to 4 outputs, as a graph of some mode computes it.
type trained struct {
	t     *testing.T
	net   nn.Net
	specs []param.Spec
	in    map[string][]float64
	rows  int
}

// newTrained binds a network of any kind, with its weights moved by noise and rows of normal inputs.
func newTrained(t *testing.T, m any, rows int, seed uint64) *trained {
	t.Helper()
	t.Logf("seed %d", seed)
	r := param.NewRegistry()
	n := &trained{t: t, rows: rows}
	var err error
	switch m := m.(type) {
	case nn.Conditioner:
		n.net, err = m.Bind(r.Scope(), 3, graph.Shape{2}, 4)
	case nn.Masked:
		n.net, err = m.BindMasked(r.Scope(), []int{1, 0, 2}, graph.Shape{2}, 2)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n.specs, err = r.Specs(); err != nil {
		t.Fatal(err)
	}
	rng, set := rand.New(rand.NewPCG(seed, 5)), param.New(n.specs, seed)
	n.in = map[string][]float64{"key": {7, 9}, "x": normals(rng, 3*rows), "c": normals(rng, 2*rows)}
	for _, s := range n.specs {
		v := set.Data(s.Name)
		for i := range v {
			v[i] += 0.3 * rng.NormFloat64()
			if s.State {
				v[i] = math.Abs(v[i]) + 0.1
			}
		}
		n.in[s.Name] = v
	}
	return n
}

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// graph is the network in a mode: y, the sum of its squares and the gradients of that.
func (n *trained) graph(mode graph.Mode) *graph.Graph {
	n.t.Helper()
	g, err := graph.Build(mode, func(b *graph.Builder) error {
		y := graph.OnRows(graph.Flatten(n.net.Apply(b, b.Input("x", 3), b.Input("c", 2))), 1)
		loss := graph.MeanRows(graph.Sum(graph.Square(y)))
		b.Output("y", y)
		b.Output("loss", loss)
		var names []string
		var of []graph.Value
		for _, s := range n.specs {
			if !s.State {
				names, of = append(names, s.Name), append(of, b.Param(s.Name, s.Shape...))
			}
		}
		for i, d := range graph.Gradient(loss, of...) {
			b.Output("gradient "+names[i], d)
		}
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return g
}

func (n *trained) run(g *graph.Graph) ref.Result {
	n.t.Helper()
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: n.rows, Inputs: n.in})
	if err != nil {
		n.t.Fatal(err)
	}
	return r
}

// gradients compares those of the loss with central differences, for some numbers of each parameter.
func (n *trained) gradients(g *graph.Graph) {
	n.t.Helper()
	const h = 1e-5
	at := n.run(g)
	for _, s := range n.specs {
		if s.State {
			continue
		}
		v := n.in[s.Name]
		for i := 0; i < len(v); i += 1 + len(v)/5 {
			x := v[i]
			v[i] = x + h
			up := n.run(g).Outputs["loss"][0]
			v[i] = x - h
			down := n.run(g).Outputs["loss"][0]
			v[i] = x
			want := (up - down) / (2 * h)
			if got := at.Outputs["gradient "+s.Name][i]; !(math.Abs(got-want) <= 1e-7*(1+math.Abs(want))) {
				n.t.Errorf("∂/∂%s[%d] is %g, by differences %g", s.Name, i, got, want)
			}
		}
	}
}

// reads tells whether a graph has an input of that name.
func reads(g *graph.Graph, name string) bool {
	return slices.ContainsFunc(g.Inputs, func(n *graph.Node) bool { return n.Attr == graph.Name(name) })
}
