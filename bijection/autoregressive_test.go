package bijection

import (
	"testing"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// A graph takes as many rounds as its longest path, and the wider it is the fewer: columns without edges are mapped at once.
func TestGraphsTakeTheirLongestPath(t *testing.T) {
	chain, star := noEdges(4), noEdges(4)
	for i := 1; i < 4; i++ {
		chain[i][i-1], star[i][0] = true, true
	}
	for _, c := range []struct {
		adjacency [][]bool
		want      float64
	}{{chain, 4}, {star, 2}, {noEdges(4), 0}} {
		m, err := Autoregressive{Adjacency: c.adjacency, Net: nn.DAG{Hidden: []int{5}}}.Bind(param.NewRegistry().Scope(), graph.Shape{4}, nil)
		if err != nil {
			t.Fatal(err)
		}
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			x, _ := m.Forward(b, b.Input("u", 4), graph.Value{})
			b.Output("x", x)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := trips(g); got != c.want {
			t.Errorf("%v takes %g rounds, want %g", c.adjacency, got, c.want)
		}
	}
}

// trips is the number of trips of the only loop in a graph; 0 if there is none.
func trips(g *graph.Graph) float64 {
	for _, n := range g.Nodes {
		if n.Op == graph.OpRepeat {
			return float64(n.Attr.(graph.Trips).Max)
		}
		for _, body := range n.Body {
			if t := trips(body); t > 0 {
				return t
			}
		}
	}
	return 0
}
