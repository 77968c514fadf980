package recipe_test

import (
	"fmt"
	"strings"
	"testing"

	"diffeo/flow"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/recipe"
)

// Every recipe that has networks takes dropout, norms and an embedding of its condition, and its training step can be written with them; with none of
// them it is the same flow as before.
func TestConditionersOfEveryRecipe(t *testing.T) {
	for _, name := range recipe.Names() {
		for _, c := range []recipe.Config{{Dropout: 0.2}, {Norm: nn.BatchNorm}, {Norm: nn.LayerNorm}, {ContextEmbedding: []int{5, 3}}, {ContextEmbedding: []int{5, 3}, ContextAngles: []int{1}}} {
			c.Dim, c.Context, c.Transforms, c.Hidden = 2, 2, 2, []int{6}
			if name == "unaf" {
				c.Transforms, c.Signal, c.Nodes = 1, 1, 4
			}
			f, err := recipe.New(name, c)
			switch {
			case name == "bnaf" && c.ContextEmbedding == nil, name == "iaf" && c.Norm == nn.BatchNorm, c.Norm == nn.LayerNorm && err != nil && strings.Contains(err.Error(), "mixes units"):
				if err == nil {
					t.Errorf("%s takes %+v", name, c)
				}
				continue
			case err != nil:
				t.Error(err)
				continue
			}
			b, err := f.Bind()
			if err != nil {
				t.Fatal(err)
			}
			g, err := stepOf(b)
			if err != nil {
				t.Errorf("%s with %+v: %v", name, c, err)
				continue
			}
			if (len(g.Updates) > 0) != (c.Norm == nn.BatchNorm) {
				t.Errorf("%s with %+v: %d updates", name, c, len(g.Updates))
			}
			embedded := false
			for _, s := range b.Specs {
				embedded = embedded || strings.HasPrefix(s.Name, "transform.embedding.layers.1.")
			}
			if embedded != (c.ContextEmbedding != nil) {
				t.Errorf("%s with %+v: embedded %v", name, c, embedded)
			}
		}
	}
}

// stepOf is the graph of a loss with its gradients.
func stepOf(b *flow.Bound) (*graph.Graph, error) {
	return graph.Build(graph.Train, func(g *graph.Builder) error {
		loss := graph.Neg(graph.MeanRows(b.LogProb(g, g.Input("x", b.Transform.DataShape()...), g.Input("c", b.Cond...))))
		var of []graph.Value
		for _, s := range b.Specs {
			if !s.State {
				of = append(of, g.Param(s.Name, s.Shape...))
			}
		}
		for i, d := range graph.Gradient(loss, of...) {
			g.Output(fmt.Sprint(i), d)
		}
		return nil
	})
}

// With them recipes are flows as others are.
func TestRecipesWithNormsAreFlows(t *testing.T) {
	for name, c := range map[string]recipe.Config{
		"maf":     {Norm: nn.BatchNorm, Dropout: 0.1, ContextEmbedding: []int{4}},
		"realnvp": {Norm: nn.LayerNorm, Blocks: 1, Hidden: []int{6}, ContextEmbedding: []int{4, 3}},
	} {
		c.Dim, c.Context, c.Transforms, c.Activation = 2, 2, 1, "tanh"
		if c.Hidden == nil {
			c.Hidden = []int{8}
		}
		f, err := recipe.New(name, c)
		if err != nil {
			t.Fatal(err)
		}
		flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
	}
}
