package recipe_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/recipe"
)

// everyKind is a flow of every kind of layer, map, scale and network.
func everyKind() recipe.Layers {
	plain := &recipe.LayerNet{Kind: recipe.PlainNet, Hidden: []int{5}, Activation: "tanh", Context: "first"}
	return recipe.Layers{Dim: 3, Context: 2, Base: recipe.DiagonalBase, Layers: []recipe.Layer{
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.ExpScale}, Form: "data"}},
		{Kind: recipe.AutoregressiveLayer, Order: []int{2, 0, 1},
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: 0.01}, Form: "data"},
			Net: &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{4}, Blocks: 1, Activation: "tanh", Context: "activated", Degrees: [][]int{{0, 1, 1, 2}}}},
		{Kind: recipe.LinearLayer, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale}},
		{Kind: recipe.PermutationLayer, Order: []int{1, 2, 0}, Inverted: true},
		{Kind: recipe.CouplingLayer, Columns: []int{0, 2},
			Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 3, Low: -3, High: 3, Unshifted: true},
			Net: &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{4}, Blocks: 1, Activation: "tanh", Context: "gated"}},
		{Kind: recipe.StaticLayer, Columns: []int{1}, Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 2, SoftClip: 1e-3}},
		{Kind: recipe.CouplingLayer, Columns: []int{1},
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Shift: 2}, Form: "center"},
			Net: &recipe.LayerNet{Kind: recipe.ParallelNet, Nets: []recipe.LayerNet{*plain, *plain}}},
		{Kind: recipe.CouplingLayer, Map: &recipe.LayerMap{Kind: recipe.AdditiveMap}, Net: &recipe.LayerNet{Kind: recipe.PlainNet}},
		{Kind: recipe.AutoregressiveLayer, Inverted: true,
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SoftClipScale, Slope: 1e-2}}, Net: plain},
		{Kind: recipe.LinearLayer},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.BoundedScale, Bound: 3}, Form: "base"}},
	}}
}

// Every kind is built with its fields: the flow goes there and back, and is that of the base asked for. The pieces are checked by
// themselves in flowtest.
func TestLayersAreFlows(t *testing.T) {
	const rows = 4
	for _, base := range []string{"", recipe.StandardBase, recipe.DiagonalBase, recipe.MixtureBase} {
		c := everyKind()
		c.Base = base
		f, err := recipe.FromLayers(c)
		if err != nil {
			t.Fatal(err)
		}
		b, weights := bind(t, f, 0.2)
		in := map[string][]float64{"x": normals(rows, 3), "c": normals(rows, 2)}
		out := run(t, weights, rows, in, func(g *graph.Builder, out func(string, graph.Value)) {
			x, cond := g.Input("x", 3), g.Input("c", 2)
			u, there := b.Transform.Inverse(g, x, cond)
			y, back := b.Transform.Forward(g, u, cond)
			out("u", u)
			out("y", y)
			out("log det", graph.Add(there, back))
			out("log prob", b.LogProb(g, x, cond))
		})
		for i, x := range in["x"] {
			if y := out["y"][i]; !(math.Abs(x-y) < 1e-9) || x == out["u"][i] {
				t.Errorf("%q: %g goes to %g and comes back as %g", base, x, out["u"][i], y)
			}
		}
		for i, l := range out["log det"] {
			if p := out["log prob"][i]; !(math.Abs(l) < 1e-9) || p-p != 0 {
				t.Errorf("%q: the log-determinants differ by %g, the log-density is %g", base, l, p)
			}
		}
	}
}

// What a model file stores gives the same flow.
func TestLayersSurviveJSON(t *testing.T) {
	c := everyKind()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back recipe.Layers
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(c, back) {
		t.Errorf("%s gives %+v (%v)", text, back, err)
	}
}

// The estimate is never far below the number of weights, whatever is large.
func TestLayersWeights(t *testing.T) {
	for name, change := range map[string]func(c *recipe.Layers){
		"as they are": func(*recipe.Layers) {},
		"a context":   func(c *recipe.Layers) { c.Context = 3000 },
		"units":       func(c *recipe.Layers) { c.Layers[1].Net.Hidden[0], c.Layers[1].Net.Degrees = 700, nil },
		"blocks":      func(c *recipe.Layers) { c.Layers[4].Net.Blocks = 60 },
		"bins":        func(c *recipe.Layers) { c.Layers[4].Map.Bins = 900 },
		"layers":      func(c *recipe.Layers) { c.Layers[6].Net.Nets[1].Hidden = []int{300, 300, 300} },
		"components":  func(c *recipe.Layers) { c.Base, c.Components = recipe.MixtureBase, 5000 },
	} {
		c := everyKind()
		change(&c)
		f, err := recipe.FromLayers(c)
		if err != nil {
			t.Fatal(name, err)
		}
		b, err := f.Bind()
		if err != nil {
			t.Fatal(name, err)
		}
		n := 0
		for _, s := range b.Specs {
			n += s.Shape.Size()
		}
		if w := c.Weights(); w < 0.9*float64(n) || w > 10*float64(n)+20000 {
			t.Errorf("%s: the estimate is %g, there are %d", name, w, n)
		}
	}
}

func TestBadLayers(t *testing.T) {
	layer := func(i int, change func(l *recipe.Layer)) func(c *recipe.Layers) {
		return func(c *recipe.Layers) { change(&c.Layers[i]) }
	}
	for name, bad := range map[string]struct {
		change func(c *recipe.Layers)
		want   string
	}{
		"no columns":              {func(c *recipe.Layers) { c.Dim = 0 }, "dim"},
		"columns":                 {func(c *recipe.Layers) { c.Dim = 4 }, "transform 1"},
		"base":                    {func(c *recipe.Layers) { c.Base = "box" }, `base: "box"`},
		"components":              {func(c *recipe.Layers) { c.Components = 2 }, "components"},
		"context":                 {func(c *recipe.Layers) { c.Context = -1 }, "context"},
		"kind":                    {layer(3, func(l *recipe.Layer) { l.Kind = "rotation" }), `layer 3: bad configuration: kind: "rotation"`},
		"another kind's field":    {layer(3, func(l *recipe.Layer) { l.Columns = []int{0} }), "layer 3: bad configuration: a layer of the kind \"permutation\" has a field"},
		"an order":                {layer(3, func(l *recipe.Layer) { l.Order = []int{0, 0, 1} }), "order"},
		"columns twice":           {layer(4, func(l *recipe.Layer) { l.Columns = []int{0, 0} }), "columns"},
		"a column too far":        {layer(4, func(l *recipe.Layer) { l.Columns = []int{3} }), "columns"},
		"no map":                  {layer(4, func(l *recipe.Layer) { l.Map = nil }), "map: it is missing"},
		"no net":                  {layer(4, func(l *recipe.Layer) { l.Net = nil }), "net: it is missing"},
		"no masked net":           {layer(1, func(l *recipe.Layer) { l.Net = nil }), "net: it is missing"},
		"a map":                   {layer(4, func(l *recipe.Layer) { l.Map.Kind = "cubic" }), `map: the kind "cubic"`},
		"a field of a map":        {layer(1, func(l *recipe.Layer) { l.Map.Bins = 3 }), "map: one of the kind \"affine\" has a field"},
		"a scale in a spline":     {layer(4, func(l *recipe.Layer) { l.Map.Scale = &recipe.LayerScale{Kind: "exp"} }), "map: one of the kind \"spline\""},
		"a form":                  {layer(1, func(l *recipe.Layer) { l.Map.Form = "both" }), `form: "both"`},
		"a scale":                 {layer(1, func(l *recipe.Layer) { l.Map.Scale.Kind = "square" }), `scale: the kind "square"`},
		"a field of a scale":      {layer(1, func(l *recipe.Layer) { l.Map.Scale.Slope = 1 }), "scale: one of the kind \"softplus\""},
		"a scale out of bounds":   {layer(1, func(l *recipe.Layer) { l.Map.Scale.Floor = 2 }), "floor"},
		"a diagonal":              {layer(2, func(l *recipe.Layer) { l.Diagonal.Kind = "" }), `scale: the kind ""`},
		"a network":               {layer(4, func(l *recipe.Layer) { l.Net.Kind = "conv" }), `net: the kind "conv"`},
		"a masked network":        {layer(1, func(l *recipe.Layer) { l.Net.Kind, l.Net.Blocks = "parallel", 0 }), "none of the masked ones"},
		"two widths":              {layer(4, func(l *recipe.Layer) { l.Net.Hidden = []int{3, 3} }), "one width"},
		"no blocks":               {layer(4, func(l *recipe.Layer) { l.Net.Blocks = 0 }), "one width and some blocks"},
		"blocks":                  {layer(8, func(l *recipe.Layer) { l.Net.Blocks = 1 }), "net: one of the kind \"plain\""},
		"a way of the condition":  {layer(8, func(l *recipe.Layer) { l.Net.Context = "last" }), `context "last"`},
		"a gate of plain layers":  {layer(8, func(l *recipe.Layer) { l.Net.Context = "gated" }), "residual blocks"},
		"degrees of no mask":      {layer(4, func(l *recipe.Layer) { l.Net.Degrees = [][]int{{0}} }), "masked networks"},
		"degrees":                 {layer(1, func(l *recipe.Layer) { l.Net.Degrees[0][0] = 9 }), "degree 9"},
		"no networks":             {layer(6, func(l *recipe.Layer) { l.Net.Nets = nil }), "0 networks"},
		"networks in networks":    {layer(6, func(l *recipe.Layer) { l.Net.Nets[0].Kind = "parallel" }), "inside another"},
		"units of networks":       {layer(6, func(l *recipe.Layer) { l.Net.Hidden = []int{1} }), "net: one of the kind \"parallel\""},
		"an activation of one":    {layer(6, func(l *recipe.Layer) { l.Net.Nets[1].Activation = "nope" }), `"nope"`},
		"an activation of layers": {layer(8, func(l *recipe.Layer) { l.Net.Activation = "nope" }), `"nope"`},
	} {
		c := everyKind()
		bad.change(&c)
		_, err := recipe.FromLayers(c)
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, bad.want)
		}
	}
}
